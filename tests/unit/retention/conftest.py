"""Fixtures of the tests of usage and retention."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.retention.trees import SmallTree


@pytest.fixture
def small_tree(tmp_path: Path) -> SmallTree:
    """An empty registry."""
    return SmallTree(tmp_path / "data")
