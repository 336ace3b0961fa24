"""The address that clients pull by, for commands that tell them of it."""

from __future__ import annotations

from pathlib import Path

from solakube_core.plugin import Address, Session, SolakubeError
from solakube_registry.naming import COMPONENT


def pull_address(session: Session, ca: Path | None = None) -> Address:
    """Return the address that clients pull by, with the authority that they must trust.

    Where that is not known, the user is told why.

    Args:
        ca: file of the authority's certificate, instead of that which the cluster has.

    Raises:
        SolakubeError: nothing exposes the registry, or its own authority is not made yet.
    """
    from solakube_registry.exposure.authority import authority

    address = session.lifecycle.address(COMPONENT)
    if address is None:
        raise SolakubeError(
            "there is no name to pull by",
            "the registry is not exposed (REGISTRY_EXPOSE)",
            "expose it, and deploy again; `sk registry forward` leads from this machine alone to it",
        )
    if ca:
        return Address(address.url, ca.read_text(encoding="utf-8"))
    if not address.url.startswith("https://"):
        return address
    try:
        return Address(address.url, authority(session.settings, session.engine.site))
    except SolakubeError as unknown:
        if address.ca:  # The registry's own authority, which is not made yet.
            raise
        session.terminal.say(f"{unknown.problems[0].what}: {unknown.problems[0].why}")
        return Address(address.url)
