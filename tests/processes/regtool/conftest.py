"""Fixtures of the tests of the maintenance program."""

from __future__ import annotations

from tests.unit.regtool.conftest import backups, idle, small_tree

__all__ = ["backups", "idle", "small_tree"]
