"""The engine for a single machine: the same components as supervised processes, without Kubernetes.

Nothing is imported here, since the supervisor, which is to stay small, lives in this package, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solakube_core.local.engine import LocalEngine
    from solakube_core.settings import Settings

__all__ = ["open_engine"]


def open_engine(settings: Settings) -> LocalEngine:
    """Return the engine for this machine. Nothing is touched yet.

    Args:
        settings: tell the installation's name and the folders (COMPONENT_DATA_DIR).
    """
    from solakube_core.local.engine import LocalEngine

    return LocalEngine(settings)
