from __future__ import annotations

import os
import subprocess
import sys

import pytest

from solakube_core.errors import Problem, SolakubeError, of_system


def test_one_problem_says_what_why_and_what_to_do_in_that_order() -> None:
    error = SolakubeError("it failed", "the disk is full", "free some space")
    assert str(error) == "it failed\n  why: the disk is full\n  what to do: free some space"


def test_what_is_not_known_is_left_out() -> None:
    assert str(SolakubeError("it failed")) == "it failed"


def test_several_problems_are_numbered_and_none_is_lost() -> None:
    error = SolakubeError.of([Problem("one", "because"), Problem("two")])
    assert str(error) == "2 problems:\n1. one\n     why: because\n2. two"
    assert error.exit_code == 1


def test_an_error_of_no_problems_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        SolakubeError.of([])


_LIMITED = """
import resource, sys
from solakube_core.errors import of_system
try:
    {exhaust}
except (OSError, MemoryError) as error:
    print(of_system(error))
"""
EXHAUSTED = {
    "a full disk": ("open('/dev/full', 'w', buffering=1).write('x' + chr(10))", "make space on the disk"),
    "open files": (
        "resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8)); [__import__('os').dup(1) for _ in range(9)]",
        "ulimit -n",
    ),
    "memory": ("resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)); bytearray(2**32)", "more memory"),
    "large files": (
        "file = __import__('tempfile').TemporaryFile(buffering=0);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); file.write(b'x')",
        "ulimit -f",
    ),
}


@pytest.mark.parametrize("case", EXHAUSTED)
def test_what_a_machine_has_too_little_of_is_no_defect(case: str) -> None:
    exhaust, remedy = EXHAUSTED[case]
    code = _LIMITED.format(exhaust=exhaust)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("this machine has not what it takes\n  why: ")
    assert remedy in done.stdout


def test_no_place_for_temporary_files_is_not_taken_for_a_folder_that_is_gone() -> None:
    code = _LIMITED.format(
        exhaust="resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); __import__('tempfile').gettempdir()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("there is no folder for temporary files\n  why: No usable temporary directory")
    assert "TMPDIR" in done.stdout


def test_a_child_that_cannot_be_started_is_no_defect() -> None:
    error = BlockingIOError(11, os.strerror(11))
    assert "ulimit -u" in str(of_system(error))


def test_any_other_error_may_be_a_defect() -> None:
    assert of_system(ValueError("x")) is None
    assert of_system(OSError(5, "x")) is None
