"""`sk` with plugins that are installed for a test."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core.cli import main
from tests.unit.core.installing import Run, Sk


@pytest.fixture
def sk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Sk]:
    """Run `sk` with the plugins that a test installs into its folder, each time imported anew."""
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    monkeypatch.syspath_prepend(tmp_path)

    def forget() -> None:
        for path in tmp_path.glob("*.py"):
            sys.modules.pop(path.stem, None)
        importlib.invalidate_caches()

    def run(*arguments: str) -> Run:
        forget()
        return Run(main.run([*arguments]), *capsys.readouterr())

    yield run
    forget()
