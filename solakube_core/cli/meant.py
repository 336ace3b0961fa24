"""What somebody meant who wrote something else."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the name that a word resembles, or is the initials or the beginning of; "" for none."""
    # Imported here: it is for those alone who have mistyped something.
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(word, names, 1)
    if close or not word:
        return close[0] if close else ""
    initials = (name for name in names if "-" in name and "".join(part[0] for part in name.split("-")) == word)
    return next(initials, "") or next((name for name in names if len(word) > 1 and name.startswith(word)), "")
