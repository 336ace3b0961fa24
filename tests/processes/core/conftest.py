"""`sk` with plugins that are installed for a test."""

from __future__ import annotations

from tests.unit.core.conftest import sk

__all__ = ["sk"]
