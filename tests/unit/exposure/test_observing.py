"""What the registry's plugin tells of certificates and routes."""

from __future__ import annotations

from typing import Any

import pytest
from solakube_registry.exposure.observing import observe

from solakube_core.errors import SolakubeError
from solakube_core.model import Manifest, ObjectRef, Observation
from solakube_core.testing import Place, thing

ORDER = thing(
    "acme.cert-manager.io/v1",
    "Order",
    "registry-tls-1",
    "web",
    metadata={"annotations": {"cert-manager.io/certificate-name": "registry-tls"}},
    status={"state": "errored", "reason": "rate limited"},
)


def seen(live: Manifest, *objects: Manifest) -> Observation:
    found = observe(live, Place(objects))
    assert found is not None
    return found


def certificate(*conditions: dict[str, Any]) -> Manifest:
    return thing("cert-manager.io/v1", "Certificate", "registry-tls", "web", status={"conditions": conditions})


def route(*parents: tuple[str, str], **metadata: int) -> Manifest:
    """A route whose parents say so of Accepted and ResolvedRefs."""
    said = [
        {
            "conditions": [
                {"type": kind, "status": status, "message": f"{kind} is {status}", "observedGeneration": 1}
                for kind, status in zip(("Accepted", "ResolvedRefs"), parent, strict=True)
            ]
        }
        for parent in parents
    ]
    spec = {"hostnames": ["registry.example.com"]}
    api = "gateway.networking.k8s.io/v1"
    return thing(api, "HTTPRoute", "registry", "web", metadata=metadata, spec=spec, status={"parents": said})


def test_a_certificate_is_issued_once_it_is_ready() -> None:
    assert seen(certificate({"type": "Ready", "status": "True"})) == Observation("issued")


def test_a_certificate_that_is_not_says_what_its_order_waits_for() -> None:
    found = seen(certificate({"type": "Ready", "status": "False", "message": "issuing"}), ORDER)
    assert (found.state, found.detail, found.ready) == ("not issued", "issuing", False)
    assert [cause.text for cause in found.causes] == ["the order registry-tls-1 is errored: rate limited"]


def test_who_may_not_see_orders_still_learns_the_rest() -> None:
    class Closed(Place):
        def list(self, *_: object, **__: object) -> tuple[Manifest, ...]:
            raise SolakubeError("you may not list orders")

    found = observe(certificate(), Closed())
    assert found == Observation("not issued", "it is not Ready yet", ready=False)


def test_a_route_is_accepted_by_its_parents() -> None:
    assert seen(route(("True", "True"))) == Observation("accepted", "registry.example.com")


@pytest.mark.parametrize(
    ("live", "detail"),
    [
        (route(("True", "True"), ("False", "True")), "Accepted is False"),
        (route(("True", "False")), "ResolvedRefs is False"),
        (route(), "it is not Accepted yet; it is not ResolvedRefs yet"),
        (route(("True", "True"), generation=2), "the cluster has not taken up the change yet"),
    ],
)
def test_a_route_that_does_not_work_says_what_is_missing(live: Manifest, detail: str) -> None:
    assert seen(live) == Observation("not accepted", detail, ready=False)


def test_of_other_objects_there_is_nothing_to_tell() -> None:
    assert observe(thing("example.com/v1", "HTTPRoute", "other", "web"), Place()) is None
    assert observe(thing("v1", "ConfigMap", "other", "web"), Place()) is None
    assert observe(thing("v1", "Secret", "other", "web"), Place()) is None


def test_a_secret_of_an_issuer_was_made_for_its_certificate() -> None:
    annotations = {"cert-manager.io/certificate-name": "registry-tls"}
    found = seen(thing("v1", "Secret", "tls", "web", metadata={"annotations": annotations}))
    assert found.made_for == ObjectRef.of(certificate())
