"""How the registry is reached from outside, and with which certificate. Pure: objects are returned."""

from __future__ import annotations

from solakube_registry.exposure.access import access
from solakube_registry.exposure.choice import expose
from solakube_registry.exposure.variables import EXPOSURE_VARIABLES

__all__ = ["EXPOSURE_VARIABLES", "access", "expose"]
