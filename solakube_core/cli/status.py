"""`sk status`: how a component is doing."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from solakube_core.cli.output import Listing, output_option, show
from solakube_core.cli.session import Session, pass_session
from solakube_core.engine import Fact
from solakube_core.errors import SolakubeError


@click.command()
@click.argument("component")
@output_option()
@pass_session
@click.pass_context
def status(ctx: click.Context, session: Session, component: str, output: str) -> None:
    """Show how COMPONENT is doing; leave with 1 when something needs attention.

    \b
    Example:
      sk status registry
    """
    state = session.engine.status(component, session.namespace(component))
    if not state.deployed:
        session.plugins.require_component(component)
    facts = [*state.facts, *(_upkeep(session, component) if state.deployed else ())]
    healthy = state.healthy and all(fact.healthy for fact in facts)
    shown = {"component": component, "deployed": state.deployed, "healthy": healthy}
    lines = [] if state.deployed else [f"{component} is not deployed on {session.engine.site.describe()}"]
    # What an undeployed component left is in order as it is.
    lines += [_line(fact) for fact in facts if state.deployed or not fact.healthy]
    show(Listing([asdict(fact) for fact in facts], lambda row: str(row["subject"]), around=shown, below=lines), output)
    if not healthy:
        ctx.exit(1)


def _line(fact: Fact) -> str:
    return f"{' ' if fact.healthy else '!'} {fact.subject}: {fact.state}" + (f" ({fact.detail})" if fact.detail else "")


def _upkeep(session: Session, component: str) -> list[Fact]:
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
        Fact("maintenance", "last run", str(result["summary"]), healthy=result.get("success", True))
        for result in results
        if "summary" in result
    ]
