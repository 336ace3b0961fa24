"""Which capabilities are asked of runc on a machine that lacks some."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.testbed import capabilities


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
