"""The root command: global options, the core's commands and those of the plugins, each imported when used."""

from __future__ import annotations

import os
import sys

import click

from solakube_core import __version__
from solakube_core.cli.lazy import import_command, write_commands
from solakube_core.cli.session import Session
from solakube_core.errors import SolakubeError
from solakube_core.model import Command
from solakube_core.plugins import PluginManager
from solakube_core.plugins.discovery import installed_plugins

CORE_COMMANDS = (
    Command("deploy", "Deploy a component, or bring it up to date.", "solakube_core.cli.deploy:deploy"),
    Command("diff", "Show what deploying would change.", "solakube_core.cli.diff:diff"),
    Command("status", "Show how a component is doing.", "solakube_core.cli.status:status"),
    Command("undeploy", "Remove a component; its data stays.", "solakube_core.cli.undeploy:undeploy"),
    Command("maintain", "List or run a component's upkeep.", "solakube_core.cli.maintain:maintain"),
    Command("config", "List the settings and where they come from.", "solakube_core.cli.config:config"),
    Command("plugins", "List the plugins and the hooks they answer.", "solakube_core.cli.plugins:plugins"),
)


class RootGroup(click.Group):
    """Looks commands up in the core and in the plugins."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands: the core's first, then the plugins', each in its own order."""
        return list(_known_commands(_plugins(ctx)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; for a listing its help text suffices."""
        command = _known_commands(_plugins(ctx)).get(cmd_name)
        return import_command(command) if command else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from their announcements, importing none of them."""
        write_commands(formatter, _known_commands(_plugins(ctx)))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which plugin is broken when a command is missing: it may be that plugin's."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            causes = [f"plugin {record} is broken: {record.cause}" for record in _plugins(ctx).broken]
            raise click.UsageError("\n".join([error.format_message(), *causes]), ctx) from None


@click.group(cls=RootGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sk")
@click.option("--kubeconfig", metavar="FILE", help="Use this kubeconfig.")
@click.option("--context", metavar="NAME", help="Use this context of the kubeconfig.")
@click.option("--no-plugin", "blocked", metavar="NAME", multiple=True, help="Leave a plugin out.")
@click.option("--debug", is_flag=True, help="Show tracebacks.")
@click.pass_context
def root(
    ctx: click.Context,
    kubeconfig: str | None,
    context: str | None,
    blocked: tuple[str, ...],  # noqa: ARG001 - read by _plugins, before this function is called
    debug: bool,  # noqa: ARG001 - read by run, which has to print the traceback
) -> None:
    """Look after the components of a small Kubernetes cluster, or of a single machine.

    \b
    Examples:
      sk deploy registry         a private image registry in one command
      sk status registry         how it is doing
      sk registry --help         everything it can do
    """
    plugins = _plugins(ctx)
    for record in plugins.broken:
        click.echo(f"warning: plugin {record} is broken and left out: {record.cause}", err=True)
    if plugins.broken and os.environ.get("SK_STRICT_PLUGINS", "") not in ("", "0"):
        raise SolakubeError(
            f"{len(plugins.broken)} plugin(s) are broken",
            "SK_STRICT_PLUGINS is set",
            "mend or uninstall them, or leave them out with --no-plugin NAME",
        )
    ctx.obj = Session(plugins, kubeconfig, context)


def _plugins(ctx: click.Context) -> PluginManager:
    """Load the plugins once per run; click looks commands up before it calls the root command."""
    manager: PluginManager | None = ctx.meta.get("solakube.plugins")
    if manager is None:
        blocked = os.environ.get("SK_NO_PLUGINS", "").replace(",", " ").split()
        manager = PluginManager()
        manager.load(installed_plugins(), (*blocked, *(ctx.params.get("blocked") or ())))
        ctx.meta["solakube.plugins"] = manager
    return manager


def _known_commands(plugins: PluginManager) -> dict[str, Command]:
    known = {command.name: command for command in CORE_COMMANDS}
    provider = dict.fromkeys(known, "the core")
    for plugin, offered in plugins.commands().items():
        for command in offered:
            if command.name in known:
                raise SolakubeError(
                    f"the command {command.name!r} is offered twice",
                    f"by {provider[command.name]} and by {plugins.describe(plugin)}",
                    f"uninstall one of them, or leave it out with --no-plugin {plugin}",
                )
            known[command.name], provider[command.name] = command, plugins.describe(plugin)
    return known


def main() -> None:
    """Run `sk` and leave with its exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run `sk` with the given arguments.

    Returns:
        The exit code.
    """
    try:
        # Where a command leaves by ctx.exit, click returns the exit code instead of raising.
        code = root.main(arguments, prog_name="sk", standalone_mode=False)
    except SolakubeError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; running the command again picks up from here", err=True)
        return 130
    except Exception as error:
        return _internal_error(error, "--debug" in arguments)
    return code if isinstance(code, int) else 0


def _internal_error(error: Exception, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exception(error)
    else:
        click.echo(f"internal error: {type(error).__name__}: {error}", err=True)
        click.echo("this is a defect of SolaKube or of a plugin; --debug shows where it happened", err=True)
    return 1
