#!/usr/bin/python3
"""A container runtime for machines whose capability bounding set lacks something: runc, asked for less.

Docker asks runc for every capability that the kernel knows when a container is privileged (as kind's nodes
are). Where this machine itself was started without one of them (CapBnd in /proc/self/status), runc fails
with "unable to apply caps: operation not permitted". Installed as dockerd's default runtime, this program
takes those capabilities out of what Docker asks for, then becomes runc.

It runs as a program of its own, with the standard library of the system's Python alone.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

NAMES = (
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
)  # fmt: skip
"""In the order of their numbers, from 0 (linux/capability.h)."""


def bounding_set(status: str) -> int:
    """The bit mask after CapBnd in the text of /proc/PID/status."""
    found = re.search(r"^CapBnd:\s*([0-9a-f]+)$", status, re.MULTILINE)
    if found is None:
        raise ValueError("no CapBnd line in this status")
    return int(found[1], 16)


def missing(mask: int, last: int) -> frozenset[str]:
    """The names (CAP_...) of the capabilities 0 to `last` that are not in a bit mask."""
    return frozenset(f"CAP_{name}" for bit, name in enumerate(NAMES[: last + 1]) if not mask >> bit & 1)


def missing_here() -> frozenset[str]:
    """The capabilities that the kernel knows and no process of this machine can have."""
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    return missing(bounding_set(Path("/proc/self/status").read_text()), last)


def without(process: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """An OCI process description without those capabilities in any of its five sets."""
    asked = process.get("capabilities")
    if not asked:
        return process
    kept = {kind: [name for name in wanted if name not in names] for kind, wanted in asked.items()}
    return {**process, "capabilities": kept}


def option(arguments: Sequence[str], *spellings: str) -> str | None:
    """The value of a command line option, given as `--name value` or `--name=value`."""
    for position, argument in enumerate(arguments):
        name, has_value, value = argument.partition("=")
        if name in spellings:
            return value if has_value else arguments[position + 1]
    return None


def _lessen(arguments: Sequence[str], names: frozenset[str]) -> None:
    if "exec" in arguments:
        given = option(arguments, "--process", "-p")
        if given:
            _rewrite(Path(given), lambda process: without(process, names))
    elif "create" in arguments or "run" in arguments:
        bundle = Path(option(arguments, "--bundle", "-b") or ".")
        _rewrite(bundle / "config.json", lambda spec: {**spec, "process": without(spec["process"], names)})


def _rewrite(file: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    file.write_text(json.dumps(change(json.loads(file.read_text()))))


def main() -> None:
    """Take away what cannot be had, then become runc."""
    _lessen(sys.argv[1:], missing_here())
    os.execvp("runc", ["runc", *sys.argv[1:]])


if __name__ == "__main__":
    main()
