"""Which volume the registry gets, and how its pods take turns at it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from solakube_registry.plan import deploy

from solakube_core.model import StorageChoice
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import settings


def strategy(root: Path, values: str, mode: str) -> Any:
    file = root / "deployment" / "registry" / "chart-values.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(values)
    claim = thing("v1", "PersistentVolumeClaim", "images", "registry", spec={"accessModes": [mode]})
    own = settings(REGISTRY_ADMIN_PASSWORD="secret")
    plan = deploy(own, (root,), StorageChoice("standard", "10Gi"), None, Place((claim,)))
    return next(item for item in plan.objects if item["kind"] == "Deployment")["spec"]["strategy"]["type"]


@pytest.mark.parametrize(("mode", "expected"), [("ReadWriteOnce", "RollingUpdate"), ("ReadWriteOncePod", "Recreate")])
def test_the_mode_of_a_claim_that_is_given_counts(tmp_path: Path, mode: str, expected: str) -> None:
    assert strategy(tmp_path, "persistence: {existingClaim: images}", mode) == expected


def test_the_mode_that_is_asked_for_counts(tmp_path: Path) -> None:
    assert strategy(tmp_path, "persistence: {accessMode: ReadWriteOncePod}", "ReadWriteMany") == "Recreate"
