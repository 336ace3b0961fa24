"""Fixtures of the tests of usage and retention."""

from __future__ import annotations

from tests.e2e.maintenance.conftest import running_registry

__all__ = ["running_registry"]
