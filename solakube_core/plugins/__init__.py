"""Finding plugins, keeping broken ones from doing harm, and calling their hooks."""

from __future__ import annotations

from solakube_core.plugins.discovery import PluginRecord
from solakube_core.plugins.manager import PluginManager

__all__ = ["PluginManager", "PluginRecord"]
