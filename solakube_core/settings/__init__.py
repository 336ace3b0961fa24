"""Settings: SolaKube's variables, where each value comes from, and whether it fits."""

from __future__ import annotations

from solakube_core.settings.loading import CORE_VARIABLES, load
from solakube_core.settings.origin import Origin
from solakube_core.settings.settings import Settings
from solakube_core.settings.variable import Variable

__all__ = ["CORE_VARIABLES", "Origin", "Settings", "Variable", "load"]
