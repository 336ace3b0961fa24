"""Durations as people write them."""

from __future__ import annotations

import re

from solakube_regtool.errors import RegtoolError

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|[smhdw])", re.ASCII)


def seconds(text: str) -> float:
    """Return the seconds of a duration such as 30s, 12h, 90d or 2w; 0 needs no unit.

    Raises:
        RegtoolError: it is none.
    """
    if text.strip() == "0":
        return 0.0
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise RegtoolError(f"{text!r} is no duration", "", "write a number and a unit: 30s, 5m, 12h, 90d, 2w")
    return float(match[1]) * _SECONDS[match[2]]
