"""`sk deploy registry` takes the best class that is there, and a modest amount of memory."""

from __future__ import annotations

import json

import pytest

from tests.e2e.support.installation import Installation, without
from tests.e2e.testbed.cluster import Cluster

LIST = "hcloud-volumes,openebs-hostpath,rook-ceph-block,standard"
K3S = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "local-path", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "rancher.io/local-path",
    "volumeBindingMode": "WaitForFirstConsumer",
}


def test_the_class_list_is_negotiated_and_explained(inside: Installation) -> None:
    inside.environment["REGISTRY_STORAGE_CLASS"] = LIST
    said = inside.sk("deploy", "registry")
    said.ok()
    for passed_over in ("hcloud-volumes", "openebs-hostpath", "rook-ceph-block"):
        assert f"storage: {passed_over}: passed over, not in the cluster" in said.stderr
    assert "storage: standard: taken" in said.stderr

    claim = inside.get("pvc", inside.full)
    assert claim["status"]["phase"] == "Bound"
    assert claim["spec"]["storageClassName"] == "standard"
    assert claim["spec"]["resources"]["requests"]["storage"] == "10Gi"

    explained = inside.sk("storage", "explain", "registry").ok()
    assert "exists and keeps its class" in explained


@pytest.mark.alone
def test_a_cluster_whose_only_class_is_its_default_one_works_as_it_comes(
    inside: Installation, cluster: Cluster
) -> None:
    with without(cluster, "storageclass", "standard"):
        cluster.apply(json.dumps(K3S))
        try:
            inside.sk("deploy", "registry").ok()
        finally:
            cluster.kubectl("delete", "storageclass", "local-path")
    assert inside.get("pvc", inside.full)["spec"]["storageClassName"] == "local-path"


def test_the_memory_limit_is_modest_and_chart_values_raise_it(inside: Installation) -> None:
    inside.sk("deploy", "registry").ok()
    assert limit(inside) == "256Mi"
    inside.write("deployment/registry/chart-values.yaml", "resources:\n  limits:\n    memory: 384Mi\n")
    inside.sk("deploy", "registry").ok()
    assert limit(inside) == "384Mi"


def limit(installation: Installation) -> str:
    containers = installation.get("deployment", installation.full)["spec"]["template"]["spec"]["containers"]
    registry = next(entry for entry in containers if entry["name"] == "docker-registry")
    return str(registry["resources"]["limits"]["memory"])
