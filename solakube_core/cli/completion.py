"""`sk completion`, and what is completed besides commands and options."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from solakube_core.cli.session import Session
from solakube_core.cli.terminal import Terminal
from solakube_core.plugins import PluginManager

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_SK_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print what makes SHELL complete commands, options, components, settings, repositories and tags.

    \b
    Examples:
      eval "$(sk completion bash)"       in ~/.bashrc
      eval "$(sk completion zsh)"        in ~/.zshrc, after compinit
      sk completion fish | source        in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"there is no completion for {shell}")
    click.echo(made(ctx.find_root().command, {}, "sk", _VARIABLE).source())


def session_of(ctx: click.Context) -> Session:
    """Return a session for completing: a shell that completes calls no command."""
    root = ctx.find_root()
    return Session(_plugins(root), root.params.get("kubeconfig"), root.params.get("context"), _Silent())


class _Silent(Terminal):
    """Nothing may come between what is typed and what is offered."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def now(self, line: str) -> None:
        """Show nothing."""


def components(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the name of a component; a shell that can shows its summary beside it."""
    from click.shell_completion import CompletionItem

    known = [entry for entries in _plugins(ctx.find_root()).components().values() for entry in entries]
    return [CompletionItem(entry.name, help=entry.summary) for entry in known if entry.name.startswith(incomplete)]


def settings(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a setting."""
    return beginning(incomplete, sorted({variable.name for variable in session_of(ctx).variables}))


def beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    """Return the names that begin with what is there."""
    return [name for name in names if name.startswith(incomplete)]


def _plugins(root: click.Context) -> PluginManager:
    # Imported here: the root command imports all others by their names.
    from solakube_core.cli.main import plugins_of

    return plugins_of(root)
