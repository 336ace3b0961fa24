"""The collector among clients, on a model of the registry. tests/e2e/maintenance runs many more of these."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.model.interleaving import Interleaving


@pytest.mark.parametrize("seed", range(10))
def test_no_image_is_lost_and_no_push_refused(seed: int, tmp_path: Path) -> None:
    Interleaving(tmp_path / "data", seed).run()
