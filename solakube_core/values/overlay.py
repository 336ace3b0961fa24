"""Laying maps over each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def overlaid(base: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with `extra` laid over it: maps key by key, all else replaced, None removing a key."""
    result = dict(base)
    for key, value in extra.items():
        below = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            result[key] = overlaid(below if isinstance(below, Mapping) else {}, value)
        else:
            result[key] = value
    return result
