"""What is wrong is told at once, with exit code 1, and the cluster stays as it is."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from tests.e2e.support.installation import Installation, without
from tests.e2e.testbed.cluster import Cluster

LOOK_ALIKE = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "standard-rwo"},
    "provisioner": "rancher.io/local-path",
}


def refused(installation: Installation, **changes: str) -> str:
    result = installation.sk("deploy", "registry", timeout=300, **changes)
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert not installation.exists()
    return result.stderr


def test_every_problem_is_in_one_message(inside: Installation) -> None:
    error = refused(
        inside,
        REGISTRY_ADMIN_PASSWORD="",
        REGISTRY_PVC_SIZE="10GB",
        REGISTRY_EXPOSE="ingress",
        REGISTRY_FQN="registry.e2e.test",
        REGISTRY_TLS_SECRET_NAME="missing-tls",
    )
    for part in (
        "REGISTRY_ADMIN_PASSWORD is not set",
        "REGISTRY_PVC_SIZE: '10GB' is not a Kubernetes quantity",
        f"there is no TLS secret {inside.name}/missing-tls",
    ):
        assert part in error


@pytest.mark.alone
def test_a_look_alike_of_the_wanted_class_is_not_taken(inside: Installation, cluster: Cluster) -> None:
    with without(cluster, "storageclass", "standard"):
        cluster.apply(json.dumps(LOOK_ALIKE))
        try:
            error = refused(inside, REGISTRY_STORAGE_CLASS="standard")
        finally:
            cluster.kubectl("delete", "storageclass", "standard-rwo")
    assert "no storage class for registry" in error
    assert "standard-rwo is another class" in error


@pytest.mark.alone
def test_no_ingress_controller(inside: Installation, cluster: Cluster) -> None:
    with without(cluster, "ingressclass", "traefik"):
        error = refused(inside, REGISTRY_EXPOSE="ingress", REGISTRY_FQN="registry.e2e.test", REGISTRY_TLS="none")
    assert "there is no ingress controller" in error


def test_an_unreachable_cluster_is_told_beside_the_other_problems(inside: Installation, tmp_path: Path) -> None:
    config = json.loads(inside.cluster.kubectl("config", "view", "--raw", "-o", "json"))
    for entry in config["clusters"]:
        entry["cluster"]["server"] = "https://127.0.0.1:1"
    nowhere = tmp_path / "nowhere"
    nowhere.write_text(json.dumps(config), encoding="utf-8")
    error = refused(inside, KUBECONFIG=str(nowhere), REGISTRY_PVC_SIZE="10GB")
    assert "127.0.0.1:1" in error
    assert "REGISTRY_PVC_SIZE" in error


def test_missing_permissions_are_named_each(inside: Installation, cluster: Cluster, tmp_path: Path) -> None:
    error = refused(inside, KUBECONFIG=str(powerless(cluster, inside.name, tmp_path)))
    assert "you may not create namespaces cluster-wide" in error
    assert f"you may not patch deployments.apps in namespace {inside.name}" in error


def powerless(cluster: Cluster, user: str, folder: Path) -> Path:
    """Write a kubeconfig of a service account that may do nothing."""
    cluster.kubectl("-n", "default", "create", "serviceaccount", user)
    token = cluster.kubectl("-n", "default", "create", "token", user).strip()
    config = json.loads(cluster.kubectl("config", "view", "--raw", "-o", "json"))
    for entry in config["users"]:
        entry["user"] = {"token": token}
    file = folder / "powerless"
    file.write_text(json.dumps(config), encoding="utf-8")
    return file


def test_an_unknown_key_of_chart_values_is_told_with_its_line(inside: Installation) -> None:
    file = inside.write("deployment/registry/chart-values.yaml", "resources: {}\nresorces: {}\n")
    assert f"{file}:2: unknown key resorces; did you mean resources?" in refused(inside)


HASH = re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}")
"""What crypt(5) makes of a password by bcrypt."""


def test_no_secret_shows_anywhere(inside: Installation) -> None:
    password = "unmistakable-Secret-1"
    encoded = base64.b64encode(password.encode()).decode()
    for command in (("deploy", "registry", "--render"), ("deploy", "registry", "--dry-run"), ("deploy", "registry")):
        result = inside.sk(*command, REGISTRY_ADMIN_PASSWORD=password)
        result.ok()
        for secret in (password, encoded):
            assert secret not in result.stdout + result.stderr
        assert not HASH.search(result.stdout + result.stderr)
    shown = inside.sk("deploy", "registry", "--render", "--show-secrets", REGISTRY_ADMIN_PASSWORD=password).ok()
    assert base64.b64encode(b"admin:$2b$").decode().rstrip("=")[:-1] in shown
