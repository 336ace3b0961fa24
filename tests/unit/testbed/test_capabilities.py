"""Which capabilities are asked of runc on a machine that lacks some."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.testbed import capabilities

STATUS = "Name:\tcat\nCapEff:\t0000000000000000\nCapBnd:\t000001fffeffffff\nSeccomp:\t0\n"
LAST = 40


def test_the_missing_ones_are_those_whose_bit_is_not_set() -> None:
    assert capabilities.missing(capabilities.bounding_set(STATUS), LAST) == {"CAP_SYS_RESOURCE"}


def test_a_capability_that_the_kernel_does_not_know_is_not_missing() -> None:
    assert capabilities.missing((1 << 38) - 1, 37) == frozenset()


def test_a_status_without_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="CapBnd"):
        capabilities.bounding_set("Name:\tcat\n")


def test_all_sets_of_a_process_are_lessened() -> None:
    asked = {"bounding": ["CAP_SYS_RESOURCE", "CAP_KILL"], "ambient": ["CAP_SYS_RESOURCE"], "effective": []}
    lessened = capabilities.without({"args": ["sh"], "capabilities": asked}, frozenset({"CAP_SYS_RESOURCE"}))
    assert lessened == {"args": ["sh"], "capabilities": {"bounding": ["CAP_KILL"], "ambient": [], "effective": []}}


def test_a_process_without_capabilities_stays_as_it_is() -> None:
    assert capabilities.without({"args": ["sh"]}, frozenset({"CAP_KILL"})) == {"args": ["sh"]}


@pytest.mark.parametrize("words", [["create", "--bundle", "/b", "id"], ["create", "-b", "/b"], ["run", "--bundle=/b"]])
def test_an_option_is_found_in_each_spelling(words: list[str]) -> None:
    assert capabilities.option(words, "--bundle", "-b") == "/b"


def test_run_as_a_program_it_lessens_the_bundle_and_becomes_runc(tmp_path: Path) -> None:
    known = [f"CAP_{name}" for name in capabilities.NAMES]
    configuration = tmp_path / "config.json"
    configuration.write_text(json.dumps({"process": {"capabilities": {"bounding": known}}, "hostname": "h"}))
    runc = tmp_path / "runc"
    runc.write_text('#!/bin/sh\necho "runc $*"\n')
    runc.chmod(0o755)
    program = [sys.executable, capabilities.__file__, "--root", "/r", "create", "--bundle", str(tmp_path), "id"]
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    said = subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout
    assert said == f"runc --root /r create --bundle {tmp_path} id\n"
    left = json.loads(configuration.read_text())
    kept = [name for name in known if name not in capabilities.missing_here()]
    assert left == {"process": {"capabilities": {"bounding": kept}}, "hostname": "h"}
