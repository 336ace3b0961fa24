"""Notes that outlive a deployment: a component's tells which data it had, and where, and stays when it is removed."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from solakube_core.local.state.recording import read_wanted, readable, write_atomically
from solakube_core.local.state.records import WANTED


def memo(state: Path) -> Path:
    """Return the file that tells which data a component had: beside its state, which goes when it is removed."""
    return state.with_name(f"{state.name}.json")


def remembered(state: Path) -> str:
    """Return the folder of the data that a component had last; "" where it had none."""
    wanted = readable(read_wanted, state / WANTED)
    return read(memo(state)).get("data") or (wanted.data if wanted else "")


def note(file: Path, content: dict[str, str]) -> None:
    """Write a note, if it is not there already."""
    if content != read(file):
        write_atomically(file, json.dumps(content) + "\n")


def read(file: Path) -> dict[str, str]:
    """Read a note; nothing where there is none, or where it is not ours to read."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return {name: value for name, value in content.items() if isinstance(value, str)}
    return {}
