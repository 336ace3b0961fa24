"""`sk maintain`: the maintenance that components offer, by one name for all of them."""

from __future__ import annotations

from typing import cast

import click

from solakube_core.cli.completion import components
from solakube_core.cli.meant import nearest
from solakube_core.cli.output import Listing, output_option, show
from solakube_core.cli.session import Session, pass_session
from solakube_core.cli.table import Column
from solakube_core.errors import SolakubeError
from solakube_core.model import Task

_COLUMNS = (Column("name", heading="TASK"), Column("help", heading="WHAT IT DOES"), Column("command"))


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("component", shell_complete=components)
@click.argument("task", required=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@output_option()
@pass_session
@click.pass_context
def maintain(
    ctx: click.Context,
    session: Session,
    component: str,
    task: str | None,
    arguments: tuple[str, ...],
    output: str,
) -> None:
    """List what can be done to keep COMPONENT in shape, or do TASK; ARGUMENTS go to the task's command.

    \b
    Examples:
      sk maintain registry
      sk maintain registry garbage-collect --dry-run
    """
    if task in ctx.help_option_names:
        click.echo(ctx.get_help())
        return
    session.plugins.require_component(component)
    maintenance = session.maintenance(component)
    tasks = {entry.name: entry for entry in maintenance.tasks} if maintenance else {}
    if not tasks:
        raise SolakubeError(f"{component} offers no maintenance", "its plugin answers `maintain` with no task")
    if task is None:
        items = [{"name": entry.name, "help": entry.help, "command": _command(entry)} for entry in tasks.values()]
        show(Listing(items, lambda row: str(row["name"]), _COLUMNS), output)
        return
    if task not in tasks:
        meant = nearest(task, tasks)
        hint = f"; did you mean {meant}?" if meant else ";"
        raise click.UsageError(f"{component} has no task {task!r}{hint} there are: {', '.join(tasks)}")
    first, *rest = tasks[task].command
    command = cast(click.Group, ctx.find_root().command).get_command(ctx, first)
    if command is None:
        raise click.UsageError(f"the task {task!r} needs the command `sk {first}`, which no plugin offers")
    command.main([*rest, *arguments], prog_name=f"sk {first}", standalone_mode=False, obj=session)


def _command(task: Task) -> str:
    return f"sk {' '.join(task.command)}"
