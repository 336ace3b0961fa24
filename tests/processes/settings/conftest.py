"""Settings files in a home folder of their own, and the settings that they make."""

from __future__ import annotations

from tests.unit.settings.conftest import after, failure, loaded, variables, write

__all__ = ["after", "failure", "loaded", "variables", "write"]
