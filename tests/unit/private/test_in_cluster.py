"""The deployed registry as nodes name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest
from solakube_registry.private.in_cluster import find

from solakube_core.engine import Engine, Status
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import NAMES, settings


@dataclass
class Deployed:
    """An engine on which the registry is deployed."""

    site: Place

    def status(self, *_: str) -> Status:
        return Status(deployed=True)


@pytest.mark.parametrize(
    ("cluster_ip", "fqn"),
    [("10.96.0.7", "10.96.0.7:5000"), ("fd00:10:96::1234", "[fd00:10:96::1234]:5000"), ("None", None), ("", None)],
)
def test_what_nothing_exposes_is_named_by_its_cluster_address(cluster_ip: str, fqn: str | None) -> None:
    service = thing("v1", "Service", NAMES.full, "registry", spec={"clusterIP": cluster_ip})
    values = settings(REGISTRY_ADMIN_PASSWORD="secret")
    found = find(values, cast(Engine, Deployed(Place((service,)))), lambda: None)
    assert (found.fqn if found else None) == fqn
