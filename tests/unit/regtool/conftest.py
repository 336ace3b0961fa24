"""Fixtures of the tests of the maintenance program."""

from __future__ import annotations

from tests.unit.retention.conftest import small_tree

__all__ = ["small_tree"]
