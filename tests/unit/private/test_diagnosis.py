"""Why a pod could not pull, from what container runtimes say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from solakube_registry.private.verify.diagnosis import Observation, diagnose

IMAGE = "registry.example.com/solakube/verify:1"
PULLING = 'failed to pull and unpack image "registry.example.com/solakube/verify:1": failed to resolve reference: '


@pytest.mark.parametrize(
    ("message", "what", "remedy"),
    [
        ("pull access denied ... authorization failed: no basic auth credentials", "may not pull", "sk registry grant"),
        ("unexpected status from HEAD request: 401 Unauthorized", "may not pull", "sk registry grant"),
        ("dial tcp: lookup registry.example.com on 10.0.0.1:53: no such host", "cannot resolve the name", "DNS"),
        ("x509: certificate signed by unknown authority", "does not trust", "sk registry trust"),
        ("http: server gave HTTP response to HTTPS client", "speaks plain HTTP", "sk registry trust"),
        ("x509: certificate has expired or is not yet valid", "does not accept the certificate", "sk status"),
        ("dial tcp 10.0.0.1:443: connect: connection refused", "cannot connect", "reachable"),
        ("something never seen before", "could not pull", "container runtime's own"),
    ],
)
def test_each_cause_has_its_words(message: str, what: str, remedy: str) -> None:
    problem = diagnose(Observation("shop", "Pending", "ErrImagePull", (PULLING + message,), node="one"), IMAGE)
    assert what in problem.what
    assert remedy in problem.remedy


def test_a_missing_secret_is_told_from_a_wrong_one() -> None:
    message = ("401 Unauthorized",)
    missing = diagnose(Observation("shop", "Pending", "ErrImagePull", message, has_secret=False, node="one"), IMAGE)
    wrong = diagnose(Observation("shop", "Pending", "ErrImagePull", message, node="one"), IMAGE)
    assert missing.why == "the Secret private-registry is missing in namespace shop"
    assert wrong.why == "the registry refuses the login in the Secret private-registry of namespace shop"
    assert missing.remedy == "grant it: sk registry grant shop"


def test_a_pod_that_did_not_get_as_far_as_pulling() -> None:
    unscheduled = diagnose(Observation("shop", "Pending", messages=("0/1 nodes are available",)), IMAGE)
    assert unscheduled.why == "0/1 nodes are available"
    ended = diagnose(Observation("shop", "Failed", "StartError", ("exec format error",), node="one"), IMAGE)
    assert ended.what == f"the node one pulled {IMAGE} but did not run it"


UNHEARD = "Unable to retrieve some image pull secrets (private-registry); attempting to pull the image may not succeed."


@pytest.mark.parametrize("reason", ["ErrImagePull", "ImagePullBackOff"])
def test_a_node_that_has_not_heard_of_the_secret_yet_pulls_again(reason: str) -> None:
    seen = Observation("shop", "Pending", reason, (PULLING + "401 Unauthorized", UNHEARD), node="one")
    assert not seen.failed
    assert replace(seen, has_secret=False).failed
    assert replace(seen, messages=(PULLING + "401 Unauthorized",)).failed
    assert replace(seen, messages=(UNHEARD.replace("private-registry", "other"),)).failed
    assert replace(seen, phase="Failed", reason="Error").failed
