"""Fixtures of the tests of usage and retention."""

from __future__ import annotations

from tests.e2e.deploy.conftest import deployed, exposed, inside
from tests.e2e.local.conftest import machine_3, new_machine
from tests.e2e.maintenance.conftest import registry_line, registry_program, running_registry

__all__ = [
    "deployed",
    "exposed",
    "inside",
    "machine_3",
    "new_machine",
    "registry_line",
    "registry_program",
    "running_registry",
]
