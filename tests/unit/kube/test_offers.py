from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from solakube_core.kube.offers.access import review
from solakube_core.kube.offers.address import balanced, on_node
from solakube_core.kube.offers.storage import existing_claim, registered_drivers, storage_class
from solakube_core.model import Access, Address, Backend, StorageClass

BACKEND = Backend("registry", "docker-registry", 5000, "registry", {}, 5000)


def test_a_subresource_is_asked_for_as_such() -> None:
    spec = review(Access("create", "", "pods/exec", "web"))["spec"]
    assert spec["resourceAttributes"] == {
        "verb": "create",
        "resource": "pods",
        "subresource": "exec",
        "namespace": "web",
    }


def test_a_cluster_wide_question_names_no_namespace() -> None:
    spec = review(Access("list", "storage.k8s.io", "storageclasses"))["spec"]
    assert "namespace" not in spec["resourceAttributes"]


@pytest.mark.parametrize(
    "mark", ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"]
)
def test_a_storage_class_is_read_with_its_default_mark(mark: str) -> None:
    created = "2026-01-02T03:04:05Z"
    live = {
        "metadata": {"name": "standard", "annotations": {mark: "true"}, "creationTimestamp": created},
        "provisioner": "rancher.io/local-path",
        "allowVolumeExpansion": True,
    }
    assert storage_class(live) == StorageClass("standard", "rancher.io/local-path", True, True, created)
    plain = {"metadata": {"name": "plain"}, "provisioner": "p"}
    assert storage_class(plain) == StorageClass("plain", "p", False, False)


def test_drivers_count_when_any_node_has_them() -> None:
    nodes: list[dict[str, Any]] = [
        {"spec": {"drivers": None}},
        {"spec": {"drivers": [{"name": "csi.hetzner.cloud"}]}},
    ]
    assert registered_drivers(nodes) == {"csi.hetzner.cloud"}


def test_a_claim_is_read_even_before_it_has_a_status() -> None:
    claim = existing_claim(
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "data", "namespace": "web"},
            "spec": {"resources": {"requests": {"storage": "1Gi"}}},
        }
    )
    assert (claim.storage_class, claim.size, claim.phase) == ("", "1Gi", "Pending")


def test_a_load_balancer_is_reached_by_its_first_address() -> None:
    service = {"status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.7"}]}}}
    assert balanced(service, BACKEND) == Address("http://203.0.113.7:5000")
    assert balanced({"status": {"loadBalancer": {}}}, BACKEND) is None
    assert balanced(service, replace(BACKEND, scheme="redis")) == Address("redis://203.0.113.7:5000")


def test_a_node_port_is_reached_on_an_outer_address_if_any_node_has_one() -> None:
    service = {"spec": {"ports": [{"port": 5001, "nodePort": 30001}, {"port": 5000, "nodePort": 30000}]}}
    inner = {"status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}}
    outer = {"status": {"addresses": [{"type": "ExternalIP", "address": "2001:db8::1"}]}}
    assert on_node(service, BACKEND, [inner, outer]) == Address("http://[2001:db8::1]:30000")
    assert on_node(service, BACKEND, [inner]) == Address("http://10.0.0.1:30000")
    assert on_node(service, BACKEND, []) is None
