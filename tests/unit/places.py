"""What may stand in the place of a file."""

from __future__ import annotations

import os
from pathlib import Path


def make(kind: str, place: Path) -> None:
    """Put something there that is no file."""
    match kind:
        case "a folder":
            place.mkdir()
        case "a pipe":
            os.mkfifo(place)
        case "a link to nothing":
            place.symlink_to(place.parent / "nothing")
        case "a link to itself":
            place.symlink_to(place)
        case "a link to a folder":
            place.symlink_to(place.parent)
        case _:
            raise ValueError(kind)
