"""Versions in tags: MAJOR.MINOR.PATCH of https://semver.org, with the `v` and the suffixes that tags have."""

from __future__ import annotations

import re
from typing import NamedTuple

_VERSION = re.compile(r"(v?)(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-_.][\w.-]+)?", re.ASCII)


class Version(NamedTuple):
    """A version.

    Attributes:
        line: what its patch releases have in common: prefix, major, minor, suffix. A suffix such as `-alpine` or
            `-rc1` makes a line of its own, so that neither counts among the plain releases.
        patch: the third number.
    """

    line: tuple[str, int, int, str]
    patch: int


def parse(tag: str) -> Version | None:
    """Read a tag; None if it is no complete version."""
    match = _VERSION.fullmatch(tag)
    if match is None:
        return None
    return Version((match[1], int(match[2]), int(match[3]), match[5] or ""), int(match[4]))
