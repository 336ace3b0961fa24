from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from solakube_core.kube.health.facts import certificate_fact, object_fact, pod_fact, tls_secrets

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def tls_secret(days_left: int) -> dict[str, Any]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days_left))
        .sign(key, hashes.SHA256())
    )
    return secret(certificate.public_bytes(serialization.Encoding.PEM))


def secret(pem: bytes) -> dict[str, Any]:
    metadata = {"name": "tls", "namespace": "web"}
    data = {"tls.crt": base64.b64encode(pem).decode()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data}


@pytest.mark.parametrize(("days", "healthy"), [(60, True), (14, True), (13, False), (0, False)])
def test_a_certificate_needs_attention_two_weeks_before_its_end(days: int, healthy: bool) -> None:
    fact = certificate_fact(tls_secret(days), NOW)
    assert fact.healthy is healthy
    assert fact.state.startswith("valid until 2026-0")
    assert fact.detail == f"{days} days left"
    assert fact.figures == {"not_after": f"{NOW + timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}", "days_left": days}


def test_an_expired_certificate_says_when() -> None:
    fact = certificate_fact(tls_secret(-1), NOW)
    assert (fact.state, fact.healthy) == ("expired on 2026-05-31", False)


@pytest.mark.parametrize(("pem", "state"), [(b"", "empty"), (b"not a certificate", "unreadable")])
def test_a_secret_without_a_certificate_is_told(pem: bytes, state: str) -> None:
    fact = certificate_fact(secret(pem), NOW)
    assert (fact.state, fact.healthy) == (state, False)


def test_a_claim_tells_size_class_and_growth() -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "web"},
        "spec": {"resources": {"requests": {"storage": "20Gi"}}, "storageClassName": "standard"},
        "status": {"phase": "Bound", "capacity": {"storage": "10Gi"}},
    }
    fact = object_fact(claim)
    assert fact is not None
    assert (fact.state, fact.detail) == ("bound", "10Gi, growing to 20Gi, class standard")
    assert fact.figures == {"bytes": 10 << 30, "requested_bytes": 20 << 30, "storage_class": "standard"}


def test_a_pod_tells_its_restarts_and_why() -> None:
    ended = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    status = {"name": "app", "restartCount": 2, "ready": True, "lastState": ended}
    conditions = [{"type": "Ready", "status": "True"}]
    pod = {"metadata": {"name": "web-1"}, "status": {"containerStatuses": [status], "conditions": conditions}}
    fact = pod_fact(pod, [])
    assert fact.healthy
    assert fact.figures == {"ready": True, "restarts": 2}
    assert "app: 2 restarts, it was killed for using more memory than its limit" in fact.detail


def test_an_ingress_tells_host_class_and_secrets() -> None:
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "web"},
        "spec": {
            "ingressClassName": "nginx",
            "rules": [{"host": "web.example.com"}],
            "tls": [{"hosts": ["web.example.com"], "secretName": "tls"}, {"hosts": ["other"]}],
        },
    }
    fact = object_fact(ingress)
    assert fact is not None
    assert fact.detail == "web.example.com by class nginx"
    assert fact.figures == {"hosts": ["web.example.com"], "class": "nginx"}
    assert tls_secrets(ingress) == ["tls"]


def test_of_a_config_map_there_is_nothing_to_tell() -> None:
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "web"}}
    assert object_fact(config_map) is None


def test_a_deployment_and_a_service_tell_their_figures() -> None:
    containers = [{"name": "app", "image": "app:1"}]
    metadata = {"name": "web", "namespace": "web", "generation": 1}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata,
        "spec": {"replicas": 2, "template": {"spec": {"containers": containers}}},
        "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 1},
    }
    fact = object_fact(deployment)
    assert fact is not None
    assert fact.figures == {"replicas": 2, "ready_replicas": 1, "images": ["app:1"]}
    spec = {"type": "LoadBalancer", "ports": [{"port": 443, "nodePort": 30443}]}
    service = {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    fact = object_fact({**service, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}})
    assert fact is not None
    assert fact.figures == {"type": "LoadBalancer", "ports": [30443], "addresses": ["192.0.2.1"]}
