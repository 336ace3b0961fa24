"""Which permissions a deployment takes: those that `sk` names, all of them, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.support.installation import Installation
from tests.e2e.support.users import User


@pytest.fixture
def user(inside: Installation, tmp_path: Path) -> Iterator[User]:
    """A user who may do nothing so far; the namespace is there."""
    inside.cluster.kubectl("create", "namespace", inside.name)
    made = User.create(inside.cluster, inside.name, tmp_path)
    inside.environment["KUBECONFIG"] = str(made.kubeconfig)
    yield made
    for kind in ("clusterrole", "clusterrolebinding", "serviceaccount"):
        inside.cluster.kubectl("delete", kind, inside.name, "--ignore-not-found")


def test_what_is_named_suffices(inside: Installation, user: User) -> None:
    user.grant(inside.sk("deploy", "registry").refused())
    inside.sk("deploy", "registry").ok()
    inside.sk("deploy", "registry", REGISTRY_PVC_SIZE="10Gi", REGISTRY_READ_ONLY="Y").ok()


def test_the_administrator_of_a_namespace_with_the_volume_can_deploy(inside: Installation, user: User) -> None:
    inside.sk("deploy", "registry", KUBECONFIG=str(inside.cluster.kubeconfig)).ok()
    inside.cluster.kubectl(
        *("create", "rolebinding", "admin", "-n", inside.name, "--clusterrole=admin"),
        f"--serviceaccount=default:{user.name}",
    )
    inside.sk("deploy", "registry", REGISTRY_READ_ONLY="Y").ok()
    inside.sk("undeploy", "registry", "--yes").ok()
    inside.sk("deploy", "registry").ok()
