"""What nodes need, as files."""

from __future__ import annotations

import tomllib

import pytest
from ruamel.yaml import YAML
from solakube_registry.exposure.authority import authority
from solakube_registry.exposure.tls import certificate
from solakube_registry.private.trust.node_files import (
    K3S_REGISTRIES,
    NodeFile,
    for_containerd,
    for_k3s,
    needs_nothing,
)

from solakube_core.errors import SolakubeError
from solakube_core.model import Address
from solakube_core.testing import Place, stored
from tests.unit.exposure.places import NAMES, secret, settings

PRIVATE = Address("https://registry.example.com", "-----BEGIN CERTIFICATE-----\n")
PLAIN = Address("http://10.0.0.1:30500")


def test_a_public_certificate_needs_nothing() -> None:
    assert needs_nothing(Address("https://registry.example.com"))
    assert not needs_nothing(PRIVATE)
    assert not needs_nothing(PLAIN)


def test_containerd_is_told_the_authority() -> None:
    certificate, hosts = for_containerd(PRIVATE)
    folder = "/etc/containerd/certs.d/registry.example.com"
    assert certificate == NodeFile(f"{folder}/ca.crt", PRIVATE.ca)
    assert hosts.path == f"{folder}/hosts.toml"
    entry = {"capabilities": ["pull", "resolve"], "ca": f"{folder}/ca.crt"}
    assert tomllib.loads(hosts.content) == {"server": PRIVATE.url, "host": {PRIVATE.url: entry}}


def test_containerd_is_told_of_plain_http() -> None:
    (hosts,) = for_containerd(PLAIN)
    assert hosts.path == "/etc/containerd/certs.d/10.0.0.1:30500/hosts.toml"
    assert tomllib.loads(hosts.content)["server"] == "http://10.0.0.1:30500"


def test_k3s_keeps_what_its_file_says_of_others() -> None:
    mirrors = "mirrors:\n  docker.io:\n    endpoint: [https://mirror]\n"
    present = f"# ours\n{mirrors}configs:\n  registry.example.com:\n    auth: {{username: u}}\n"
    certificate, registries = for_k3s(PRIVATE, present)
    told = YAML(typ="safe").load(registries.content)
    assert registries.path == K3S_REGISTRIES
    assert "# ours" in registries.content
    assert told["mirrors"] == {
        "docker.io": {"endpoint": ["https://mirror"]},
        "registry.example.com": {"endpoint": ["https://registry.example.com"]},
    }
    assert told["configs"]["registry.example.com"] == {
        "auth": {"username": "u"},
        "tls": {"ca_file": certificate.path},
    }
    assert for_k3s(PRIVATE, registries.content)[1] == registries


def test_the_registrys_own_authority_is_told_once_it_is_made() -> None:
    chosen = settings(REGISTRY_TLS="self-signed")
    with pytest.raises(SolakubeError, match="not there yet"):
        authority(chosen, Place())
    tls = certificate(chosen, NAMES, Place())
    assert authority(chosen, Place(tuple(stored(item) for item in tls.objects))) == tls.ca


def test_another_private_authority_stands_beside_its_certificate() -> None:
    own = secret("own", tls_crt="chain", tls_key="key", ca_crt="PEM")
    assert authority(settings(REGISTRY_TLS_SECRET_NAME="own"), Place((own,))) == "PEM"
    with pytest.raises(SolakubeError, match="not known here"):
        authority(settings(REGISTRY_TLS_SECRET_NAME="own"), Place((secret("own", tls_crt="chain"),)))
    with pytest.raises(SolakubeError, match="there is no TLS secret registry/own"):
        authority(settings(REGISTRY_TLS_SECRET_NAME="own"), Place())
    with pytest.raises(SolakubeError, match="no certificate authority to trust"):
        authority(settings(REGISTRY_TLS="none"), Place())
