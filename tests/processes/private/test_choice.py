"""Which registry an application pulls from, and how that is told to a shell."""

from __future__ import annotations

import subprocess

from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.exports import export_lines

from tests.unit.private.test_choice import NASTY


def test_a_shell_takes_the_lines_literally() -> None:
    lines = export_lines(PrivateRegistry("r.test:5000", "it's", NASTY, ""), show_secret=True)
    script = "\n".join(lines) + '\nprintf "%s|%s" "$PRIVATE_REGISTRY_USERNAME" "$PRIVATE_REGISTRY_PASSWORD"'
    shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert shown == f"it's|{NASTY}"
