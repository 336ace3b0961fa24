"""Settings: SolaKube's variables, where each value comes from, and whether it fits."""

from __future__ import annotations

from solakube_core.settings.loading import CORE_VARIABLES, load
from solakube_core.settings.origin import Origin
from solakube_core.settings.settings import Settings
from solakube_core.settings.variable import Variable, variable_of

__all__ = ["CORE_VARIABLES", "Origin", "Settings", "Variable", "load", "variable_of"]
