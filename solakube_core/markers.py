"""The two pluggy markers. A module of its own, so that a plugin's import of `hookimpl` costs nothing else."""

from __future__ import annotations

import pluggy

PROJECT = "solakube"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function as the answer to the hook of its name; `@hookimpl(trylast=True)` where others go before it."""
