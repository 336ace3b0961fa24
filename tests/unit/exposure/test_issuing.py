from __future__ import annotations

import math
from typing import Any

from solakube_registry.exposure.issuing import issuing_causes

CERTIFICATE = {"metadata": {"name": "registry-tls", "namespace": "registry"}}


def order(name: str, certificate: str, **status: str) -> dict[str, Any]:
    annotations = {"cert-manager.io/certificate-name": certificate}
    return {"metadata": {"name": name, "annotations": annotations}, "status": status}


def challenge(order_name: str, **status: str) -> dict[str, Any]:
    owners = [{"name": order_name}]
    return {
        "metadata": {"name": "c", "ownerReferences": owners},
        "spec": {"dnsName": "registry.example.com"},
        "status": status,
    }


def test_a_pending_challenge_tells_what_it_waits_for() -> None:
    pending = challenge("o", state="pending", reason="wrong status code '404', expected '200'")
    (cause,) = issuing_causes(CERTIFICATE, [order("o", "registry-tls")], [pending])
    assert cause.text == ("the challenge for registry.example.com is pending: wrong status code '404', expected '200'")
    assert cause.patience == math.inf


def test_a_failed_order_is_not_waited_for() -> None:
    failed = order("o", "registry-tls", state="errored", reason="rate limited")
    (cause,) = issuing_causes(CERTIFICATE, [failed], [])
    assert cause.text == "the order o is errored: rate limited"
    assert cause.patience < 60


def test_other_certificates_and_valid_steps_are_not_told() -> None:
    others = [order("a", "other", state="invalid"), order("b", "registry-tls", state="valid")]
    assert list(issuing_causes(CERTIFICATE, others, [challenge("a", state="invalid")])) == []
