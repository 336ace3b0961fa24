"""The engine for a single machine: the same components as supervised processes, without Kubernetes.

Nothing is imported here, since the supervisor, which is to stay small, lives in this package, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solakube_core.engine import Engine
    from solakube_core.settings import Settings

__all__ = ["open_engine"]


def open_engine(cluster: str, settings: Settings) -> Engine:  # noqa: ARG001
    """Return the engine for this machine. Nothing is touched yet.

    Args:
        cluster: name of the installation; several are kept apart by it.
        settings: tell the folders (XDG_*, COMPONENT_DATA_DIR).
    """
    from solakube_core.errors import SolakubeError

    raise SolakubeError(
        "there is no Kubernetes cluster to work on",
        "a single machine without Kubernetes is not supported yet",
        "name a kubeconfig (--kubeconfig or KUBECONFIG)",
    )
