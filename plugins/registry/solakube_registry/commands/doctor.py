"""`sk registry doctor`: can each node pull?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from solakube_core.plugin import Column, Listing, Session, output_option, pass_session, show, size
from solakube_registry.commands.addressing import pull_address

if TYPE_CHECKING:
    from solakube_registry.private.doctor import Diagnosis


@click.command()
@output_option()
@pass_session
@click.pass_context
def doctor(ctx: click.Context, session: Session, output: str) -> None:
    """Ask each node whether it can pull, and leave with 1 where one cannot, or that is not known.

    Does the registry's name resolve, is its authority trusted, does a login hold, does the node's container runtime
    pull; how soon does an answer begin, how fast is a download. Two pods a node tell, one node after the other, also on
    nodes that are cordoned or tainted; they are removed afterwards, with the login that was lent to them.

    \b
    Examples:
      sk registry doctor
      sk registry doctor -o json
    """
    from solakube_registry.maintenance.images import maintenance_image
    from solakube_registry.naming import COMPONENT, USERNAME, Names
    from solakube_registry.oci import Login
    from solakube_registry.private.doctor import Examination
    from solakube_registry.private.grants import lent
    from solakube_registry.users.accounts import Accounts
    from solakube_registry.users.admin import admin_password
    from solakube_registry.users.credentials import required_hashes

    session.announce(COMPONENT, session.namespace(COMPONENT))
    names, site = Names.of(session.settings), session.engine.site
    # Else the admin's password would be shown to whatever answers at the registry's address.
    required_hashes(names, site)
    address = pull_address(session)
    examination = Examination(
        session.engine,
        names.backend,
        address,
        Login(USERNAME, admin_password(session.settings, site)),
        partial(lent, Accounts.of(session)),
        maintenance_image(session.settings),
    )
    session.terminal.changing(
        "a namespace solakube-doctor-... and tags of solakube/verify may still be there, and may be deleted"
    )
    found = list(examination.run(session.terminal))
    session.terminal.quiet()
    sound = sum(diagnosis.sound for diagnosis in found)
    show(
        Listing(
            [_item(diagnosis) for diagnosis in found],
            lambda item: str(item["node"]),
            tuple(_columns()),
            {"nodes": len(found), "sound": sound},
            {"host": address.host},
            tuple(_causes(found)),
        ),
        output,
    )
    if sound < len(found):
        ctx.exit(1)


def _item(diagnosis: Diagnosis) -> dict[str, Any]:
    findings = {check: asdict(finding) for check, finding in diagnosis.findings.items()}
    return {"node": diagnosis.node, "sound": diagnosis.sound, **findings, "remarks": list(diagnosis.remarks)}


def _columns() -> Iterator[Column]:
    from solakube_registry.private.doctor import CHECKS

    yield Column("node")
    yield from (Column(check, partial(_cell, check)) for check in CHECKS)
    yield Column("remarks", lambda told: ", ".join(told) or "-", wraps=True)


def _cell(check: str, finding: Mapping[str, Any]) -> str:
    value = finding["value"]
    if finding["state"] != "ok" or value is None:
        return str(finding["state"])
    if check == "first_byte":
        return f"{value * 1000:.0f} ms"
    return f"{size(int(value))}/s" if check == "speed" else " ".join(value)


def _causes(found: list[Diagnosis]) -> Iterator[str]:
    """Tell why something is not ok, once for all checks of a node that have the same cause."""
    for diagnosis in found:
        causes: dict[tuple[str, str, str], list[str]] = {}
        for check, finding in diagnosis.findings.items():
            if finding.why:
                checks = causes.setdefault((finding.state, finding.why, finding.remedy), [])
                checks.append(check.replace("_", " "))
        for (state, why, remedy), checks in causes.items():
            yield f"{diagnosis.node}: {', '.join(checks)} {state}: {why}"
            if remedy:
                yield f"  what to do: {remedy}"
