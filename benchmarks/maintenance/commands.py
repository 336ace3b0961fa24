"""Running the maintenance program, timed or with its memory measured."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.timing import output

_MEASURED = """\
import re, sys
from solakube_regtool.collect import living
from solakube_regtool.cli import main
living.SLICE = int(living.SLICE * float(sys.argv.pop(1)))
code = main(sys.argv[1:])
print("peak", re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
sys.exit(code)
"""


def regtool(data: Path, *arguments: str) -> list[str]:
    """Return the command line of the maintenance program on a data folder."""
    return [sys.executable, "-m", "solakube_regtool", "--data", str(data), *arguments]


def peak_memory(data: Path, arguments: Sequence[str], scale: float = 1.0) -> int:
    """Run the maintenance program and return the largest resident set it had, in bytes.

    It tells itself, by the kernel's VmHWM: what a parent learns of a child's maximum includes the parent's own size.

    Args:
        data: the data folder.
        arguments: the command and its arguments.
        scale: of how much the collector examines at a time, for a registry smaller than what is asked about.
    """
    told = output([sys.executable, "-c", _MEASURED, str(scale), "--data", str(data), *arguments])
    peak = re.search(r"^peak (\d+)\Z", told.rstrip("\n"), re.MULTILINE)
    assert peak, told[-500:]
    return int(peak[1]) * 1024
