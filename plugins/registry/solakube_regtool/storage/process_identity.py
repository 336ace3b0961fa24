"""Telling whether a process that left a note is no more; nothing in a bucket ends with its writer."""

from __future__ import annotations

import os


def where() -> str:
    """Tell this machine, boot and process numbers' space apart from all others; "" where that is not known."""
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
            return f"{file.read().strip()}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return ""


def is_dead(process: int, place: str) -> bool:
    """Tell whether a process was on this very machine, and is no more; where that cannot be told it may be alive.

    Args:
        process: its number there.
        place: what `where` told it.
    """
    return bool(place) and place == where() and _is_gone(process)


def _is_gone(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            # The state follows the name in parentheses: Z and X are dead, and not yet fetched by their parent.
            return file.read().rpartition(")")[2].split()[0] in ("Z", "X")
    except FileNotFoundError:
        return True
    except (OSError, IndexError):
        return False
