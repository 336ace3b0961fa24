"""Which permissions are named: those that a deployment takes, and no other."""

from __future__ import annotations

import pytest
from solakube_registry.configure import configure

from solakube_core.errors import SolakubeError
from solakube_core.model import Manifest, ObjectRef
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import NAMES, settings

OTHERS_NAMESPACE = thing("v1", "Namespace", "registry")
OURS = thing("v1", "Namespace", "registry", metadata={"annotations": {"solakube.io/created": "true"}})
CLAIM = thing("v1", "PersistentVolumeClaim", NAMES.claim.name, "registry")


def named(place: Place) -> set[str]:
    values = settings(REGISTRY_ADMIN_PASSWORD="secret", REGISTRY_EXPOSE="none")
    return {str(access) for access in configure(values, (), place).access}


def of_namespaces(found: set[str]) -> set[str]:
    return {access for access in found if access.split()[1] == "namespaces"}


def test_who_administers_a_namespace_with_the_volume_needs_nothing_beyond_it() -> None:
    found = named(Place((OTHERS_NAMESPACE, CLAIM)))
    assert all(access.endswith("in namespace registry") for access in found)
    assert of_namespaces(found) == {"get namespaces in namespace registry"}
    assert {access.split()[0] for access in found} == {"get", "create", "patch", "list"}


def test_a_namespace_is_made_by_who_may_do_it_anywhere() -> None:
    everywhere = {f"{verb} namespaces cluster-wide" for verb in ("get", "create", "patch")}
    assert of_namespaces(named(Place())) == everywhere


def test_a_namespace_of_our_own_is_kept_as_we_want_it() -> None:
    assert "patch namespaces in namespace registry" in of_namespaces(named(Place((OURS,))))


@pytest.mark.parametrize("resource", ["storageclasses", "csidrivers", "csinodes"])
def test_storage_is_chosen_by_who_may_see_it(resource: str) -> None:
    assert f"list {resource}.storage.k8s.io cluster-wide" in named(Place())


def test_what_may_not_be_looked_at_is_not_taken_for_there() -> None:
    class Closed(Place):
        def get(self, ref: ObjectRef) -> Manifest | None:
            raise SolakubeError("you may not")

    assert named(Closed()) == named(Place())
