"""What is there under the registry's names and is not the registry's: told, and left as it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.e2e.support.installation import Installation
from tests.e2e.support.tls import Authority

KINDS = "deployments,secrets,persistentvolumeclaims"


def metadata(installation: Installation, name: str) -> dict[str, Any]:
    return {"name": name, "namespace": installation.name, "labels": {"team": "other"}}


def install_theirs(installation: Installation) -> None:
    """Another team's program, volume and secret, under the names that the registry would take."""
    container = {"name": "postgres", "image": "busybox:1.37"}
    pod = {"metadata": {"labels": {"team": "other"}}, "spec": {"containers": [container]}}
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": "standard",
        "resources": {"requests": {"storage": "5Gi"}},
    }
    # Without replicas, so that nothing but a deployment could change anything of it.
    deployment = {"replicas": 0, "selector": {"matchLabels": {"team": "other"}}, "template": pod}
    named = metadata(installation, installation.full)
    items = [
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": named, "spec": claim},
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": metadata(installation, f"{installation.full}-secret"),
            "type": "kubernetes.io/basic-auth",
            "stringData": {"username": "them", "password": "theirs"},
        },
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": named, "spec": deployment},
    ]
    cluster = installation.cluster
    cluster.kubectl("create", "namespace", installation.name)
    cluster.kubectl("create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    observed = "--for=jsonpath={.status.observedGeneration}=1"
    cluster.kubectl("-n", installation.name, "wait", observed, "deployment", "--all", "--timeout=300s")


@pytest.mark.parametrize(
    "command", [("deploy",), ("deploy", "--dry-run"), ("deploy", "--render"), ("diff",)], ids=" ".join
)
def test_another_teams_objects_stay_byte_for_byte(inside: Installation, command: tuple[str, ...]) -> None:
    install_theirs(inside)
    before = inside.cluster.kubectl("-n", inside.name, "get", KINDS, "-o", "yaml")
    refused = inside.sk(command[0], "registry", *command[1:])
    assert refused.exit_code == 1
    for name in (f"PersistentVolumeClaim {inside.name}/{inside.full}", f"Secret {inside.name}/{inside.full}-secret"):
        assert f"{name} is there already, and is not registry's" in refused.stderr
    assert "sk deploy registry --take-over" in refused.stderr
    assert inside.cluster.kubectl("-n", inside.name, "get", KINDS, "-o", "yaml") == before
    assert inside.cluster.kubectl("-n", inside.name, "get", "services", "-o", "name") == ""


def test_a_volume_that_is_meant_is_taken_over_and_outlives_the_registry(inside: Installation) -> None:
    install_theirs(inside)
    inside.cluster.kubectl("-n", inside.name, "delete", "secrets,deployments", "--all")
    inside.environment["REGISTRY_PVC_SIZE"] = "5Gi"
    inside.sk("deploy", "registry", "--take-over").ok()
    assert inside.get("pvc", inside.full)["status"]["phase"] == "Bound"
    told = inside.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    assert f"stays: PersistentVolumeClaim {inside.name}/{inside.full}, which others made" in told
    assert inside.get("pvc", inside.full)["spec"]["resources"]["requests"]["storage"] == "5Gi"
    named = f"PersistentVolumeClaim/{inside.full}"
    inside.sk("undeploy", "registry", "--yes", "--delete-data", "--delete-also", named).ok()
    assert inside.get("pvc")["items"] == []


@pytest.mark.parametrize("more", [(), ("--take-over",)], ids=["plain", "take-over"])
def test_a_tls_secret_of_ones_own_is_neither_overwritten_nor_deleted(
    exposed: Installation, authority: Authority, more: tuple[str, ...]
) -> None:
    authority.issue(exposed.host).store(exposed.cluster, exposed.name, "registry-tls")
    before = exposed.get("secret", "registry-tls")
    exposed.environment = {"REGISTRY_EXPOSE": "ingress", "REGISTRY_TLS": "self-signed"}
    refused = exposed.sk("deploy", "registry", *more)
    assert refused.exit_code == 1
    assert "REGISTRY_TLS_SECRET_NAME=registry-tls" in refused.stderr
    exposed.environment = {"REGISTRY_EXPOSE": "ingress", "REGISTRY_TLS_SECRET_NAME": "registry-tls"}
    exposed.sk("deploy", "registry").ok()
    exposed.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    assert exposed.get("secret", "registry-tls") == before


def test_the_authority_that_people_trust_outlives_the_registry_as_its_images_do(exposed: Installation) -> None:
    exposed.environment = {"REGISTRY_EXPOSE": "ingress", "REGISTRY_TLS": "self-signed"}
    exposed.sk("deploy", "registry").ok()
    trusted = exposed.sk("registry", "ca").ok()
    assert f"stays: Secret {exposed.name}/registry-ca" in exposed.sk("undeploy", "registry", "--yes").ok()
    assert "is not deployed" in exposed.sk("status", "registry").stdout
    exposed.sk("deploy", "registry").ok()
    assert exposed.sk("registry", "ca").ok() == trusted
    assert f"Secret {exposed.name}/registry-ca" in exposed.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    assert exposed.get("secrets")["items"] == [exposed.get("secret", "own-tls")]
