"""Which tags a policy keeps, and why."""

from __future__ import annotations

import fnmatch
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from solakube_regtool import durations
from solakube_regtool.errors import RegtoolError
from solakube_regtool.retention import semver
from solakube_regtool.storage.tree import Tag

BY_NAME = "by name"
"""Why a tag stays that a pattern of `keep_tags` matches."""

_KEYS = ("repositories", "keep_last", "newer_than", "keep_tags", "patch_releases", "not_pulled_for")


class Rule(NamedTuple):
    """What to keep in some repositories. A tag stays that any part keeps.

    Attributes:
        repositories: pattern of the repositories' names.
        keep_last: so many images of each repository with all their tags, the last pushed; None for no such part.
        newer_than: seconds since the push.
        keep_tags: patterns of tags.
        patch_releases: so many images of each minor release, the highest.
        not_pulled_for: seconds since the last pull, or since the push of what was never pulled.
    """

    repositories: str
    keep_last: int | None
    newer_than: float | None
    keep_tags: tuple[str, ...]
    patch_releases: int | None
    not_pulled_for: float | None


def rule(document: Mapping[str, Any]) -> Rule:
    """Read a rule.

    Raises:
        RegtoolError: a key is not known, a value is wrong, or nothing tells what may go.
    """
    for key in document:
        if key not in _KEYS:
            raise RegtoolError(f"a retention rule has no key {key!r}", "", "there are " + ", ".join(_KEYS))
    read = Rule(
        str(document.get("repositories") or "*"),
        _count(document, "keep_last"),
        _age(document, "newer_than"),
        _patterns(document.get("keep_tags") or ()),
        _count(document, "patch_releases"),
        _age(document, "not_pulled_for"),
    )
    if all(part is None for part in (read.keep_last, read.newer_than, read.patch_releases, read.not_pulled_for)):
        raise RegtoolError(
            f"the retention rule for {read.repositories} does not tell what may go",
            "it would delete every tag, or every tag but some names",
            "give it keep_last, newer_than, patch_releases or not_pulled_for",
        )
    return read


def _patterns(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, (list, tuple)):
        raise RegtoolError(f"keep_tags is {value!r}", "it is a list of patterns")
    return tuple(str(pattern) for pattern in value)


def _count(document: Mapping[str, Any], key: str) -> int | None:
    value = document.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not str(value).isdecimal() or int(value) < 1:
        raise RegtoolError(f"{key} is {value!r}", "it is a number from 1 on")
    return int(value)


def _age(document: Mapping[str, Any], key: str) -> float | None:
    value = document.get(key)
    return None if value is None else durations.seconds(str(value))


def kept(read: Rule, tags: Sequence[Tag], now: float) -> dict[Tag, str]:
    """Give the tags of one repository that a rule keeps, each with the reason.

    What a wrong clock has dated in the future stays, and does not count: it would be the last pushed for ever.
    """
    reasons: dict[Tag, str] = {tag: "dated in the future" for tag in tags if tag.pushed > now}
    tags = [tag for tag in tags if tag not in reasons]
    last = _last(tags, read.keep_last or 0)
    releases = _releases(tags, read.patch_releases or 0)
    for tag in tags:
        used = max(tag.pushed, tag.pulled or 0)
        if tag.digest in last:
            reasons[tag] = f"among the last {read.keep_last}"
        elif read.newer_than is not None and now - tag.pushed < read.newer_than:
            reasons[tag] = "new"
        elif is_named(read, tag):
            reasons[tag] = BY_NAME
        elif tag in releases:
            reasons[tag] = f"among the last {read.patch_releases} patch releases"
        elif read.not_pulled_for is not None and now - used < read.not_pulled_for:
            reasons[tag] = "pulled or pushed lately"
        elif _only_releases(read) and semver.parse(tag.name) is None:
            reasons[tag] = "not a version"
    return reasons


def is_named(read: Rule, tag: Tag) -> bool:
    """Tell whether a rule keeps a tag for its name."""
    return any(fnmatch.fnmatchcase(tag.name, pattern) for pattern in read.keep_tags)


def _last(tags: Sequence[Tag], count: int) -> set[str]:
    """Give the digests that were pushed last, under whichever tag.

    Of several that were pushed at the time of the last of them nobody knows which came first: a bucket has whole
    seconds. All of those stay.
    """
    pushed: dict[str, float] = {}
    for tag in sorted(tags, key=lambda tag: -tag.pushed):
        pushed.setdefault(tag.digest, tag.pushed)
    last = list(pushed.values())[:count]
    return {digest for digest, moment in pushed.items() if last and moment >= last[-1]}


def _first(count: int, digests: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(digests))[:count]


def _only_releases(read: Rule) -> bool:
    """A rule about versions alone says nothing of other tags: they stay."""
    return read.keep_last is None and read.newer_than is None and read.not_pulled_for is None


def _releases(tags: Iterable[Tag], count: int) -> set[Tag]:
    lines: dict[tuple[str, int, int, str], list[tuple[int, Tag]]] = defaultdict(list)
    for tag in tags:
        version = semver.parse(tag.name)
        if version:
            lines[version.line].append((version.patch, tag))
    kept_tags = set()
    for line in lines.values():
        digests = _first(count, (tag.digest for _, tag in sorted(line, reverse=True)))
        kept_tags |= {tag for _, tag in line if tag.digest in digests}
    return kept_tags
