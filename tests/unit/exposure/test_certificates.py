"""Which certificate: the rows of the original's table of cases, and what was wrong with them."""

from __future__ import annotations

import pytest
from solakube_registry.exposure.tls import REPLICATE_FROM, certificate
from solakube_registry.exposure.tls_secret import Tls
from solakube_registry.naming import Names

from solakube_core.model import Await, ObjectRef
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import FQN, NAMES, secret, settings

ISSUER = thing("cert-manager.io/v1", "ClusterIssuer", "letsencrypt-http01")
WILDCARD = secret("cluster-fqn-tls", "cert-manager", tls_crt="chain", tls_key="key")


def chosen(place: Place | None = None, cluster_type: str = "hetzner", **values: str) -> Tls:
    return certificate(settings(cluster_type=cluster_type, **values), NAMES, place or Place((ISSUER, WILDCARD)))


@pytest.mark.parametrize("cluster_type", ["minikube", "vagrant"])
def test_no_certificate_on_minikube_and_vagrant(cluster_type: str) -> None:
    tls = chosen(cluster_type=cluster_type, LETS_ENCRYPT_DEPLOY_WC_CERT="Y")
    assert (tls.secret, tls.objects, tls.problems) == ("", (), ())


def test_a_secret_of_ones_own_is_used_and_nothing_made() -> None:
    own = secret("own", tls_crt="chain", tls_key="key")
    tls = chosen(Place((ISSUER, WILDCARD, own)), REGISTRY_TLS_SECRET_NAME="own", LETS_ENCRYPT_DEPLOY_WC_CERT="Y")
    assert (tls.secret, tls.objects, tls.awaits, tls.problems) == ("own", (), (), ())


def test_a_secret_of_ones_own_holds_on_minikube_too() -> None:
    own = secret("own", tls_crt="chain", tls_key="key")
    assert chosen(Place((own,)), "minikube", REGISTRY_TLS_SECRET_NAME="own").secret == "own"


def test_a_secret_of_ones_own_that_is_not_there_or_holds_no_key() -> None:
    (absent,) = chosen(REGISTRY_TLS_SECRET_NAME="own").problems
    assert absent.what == "there is no TLS secret registry/own"
    (empty,) = chosen(Place((secret("own", tls_crt="chain"),)), REGISTRY_TLS_SECRET_NAME="own").problems
    assert empty.what == "the TLS secret registry/own lacks tls.key"


def test_the_wildcard_certificate_is_copied_by_replicator() -> None:
    tls = chosen(LETS_ENCRYPT_DEPLOY_WC_CERT="Y")
    (copy,) = tls.objects
    assert tls.secret == copy["metadata"]["name"] == "cluster-fqn-tls"
    assert copy["metadata"]["annotations"] == {REPLICATE_FROM: "cert-manager/cluster-fqn-tls"}
    assert (copy["type"], copy["data"]) == ("kubernetes.io/tls", {"tls.crt": "", "tls.key": ""})
    assert tls.problems == ()


def test_the_wildcard_secret_has_the_name_that_its_variable_says() -> None:
    # Bug 5 of the original: a literal cluster-fqn-tls was deleted, whatever CLUSTER_CERT_SECRET_NAME said.
    source = secret("our-wildcard", "cert-manager", tls_crt="chain")
    tls = chosen(Place((source,)), LETS_ENCRYPT_DEPLOY_WC_CERT="Y", CLUSTER_CERT_SECRET_NAME="our-wildcard")
    assert tls.secret == tls.objects[0]["metadata"]["name"] == "our-wildcard"
    assert "cluster-fqn-tls" not in str(tls.objects)


def test_what_replicator_has_filled_in_is_left_to_it() -> None:
    copy = secret("cluster-fqn-tls", tls_crt="chain", tls_key="key")
    (manifest,) = chosen(Place((WILDCARD, copy)), LETS_ENCRYPT_DEPLOY_WC_CERT="Y").objects
    assert "data" not in manifest


def test_a_wildcard_certificate_that_nobody_issued_is_a_problem() -> None:
    (problem,) = chosen(Place(), LETS_ENCRYPT_DEPLOY_WC_CERT="Y").problems
    assert problem.what == "there is no wildcard certificate cert-manager/cluster-fqn-tls"


@pytest.mark.parametrize(
    ("fqn", "domain"),
    [
        ("badexample.com", "example.com"),
        ("a.b.example.com", "example.com"),
        ("example.com", "example.com"),
        ("registry.example.com", ""),
        ("registry.other.com", "example.com"),
    ],
)
def test_a_wildcard_covers_exactly_one_label(fqn: str, domain: str) -> None:
    # Bug 6 of the original: a bare suffix match, and an empty CLUSTER_FQN matched all.
    tls = chosen(REGISTRY_FQN=fqn, CLUSTER_FQN=domain, LETS_ENCRYPT_DEPLOY_WC_CERT="Y")
    assert tls.secret == "registry-tls"
    assert [item["kind"] for item in tls.objects] == ["Certificate"]


def test_otherwise_cert_manager_issues_one() -> None:
    tls = chosen()
    (made,) = tls.objects
    assert made["apiVersion"] == "cert-manager.io/v1"
    assert made["spec"]["dnsNames"] == [FQN]
    assert made["spec"]["commonName"] == FQN
    assert made["spec"]["issuerRef"] == {
        "group": "cert-manager.io",
        "kind": "ClusterIssuer",
        "name": "letsencrypt-http01",
    }
    ref = ObjectRef("cert-manager.io/v1", "Certificate", made["metadata"]["name"], "registry")
    assert tls.awaits == (Await(ref, "condition:Ready"),)
    assert tls.problems == ()


def test_the_certificates_secret_is_the_one_that_is_served() -> None:
    # Bug 5 of the original: issued into docker-registry-tls, served from registry-tls.
    tls = chosen()
    assert tls.secret == tls.objects[0]["spec"]["secretName"] == tls.objects[0]["metadata"]["name"]


def test_another_issuer_and_another_installation() -> None:
    other = thing("cert-manager.io/v1", "ClusterIssuer", "zerossl")
    tls = certificate(
        settings(REGISTRY_CERT_ISSUER="zerossl", REGISTRY_APP_NAME="images"), Names("images"), Place((other,))
    )
    assert tls.objects[0]["spec"]["issuerRef"]["name"] == "zerossl"
    assert tls.objects[0]["metadata"]["namespace"] == "images"
    assert tls.problems == ()


def test_a_name_too_long_for_a_common_name_is_still_issued() -> None:
    fqn = "registry." + "a" * 60 + ".example.com"
    assert "commonName" not in chosen(REGISTRY_FQN=fqn).objects[0]["spec"]


def test_without_cert_manager_it_is_said_what_can_be_done() -> None:
    # The original skipped the certificate and deployed an Ingress that served none.
    (problem,) = chosen(Place()).problems
    assert "REGISTRY_TLS_SECRET_NAME" in problem.remedy
    assert "self-signed" in problem.remedy


def test_an_issuer_that_is_not_there_is_told_with_those_that_are() -> None:
    (problem,) = chosen(REGISTRY_CERT_ISSUER="zerossl").problems
    assert problem.what == "there is no ClusterIssuer zerossl"
    assert "letsencrypt-http01" in problem.why


def test_no_tls_can_be_asked_for_anywhere() -> None:
    assert chosen(REGISTRY_TLS="none", LETS_ENCRYPT_DEPLOY_WC_CERT="Y").secret == ""


def test_cert_manager_is_not_asked_to_fill_a_secret_of_somebody_else() -> None:
    own = secret("registry-tls", tls_crt="chain", tls_key="key")
    (problem,) = chosen(Place((ISSUER, own))).problems
    assert problem.what == "the secret registry/registry-tls is not the registry's own"
    assert "REGISTRY_TLS_SECRET_NAME=registry-tls" in problem.remedy


def test_a_copy_of_the_wildcard_certificate_that_the_original_made_may_be_taken_over_and_no_other_secret() -> None:
    (adoptable,) = chosen(LETS_ENCRYPT_DEPLOY_WC_CERT="Y").adopts
    copied = {"annotations": {REPLICATE_FROM: "cert-manager/cluster-fqn-tls", "replicated-at": "2020"}}
    assert adoptable.covers(thing("v1", "Secret", "cluster-fqn-tls", "registry", metadata=copied))
    assert not adoptable.covers(secret("cluster-fqn-tls", tls_crt="chain", tls_key="key"))
