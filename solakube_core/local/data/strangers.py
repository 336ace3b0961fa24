"""Programs on this machine that work on a folder and that sk did not start. Linux only; standard library only.

A registry at rest has no file of its data open, and takes no lock. What tells its folder is how it was started: a word
of its command line, a variable of its environment, or the configuration file that its command line names.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from solakube_core.local.machine.processes import command_line

_PROC = Path("/proc")
_LARGEST = 1 << 20
_PATH = re.compile(r"(?=(/[^\s\"'=,;]*))(?=(/[^\"'\n]*))")
"""A path up to the next blank, and up to the end of the line."""


def strangers(folder: Path, programs: Collection[str], own: Collection[int] = ()) -> Iterator[int]:
    """Yield the processes of some programs that were started to work on a folder, as far as one may see it.

    Containers are none of them: their engines know what they mount.

    Args:
        programs: names of executables.
        own: processes that are known already.
    """
    with contextlib.suppress(OSError):
        wanted = folder.stat()
        for process in _PROC.iterdir():
            if process.name.isdecimal() and int(process.name) not in own and _is_one(process, programs):
                named = (_found(process, path) for path in _paths(process))
                if any(found and os.path.samestat(found, wanted) for found in named):
                    yield int(process.name)


def told(pid: int) -> str:
    """Name a process for people."""
    return f"process {pid}: {command_line(pid)[:120]}"


def _is_one(process: Path, programs: Collection[str]) -> bool:
    with contextlib.suppress(OSError):
        first = process.joinpath("cmdline").read_bytes().partition(b"\0")[0]
        if Path(os.fsdecode(first)).name in programs:
            return process.joinpath("ns/pid").readlink() == _PROC.joinpath("self/ns/pid").readlink()
    return False


def _paths(process: Path) -> Iterator[str]:
    """Yield each path that the process was started with, each once."""
    seen: set[str] = set()
    for text in _texts(process):
        for path in (path.rstrip() for both in _PATH.findall(text) for path in both):
            if path not in seen:
                seen.add(path)
                yield path


def _texts(process: Path) -> Iterator[str]:
    words = _words(process / "cmdline")
    yield from words
    yield from _words(process / "environ")
    for word in words[1:]:
        with contextlib.suppress(OSError, ValueError):
            file = _inside(process, word)
            if file.is_file() and file.stat().st_size <= _LARGEST:
                yield file.read_text(encoding="utf-8", errors="replace")


def _words(file: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [os.fsdecode(word) for word in file.read_bytes().split(b"\0") if word]
    return []


def _found(process: Path, path: str) -> os.stat_result | None:
    with contextlib.suppress(OSError, ValueError):
        return _inside(process, path).stat()
    return None


def _inside(process: Path, path: str) -> Path:
    """Return a path as the process has it: under its own root, and from its own folder on."""
    return process / "root" / path.lstrip("/") if path.startswith("/") else process / "cwd" / path
