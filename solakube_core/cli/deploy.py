"""`sk deploy`: from the settings to a component that works."""

from __future__ import annotations

import time
from collections.abc import Iterable

import click

from solakube_core.cli.completion import components
from solakube_core.cli.options import Seconds, dry_run_option, show_secrets_option
from solakube_core.cli.output import TABLE, Listing, output_option, show
from solakube_core.cli.rendering import changed_lines, changes_listing
from solakube_core.cli.session import Session, pass_session
from solakube_core.cli.streams import echo_exactly
from solakube_core.engine import READY_TIMEOUT
from solakube_core.lifecycle import Prepared
from solakube_core.model import Change


@click.command()
@click.argument("component", shell_complete=components)
@dry_run_option
@click.option("--render", is_flag=True, help="Print plain manifests (for GitOps); change nothing.")
@show_secrets_option
@click.option("--take-over", is_flag=True, help="Make objects of others, under the same names, the component's own.")
@click.option("--new-data", is_flag=True, help="Start with what is in the data folder, though other data was expected.")
@click.option(
    "--timeout",
    type=Seconds(),
    default=READY_TIMEOUT,
    show_default=True,
    help="Seconds until it gives up, all in all.",
)
@output_option()
@pass_session
def deploy(
    session: Session,
    component: str,
    dry_run: bool,
    render: bool,
    show_secrets: bool,
    take_over: bool,
    new_data: bool,
    timeout: float,
    output: str,
) -> None:
    """Deploy COMPONENT, or bring it up to date.

    Everything is checked before anything is changed. It can be run again at any time, also after an
    interruption: what is there already stays as it is.

    \b
    Examples:
      sk deploy registry
      sk deploy registry --dry-run
      sk deploy registry --render > registry.yaml
    """
    if show_secrets and not render:
        raise click.UsageError("--show-secrets goes with --render")
    if render and dry_run:
        raise click.UsageError("--dry-run does not go with --render, which changes nothing either")
    if render and output not in (TABLE, "yaml"):
        raise click.UsageError(f"--output {output} does not go with --render, which prints manifests")
    deadline = time.monotonic() + timeout
    session.engine.limit(deadline)
    prepared = session.lifecycle.prepare(component, take_over=take_over, new_data=new_data)
    if render:
        echo_exactly(session.engine.render(prepared.plan, show_secrets))
        return
    _explain(session, prepared)
    if dry_run:
        show(changes_listing(session.lifecycle.changes(prepared)), output)
        return
    changes = session.lifecycle.changes(prepared)
    session.terminal.changing()
    session.lifecycle.carry_out(prepared, session.terminal, deadline - time.monotonic())
    session.terminal.quiet()
    _summarise(session, prepared, changes, output)


def _explain(session: Session, prepared: Prepared) -> None:
    say = session.terminal.say
    session.announce(prepared.plan.component, prepared.plan.backend.namespace)
    if prepared.storage:
        for candidate in prepared.storage.candidates:
            say(f"storage: {candidate.name}: {'taken' if candidate.taken else 'passed over'}, {candidate.why}")
        say(f"storage: {prepared.storage.reason}")
    if explanation := _exposure(prepared):
        say(f"exposure: {explanation}")
    for note in prepared.notes:
        say(f"note: {note}")


def _summarise(session: Session, prepared: Prepared, changes: Iterable[Change], output: str) -> None:
    plan = prepared.plan
    address = plan.address or session.engine.address(plan.backend)
    url, host = (address.url, address.host) if address else ("", "")
    steps = [
        step.replace("{host}", host).replace("{url}", url)
        for step in plan.next_steps
        if address or ("{host}" not in step and "{url}" not in step)
    ]
    done = [change for change in changes if change.action != "unchanged"]
    items = [
        {"component": plan.component, "url": url or None, "next_steps": steps, "changes": changes_listing(done).items}
    ]
    told = [
        *changed_lines(done),
        f"{plan.component} is ready" + (f" at {url}" if url else ""),
        *(f"  {step}" for step in steps),
    ]
    show(Listing(items, lambda item: str(item["component"]), below=told), output)


def _exposure(prepared: Prepared) -> str:
    exposure = prepared.exposure
    if exposure is None:
        return ""
    return exposure.explanation or (f"{exposure.mode} by {exposure.provider}" if exposure.objects else "")
