"""The root command: global options, the core's commands and those of the plugins, each imported when used."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Sequence

import click

from solakube_core import __version__
from solakube_core.cli import streams
from solakube_core.cli.lazy import HelpfulGroup, write_commands
from solakube_core.cli.meant import nearest
from solakube_core.cli.offers import blamed, imported, offered
from solakube_core.cli.session import Session
from solakube_core.cli.terminal import Terminal
from solakube_core.errors import SolakubeError, of_system
from solakube_core.plugins import PluginManager
from solakube_core.plugins.discovery import installed_plugins
from solakube_core.urls import without_secrets
from solakube_core.wording import shown

_YES = ("y", "yes", "true", "1")

EXPECTED = (
    *(SolakubeError, click.ClickException, click.Abort, click.exceptions.Exit),
    *(EOFError, BrokenPipeError, UnicodeEncodeError, KeyboardInterrupt, SystemExit),
)
"""What ends a command without being a defect."""


class RootGroup(HelpfulGroup):
    """Looks commands up in the core and in the plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands: the core's first, then the plugins', each in its own order."""
        return list(offered(plugins_of(ctx)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command.

        Raises:
            SolakubeError: its plugin fails in this, or another one offers a command of the same name.
        """
        offers = offered(plugins_of(ctx)).get(cmd_name)
        try:
            return imported(plugins_of(ctx), offers) if offers else None
        except SolakubeError:
            if ctx.resilient_parsing:
                # A shell completes names: what cannot be used is none.
                return None
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from their announcements, importing none of them."""
        write_commands(formatter, {name: offers[0].command for name, offers in offered(plugins_of(ctx)).items()})

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; what nobody expected is told as a defect of the plugin that offers it.

        Raises:
            PluginFault: there was such a defect.
        """
        try:
            return super().invoke(ctx)
        except EXPECTED:
            raise
        except BaseException as defect:
            if streams.failure():
                raise
            told = blamed(plugins_of(ctx), ctx.invoked_subcommand or "", defect)
            raise told from (defect if told is not defect else defect.__cause__)

    def meant(self, ctx: click.Context, word: str) -> str:
        """Return the command that was meant; it may be one of a plugin's group."""
        for name in self.list_commands(ctx):
            # A plugin whose command is broken is not what was asked about.
            with contextlib.suppress(Exception):
                group = self.get_command(ctx, name)
                if isinstance(group, click.Group) and word in group.list_commands(ctx):
                    return f"{ctx.command_path} {name} {word}"
        return super().meant(ctx, word)


@click.group(cls=RootGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sk")
@click.option("--kubeconfig", metavar="FILE", help="Use this kubeconfig.")
@click.option("--context", metavar="NAME", help="Use this context of the kubeconfig.")
@click.option("--no-plugin", "blocked", metavar="NAME", multiple=True, help="Leave a plugin out.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def root(
    ctx: click.Context, kubeconfig: str | None, context: str | None, blocked: tuple[str, ...], debug: bool
) -> None:
    """Look after the components of a small Kubernetes cluster, or of a single machine.

    \b
    Examples:
      sk deploy registry         a private image registry in one command
      sk status registry         how it is doing
      sk registry --help         everything it can do
    """
    plugins = plugins_of(ctx)
    known = [name for record in plugins.records for name in (record.name, record.distribution)]
    for name in blocked:
        if name not in known:
            meant = nearest(name, known)
            hint = f"did you mean {meant}?" if meant else "`sk plugins` lists them"
            raise click.UsageError(f"there is no plugin {name!r} to leave out; {hint}", ctx)
    if debug:
        for cause in plugins.causes:
            _show_traceback(cause)
    if os.environ.get("SK_STRICT_PLUGINS", "").lower() in _YES and plugins.all_broken():
        raise SolakubeError(
            f"{len(plugins.broken)} plugin(s) are broken",
            "SK_STRICT_PLUGINS is set",
            "mend or uninstall them, or leave them out with --no-plugin NAME",
        )
    ctx.obj = Session(plugins, kubeconfig, context, ctx.obj or Terminal())


def plugins_of(ctx: click.Context) -> PluginManager:
    """Load the plugins once per run; click looks commands up before it calls the root command."""
    manager: PluginManager | None = ctx.meta.get("solakube.plugins")
    if manager is None:
        blocked = os.environ.get("SK_NO_PLUGINS", "").replace(",", " ").split()
        manager = PluginManager(lambda line: None if ctx.resilient_parsing else _tell(line))
        manager.load(installed_plugins(), (*blocked, *(ctx.params.get("blocked") or ())))
        ctx.meta["solakube.plugins"] = manager
    return manager


def main() -> None:
    """Run `sk` and leave with its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run `sk` with the given arguments.

    Returns:
        The exit code.
    """
    streams.prepare()
    terminal = Terminal()
    words = _debug_first(arguments)
    debug = words[:1] == ["--debug"]
    try:
        # Where a command leaves by ctx.exit, click returns the exit code instead of raising.
        code = root.main(words, prog_name="sk", standalone_mode=False, obj=terminal)
    except SolakubeError as error:
        if debug:
            _show_traceback(error)
        _tell(f"error: {error}")
        return error.exit_code
    except click.ClickException as error:
        usage = io.StringIO()
        error.show(usage)
        _tell(usage.getvalue().rstrip("\n"))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _tell(terminal.stopped())
        return 130
    except UnicodeEncodeError:
        _tell(f"error: {_no_text()}")
        return 1
    except Exception as error:
        return _not_written() or _internal_error(error, debug)
    return _not_written() or (code if isinstance(code, int) else 0)


def _debug_first(arguments: Sequence[str]) -> list[str]:
    """Put --debug before the command, wherever it stands among the options."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    options = [word for word in arguments[:end] if word != "--debug"]
    return [*(["--debug"] if len(options) < end else []), *options, *arguments[end:]]


def _not_written() -> int:
    """Return 1, and say why, where the result could not be written; else 0."""
    reason = streams.failure()
    if reason:
        _tell(f"error: the result could not be written\n  why: {reason}")
    return 1 if reason else 0


def _tell(text: str) -> None:
    # What cannot be told must not hide how it ended.
    with contextlib.suppress(OSError):
        click.echo(shown(text), err=True)


def _no_text() -> SolakubeError:
    from solakube_core.settings.variable import is_text

    guilty = [name for name, value in os.environ.items() if not is_text(value)]
    return SolakubeError(
        "a setting or an argument is not UTF-8 text",
        f"in the environment: {', '.join(guilty)}" if guilty else "",
        "set it to UTF-8 text",
    )


def _internal_error(error: Exception, debug: bool) -> int:
    if debug:
        _show_traceback(error)
    elif refused := of_system(error):
        _tell(f"error: {refused}")
    else:
        _tell(f"internal error: {type(error).__name__}: {error}")
        _tell("this is a defect of SolaKube; --debug shows where it happened")
    return 1


def _show_traceback(error: BaseException) -> None:
    import traceback

    click.echo(without_secrets("".join(traceback.format_exception(error))), nl=False, err=True)
