"""The choice of a private registry for a run of `sk`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_registry.naming import COMPONENT
from solakube_registry.private.choice import PrivateRegistry, choose
from solakube_registry.private.in_cluster import find

if TYPE_CHECKING:
    from solakube_core.plugin import Session


def private_registry(session: Session, app: str) -> PrivateRegistry:
    """Choose the private registry of an application; the cluster is asked only when no variable decides.

    Raises:
        SolakubeError: there is none.
    """
    return choose(
        app,
        session.settings,
        lambda: find(session.settings, session.engine, lambda: session.lifecycle.address(COMPONENT)),
    )
