"""Notes that outlive a deployment: a component's tells which data it had, and where, and stays when it is removed."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

from solakube_core.errors import SolakubeError, of_system
from solakube_core.local.state.fitting import fits
from solakube_core.local.state.recording import read_wanted, readable, write_atomically
from solakube_core.local.state.records import WANTED

NOTE = ".solakube.json"
"""In a data folder: whose it is."""


def memo(state: Path) -> Path:
    """Return the file that tells which data a component had: beside its state, which goes when it is removed."""
    return state.with_name(f"{state.name}.json")


def remembered(state: Path) -> str:
    """Return the folder of the data that a component had last; "" where it had none.

    Raises:
        SolakubeError: it is not deployed, and the note of it cannot be read.
    """
    wanted = readable(read_wanted, state / WANTED)
    known = wanted.data if wanted else ""
    try:
        return read(memo(state)).get("data") or known
    except SolakubeError:
        if known:
            return known
        raise


def identity(data: Path) -> str:
    """Return the identity of a folder's data; "" where it has none."""
    return read(data / NOTE).get("identity", "")


def moved(state: Path, before: Path, data: Path) -> bool:
    """Tell whether the data that a component had in one folder is in another now, as after a home was moved."""
    if os.path.exists(before):  # noqa: PTH110 - a disk that does not answer is not there, either.
        return False
    known = readable(read, memo(state)) or {}
    return known.get("data") == str(before) and known.get("identity", "") == readable(identity, data) != ""


def note(file: Path, content: dict[str, str]) -> None:
    """Write a note, if it is not there already; one that cannot be read is replaced."""
    with contextlib.suppress(SolakubeError):
        if content == read(file):
            return
    write_atomically(file, json.dumps(content) + "\n")


def read(file: Path) -> dict[str, str]:
    """Read a note; nothing where there is none.

    Raises:
        SolakubeError: there is one that cannot be read: what it told is not known, which is not the same as nothing.
    """
    content: object = None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        if refused := of_system(error):
            raise refused from None
    except (ValueError, RecursionError):
        pass
    if isinstance(content, dict) and all(fits(value, "str") for value in content.values()):
        return content
    raise SolakubeError(
        f"the note {file} is damaged",
        "it told whose images lie where",
        "bring it back from a backup; or remove it, name the folder of the images, and deploy with --new-data",
    )
