from __future__ import annotations

from typing import Any

import pytest

from solakube_core.kube.apply.preparing import applicable, stale_strategy
from solakube_core.kube.objects.ownership import made_by_us
from solakube_core.model import CREATED_ANNOTATION


def claim(size: str, phase: str = "Bound", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "web"},
        "spec": {"resources": {"requests": {"storage": size}}, **spec},
        "status": {"phase": phase},
    }


@pytest.mark.parametrize(
    ("wanted", "live", "applied"),
    [
        (claim("20Gi"), claim("10Gi"), "20Gi"),
        (claim("5Gi"), claim("10Gi"), "10Gi"),
        (claim("10240Mi"), claim("10Gi"), "10240Mi"),
        (claim("20Gi"), claim("10Gi", "Pending"), "10Gi"),
    ],
)
def test_a_claim_only_grows_and_only_once_it_is_bound(
    wanted: dict[str, Any], live: dict[str, Any], applied: str
) -> None:
    prepared = applicable(wanted, "web", live)
    assert prepared is not None
    assert prepared["spec"]["resources"]["requests"]["storage"] == applied


def test_a_claim_keeps_the_class_it_was_made_with() -> None:
    wanted = claim("1Gi", storageClassName="better", accessModes=["ReadWriteOnce"], selector={})
    live = claim("1Gi", storageClassName="old", accessModes=["ReadWriteMany"], volumeName="pv-1")
    prepared = applicable(wanted, "web", live)
    assert prepared is not None
    assert prepared["spec"] == {
        "storageClassName": "old",
        "accessModes": ["ReadWriteMany"],
        "resources": {"requests": {"storage": "1Gi"}},
    }


def namespace(**annotations: str) -> dict[str, Any]:
    metadata = {"name": "web", "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def test_a_new_namespace_is_marked_as_ours_and_stays_so() -> None:
    made = applicable(namespace(a="b"), "web", None)
    assert made is not None
    assert made_by_us(made)
    assert applicable(namespace(a="b"), "web", made) == made


def test_a_namespace_of_others_is_left_alone() -> None:
    theirs = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "web"}}
    assert not made_by_us(theirs)
    assert applicable(namespace(**{CREATED_ANNOTATION: "true"}), "web", theirs) is None


@pytest.mark.parametrize("kind", ["PersistentVolumeClaim", "Secret"])
def test_what_holds_what_nobody_can_make_again_is_marked_when_it_is_made_and_only_then(kind: str) -> None:
    wanted = {**claim("1Gi"), "kind": kind}
    made = applicable(wanted, "web", None)
    assert made is not None
    assert made_by_us(made)
    again = applicable(wanted, "web", made)
    assert again is not None
    assert made_by_us(again)
    adopted = applicable(wanted, "web", wanted)
    assert adopted is not None
    assert not made_by_us(adopted)


def deployment(**strategy: Any) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": "web"}, "spec": {"strategy": strategy}}


def test_rolling_update_settings_are_cleared_before_recreate() -> None:
    rolling = deployment(type="RollingUpdate", rollingUpdate={"maxSurge": 1})
    recreate = deployment(type="Recreate")
    assert stale_strategy(recreate, rolling) == {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
    assert stale_strategy(recreate, recreate) is None
    assert stale_strategy(rolling, rolling) is None
