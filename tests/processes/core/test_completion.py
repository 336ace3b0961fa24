"""What a shell is offered."""

from __future__ import annotations

import pytest

from solakube_core.cli.main import run


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(capsys: pytest.CaptureFixture[str], shell: str) -> None:
    assert run(["completion", shell]) == 0
    assert "_SK_COMPLETE" in capsys.readouterr().out
