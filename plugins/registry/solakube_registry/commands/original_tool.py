"""`sk registry regtool list | delete`: by the original's tool where that is deployed, else by ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click
from click.core import ParameterSource

from solakube_core.plugin import Patience, Session
from solakube_registry.commands.deleting import delete
from solakube_registry.commands.listing import list_command
from solakube_registry.commands.references import within
from solakube_registry.maintenance import original_tool
from solakube_registry.maintenance.images import regtool_image
from solakube_registry.maintenance.tool import announce
from solakube_registry.place import in_cluster

_Ask = Callable[[Session, Mapping[str, Any]], tuple[str, ...]]
"""Makes the tool's arguments of those of the command, having asked the user where that is due."""


def _by_tool(ours: click.Command, ask: _Ask) -> click.Command:
    """Return a command of ours, which has the tool do its work where that is deployed."""

    @click.pass_context
    def run(ctx: click.Context, /, **given: Any) -> None:
        session = ctx.ensure_object(Session)
        if regtool_image(session.settings) and in_cluster(session.engine.site):
            _refuse_options(ctx, ours)
            _run(ctx, session, ask(session, given))
        elif ours.callback:
            ours.callback(**given)

    return click.Command(ours.name, callback=run, params=ours.params, help=ours.help)


def _refuse_options(ctx: click.Context, ours: click.Command) -> None:
    options = [entry for entry in ours.params if isinstance(entry, click.Option) and entry.name != "yes"]
    for option in options:
        if ctx.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE:
            raise click.UsageError(f"reg-tool has no {option.opts[0]}; `sk registry {ours.name}` has", ctx)


def _list(session: Session, given: Mapping[str, Any]) -> tuple[str, ...]:
    if not given["reference"]:
        return ("list",)
    return ("list", original_tool.plain(_split(within(session, given["reference"], None))[0]))


def _delete(session: Session, given: Mapping[str, Any]) -> tuple[str, ...]:
    first, *more = (within(session, word, None) for word in given["targets"])
    repository, tag = (first, *more) if len(more) == 1 else _split(first)
    if not tag or len(more) > 1 or "@" in f"{repository}{tag}":
        told = "reg-tool deletes one tag at a time: REPO TAG or REPO:TAG"
        raise click.UsageError(f"{told}; `sk registry delete` takes more")
    words = ("delete", original_tool.plain(repository), original_tool.plain(tag))
    announce(session)
    session.terminal.say("reg-tool deletes the image that a tag names: all its other tags go with it")
    session.terminal.confirm(f"Delete {repository}:{tag}?", yes=given["yes"] or not session.terminal.has_reader)
    session.terminal.changing("it may be deleted or not; `sk registry regtool list` tells")
    return words


def _split(reference: str) -> tuple[str, str]:
    """Return repository and tag; "" for no tag. What stands after @ is neither."""
    repository, _, tag = reference.partition("@")[0].partition(":")
    return repository, tag


def _run(ctx: click.Context, session: Session, words: tuple[str, ...]) -> None:
    """Run the tool, print what it prints, and leave with its exit code."""
    with Patience(session.terminal, "waiting for reg-tool"):
        execution = session.engine.run(original_tool.program(session.settings), words)
        for line in execution:
            session.terminal.quiet()
            click.echo(line)
    click.echo(execution.errors, err=True, nl=False)
    if execution.exit_code:
        session.terminal.say(f"reg-tool ended with {execution.exit_code}: {original_tool.meaning(execution.exit_code)}")
        ctx.exit(execution.exit_code)


list_by_tool = _by_tool(list_command, _list)
delete_by_tool = _by_tool(delete, _delete)
