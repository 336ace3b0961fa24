"""The life of a component: configure, deploy, expose; then apply, wait, check."""

from __future__ import annotations

from solakube_core.lifecycle.deployment import Lifecycle
from solakube_core.lifecycle.preparation import Prepared

__all__ = ["Lifecycle", "Prepared"]
