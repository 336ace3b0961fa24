"""The authority for development: made once, and kept."""

from __future__ import annotations

import datetime
import ssl
import tempfile
from pathlib import Path

import pytest
from cryptography import x509
from solakube_registry.exposure import self_signed as module
from solakube_registry.exposure.tls import certificate
from solakube_registry.exposure.tls_secret import Tls

from solakube_core.testing import Place, stored, thing
from tests.unit.exposure.places import FQN, NAMES, secret, settings


def made(place: Place | None = None, **values: str) -> Tls:
    return certificate(settings(REGISTRY_TLS="self-signed", **values), NAMES, place or Place())


def place_after(tls: Tls, *names: str) -> Place:
    kept = [item for item in tls.objects if not names or item["metadata"]["name"] in names]
    return Place(tuple(stored(item) for item in kept))


def server_of(tls: Tls) -> str:
    text: str = next(item for item in tls.objects if item["metadata"]["name"] == tls.secret)["stringData"]["tls.crt"]
    return text


def test_a_second_deployment_changes_nothing() -> None:
    first = made()
    second = made(place_after(first))
    assert second.objects == first.objects
    assert second.ca == first.ca


def test_another_name_gets_another_certificate_of_the_same_authority() -> None:
    first = made()
    second = made(place_after(first), REGISTRY_FQN="images.example.com")
    assert second.ca == first.ca
    assert server_of(second) != server_of(first)


def test_a_certificate_near_its_end_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    first = made()
    later = module._now() + datetime.timedelta(days=397 - 29)
    monkeypatch.setattr(module, "_now", lambda: later)
    second = made(place_after(first))
    assert second.ca == first.ca
    assert server_of(second) != server_of(first)


def test_a_new_authority_signs_anew() -> None:
    first = made()
    second = made(place_after(first, "registry-tls"))
    assert second.ca != first.ca
    assert server_of(second) != server_of(first)
    authority = x509.load_pem_x509_certificate(second.ca.encode())
    x509.load_pem_x509_certificate(server_of(second).encode()).verify_directly_issued_by(authority)


def test_tls_clients_accept_it_by_its_name_strict_ones_too() -> None:
    tls = made()
    client = ssl.create_default_context(cadata=tls.ca)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    assert _handshake(client, tls, FQN) == ""
    assert "not valid for" in _handshake(client, tls, "other.example.com")


def _handshake(client: ssl.SSLContext, tls: Tls, name: str) -> str:
    """Let both sides talk in memory; returns why the client refused, "" if it did not."""
    secret = next(item for item in tls.objects if item["metadata"]["name"] == tls.secret)["stringData"]
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "both.pem")
        both.write_text(secret["tls.crt"] + secret["tls.key"])
        server.load_cert_chain(both)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname=name)
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(5):
        for side in (one, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
    return "" if one.version() else "no handshake"


def test_keys_are_in_no_representation() -> None:
    pair = module._make_authority()
    assert "PRIVATE" not in repr(pair)


@pytest.mark.parametrize("name", ["registry-tls", "registry-ca"])
def test_a_secret_of_somebody_else_is_neither_used_nor_replaced(name: str) -> None:
    tls = made(Place((secret(name, tls_crt="their certificate", tls_key="their key"),)))
    assert tls.objects == ()
    assert [problem.what for problem in tls.problems] == [f"the secret registry/{name} is not the registry's own"]


def test_ones_own_secret_is_served_when_it_is_named() -> None:
    place = Place((secret("registry-tls", tls_crt="their certificate", tls_key="their key"),))
    tls = certificate(settings(REGISTRY_TLS_SECRET_NAME="registry-tls"), NAMES, place)
    assert (tls.secret, tls.objects, tls.problems) == ("registry-tls", (), ())


def issued(labels: dict[str, str]) -> Place:
    """A secret that cert-manager filled, for a Certificate with these labels."""
    annotated = {"annotations": {"cert-manager.io/certificate-name": "registry-tls"}}
    filled = {**secret("registry-tls", tls_crt="x", tls_key="y")}
    filled["metadata"] = {**filled["metadata"], **annotated}
    asked = thing("cert-manager.io/v1", "Certificate", "registry-tls", "registry", metadata={"labels": labels})
    return Place((filled, asked))


def test_what_cert_manager_issued_for_the_registry_may_be_replaced() -> None:
    place = issued(dict(NAMES.selector))
    tls = made(place)
    assert tls.problems == ()
    assert any(adoptable.covers(place.objects[0]) for adoptable in tls.adopts)


def test_what_cert_manager_issued_for_others_may_not() -> None:
    assert made(issued({"app": "other"})).problems


def test_the_authority_counts_as_data_and_its_certificates_do_not() -> None:
    marks = {item["metadata"]["name"]: item["metadata"].get("annotations") for item in made().objects}
    assert marks == {"registry-ca": {"solakube.io/data": "true"}, "registry-tls": None}
