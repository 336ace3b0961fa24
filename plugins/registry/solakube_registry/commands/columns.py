"""What lists of tags and repositories show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_core.plugin import Column, age, rfc3339, size

_TIMES = frozenset(("created", "pushed", "pulled", "finished", "kept_until", "since", "until", "taken", "proven"))
_DIGEST_SHOWN = len("sha256:") + 12


def _or_dash(text: Any, value: Any) -> str:
    return "-" if value is None else str(text(value))


SIZE = Column("size", lambda value: _or_dash(size, value))
PLATFORMS = Column("platforms", goes=3)
PUSHED = Column("pushed", lambda value: _or_dash(age, value), goes=4)
PULLED = Column("pulled", lambda value: _or_dash(age, value), goes=2)
DIGEST = Column("digest", brief=lambda value: str(value)[:_DIGEST_SHOWN], goes=1)
OF_TAGS = (SIZE, PLATFORMS, PUSHED, PULLED, DIGEST)


def item(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of the maintenance program as it is printed: times by RFC 3339, nothing that is its own."""
    return {key: rfc3339(value) if key in _TIMES else value for key, value in record.items() if key != "type"}


def image(found: Mapping[str, Any]) -> str:
    """Return what a tag's image is pulled by, within the registry."""
    return f"{found['repository']}:{found['name']}"


def action(deleted: Mapping[str, Any]) -> str:
    """Return what happened to a tag, or would."""
    return "would delete" if deleted["dry_run"] else "deleted"
