"""`sk status`: how a component is doing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from solakube_core.cli.completion import components
from solakube_core.cli.output import Listing, output_option, show
from solakube_core.cli.session import Session, pass_session
from solakube_core.cli.table import Column
from solakube_core.engine import Fact
from solakube_core.errors import SolakubeError
from solakube_core.wording import rfc3339

_COLUMNS = (
    Column("component"),
    Column("place"),
    Column("healthy", lambda healthy: "healthy" if healthy else "needs attention", heading="STATE"),
    Column("attention", goes=1),
)


@click.command()
@click.argument("component", required=False, shell_complete=components)
@output_option()
@pass_session
@click.pass_context
def status(ctx: click.Context, session: Session, component: str | None, output: str) -> None:
    """Show how COMPONENT is doing, or what is deployed here; leave with 1 when something needs attention.

    \b
    Examples:
      sk status
      sk status registry
    """
    if component is None:
        _overview(ctx, session, output)
        return
    state = session.engine.status(component, session.namespace(component))
    if not state.deployed:
        session.plugins.require_component(component)
    facts = [*state.facts, *(_maintenance(session, component) if state.deployed else ())]
    healthy = state.healthy and all(fact.healthy for fact in facts)
    shown = {"component": component, "deployed": state.deployed, "healthy": healthy}
    lines = [] if state.deployed else [session.not_deployed(component).problems[0].what]
    # What an undeployed component left is in order as it is.
    lines += [_line(fact) for fact in facts if state.deployed or not fact.healthy]
    show(Listing([asdict(fact) for fact in facts], lambda row: str(row["subject"]), around=shown, below=lines), output)
    if not healthy:
        ctx.exit(1)


def _overview(ctx: click.Context, session: Session, output: str) -> None:
    found = session.engine.deployed(session.plugins.component_names())
    items = [
        {
            "component": entry.component,
            "place": entry.place,
            "healthy": entry.status.healthy,
            "attention": [fact.subject for fact in entry.status.facts if not fact.healthy],
        }
        for entry in found
    ]
    nothing = () if found else (f"nothing is deployed on {session.engine.site.describe()}",)
    show(Listing(items, lambda row: str(row["component"]), _COLUMNS, below=nothing), output)
    if not all(entry.status.healthy for entry in found):
        ctx.exit(1)


def _line(fact: Fact) -> str:
    return f"{' ' if fact.healthy else '!'} {fact.subject}: {fact.state}" + (f" ({fact.detail})" if fact.detail else "")


def _maintenance(session: Session, component: str) -> list[Fact]:
    """Ask the component's own maintenance program for its last results."""
    try:
        maintenance = session.maintenance(component)
        if maintenance is None or not maintenance.report:
            return []
        execution = session.engine.run(maintenance.tool, maintenance.report)
        results = [json.loads(line) for line in execution]
    except SolakubeError as error:
        return [Fact("maintenance", "not available", error.problems[0].what, healthy=False)]
    return [
        Fact("maintenance", "last run", str(result["summary"]), result.get("success", True), _figures(result))
        for result in results
        if "summary" in result
    ]


def _figures(result: Mapping[str, Any]) -> dict[str, object]:
    rest = {key: value for key, value in result.items() if key not in ("type", "summary")}
    return {**rest, **({"finished": rfc3339(rest["finished"])} if "finished" in rest else {})}
