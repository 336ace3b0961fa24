"""The same installations as in tests/e2e/deploy."""

from __future__ import annotations

from tests.e2e.deploy.conftest import deployed, exposed, inside

__all__ = ["deployed", "exposed", "inside"]
