"""Names of repositories and tags, as distribution's reference grammar has them.

Source: https://github.com/distribution/reference, the grammar in reference.go. A name that does not follow it never
becomes part of a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from solakube_regtool.errors import RegtoolError

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_TAG_PATTERN = re.compile(r"[\w.*?\[\]!-]{1,128}", re.ASCII)
_REPOSITORY_PATTERN = re.compile(r"[a-z0-9._*?\[\]!/-]{1,255}")
_LONGEST = 255


def check_repository(name: str) -> str:
    """Return the name of a repository.

    Raises:
        RegtoolError: it is none.
    """
    if len(name) > _LONGEST or not _REPOSITORY.fullmatch(name):
        raise RegtoolError(
            f"{name!r} is no name of a repository",
            "it consists of lower-case letters and digits, separated by . _ - and /",
            "`list` prints the names there are",
        )
    return name


def check_repository_pattern(pattern: str) -> str:
    """Return a pattern of repositories with *, ? and [...], or the name of one.

    Raises:
        RegtoolError: no repository could match it.
    """
    if not is_pattern(pattern):
        return check_repository(pattern)
    if not _REPOSITORY_PATTERN.fullmatch(pattern):
        raise RegtoolError(f"{pattern!r} is no pattern of repositories", "", "use their characters, and * ? [ ]")
    return pattern


def check_tag(name: str) -> str:
    """Return the name of a tag.

    Raises:
        RegtoolError: it is none.
    """
    if not is_tag(name):
        raise RegtoolError(f"{name!r} is no name of a tag", "", "`list REPO` prints the names there are")
    return name


def is_tag(name: str) -> bool:
    """Tell whether a name can be that of a tag."""
    return _TAG.fullmatch(name) is not None


def check_tag_pattern(pattern: str) -> str:
    """Return a pattern of tags with *, ? and [...].

    Raises:
        RegtoolError: no tag could match it.
    """
    if not _TAG_PATTERN.fullmatch(pattern):
        raise RegtoolError(f"{pattern!r} is no pattern of tags", "", "use the characters of tags, and * ? [ ]")
    return pattern


def is_pattern(text: str) -> bool:
    """Tell whether a text is a pattern rather than a name."""
    return any(character in text for character in "*?[")


def unknown(kind: str, name: str, known: Iterable[str]) -> RegtoolError:
    """Return the error for a repository or tag that is not there, naming the nearest."""
    import difflib

    nearest = difflib.get_close_matches(name, list(known), 1)
    remedy = f"did you mean {nearest[0]}?" if nearest else ""
    first, slash, _ = name.partition("/")
    # A repository may be called so, too: those of a mirror are.
    why = f"{first} is no address of this registry; --url names another" if slash and "." in first else ""
    return RegtoolError(f"there is no {kind} {name}", why, remedy)


def moved(repository: str, tag: str) -> RegtoolError:
    """Return the error for a tag that no longer points to what was to be deleted."""
    return RegtoolError(f"{repository}:{tag} was deleted or pushed anew meanwhile", "", "look again")
