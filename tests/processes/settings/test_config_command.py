"""`sk config` to a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys


def test_a_terminal_gets_a_table() -> None:
    controller, terminal = pty.openpty()
    environment = {**os.environ, "COLUMNS": "160", "TERM": "xterm", "REGISTRY_IMAGE": "[bold]image"}
    code = "from solakube_core.cli.main import run; run(['config', 'REGISTRY_IMAGE'])"
    subprocess.run([sys.executable, "-c", code], stdout=terminal, env=environment, check=True, timeout=60)
    os.close(terminal)
    shown = os.read(controller, 65536).decode()
    os.close(controller)
    assert "SETTING" in shown
    assert "[bold]image" in shown
    assert "environment" in shown
