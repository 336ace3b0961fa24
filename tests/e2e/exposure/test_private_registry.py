"""With an authority of its own the registry becomes the cluster's private one: trust, grant, verify."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.support.installation import Installation


@pytest.fixture
def self_signed(exposed: Installation, tmp_path: Path) -> Installation:
    """An installation with the registry's own authority, deployed; the client trusts what `sk registry ca` prints."""
    exposed.environment = {"REGISTRY_EXPOSE": "ingress", "REGISTRY_TLS": "self-signed"}
    exposed.sk("deploy", "registry").ok()
    printed = tmp_path / "printed.crt"
    printed.write_text(exposed.sk("registry", "ca").ok())
    trusting = {**exposed.crane.environment, "SSL_CERT_FILE": str(printed)}
    exposed.crane = replace(exposed.crane, environment=trusting)
    return exposed


def test_the_printed_authority_is_what_clients_need_and_stays(self_signed: Installation) -> None:
    self_signed.login()
    self_signed.push("app:1", {"file": b"content"})
    assert self_signed.pulls("app:1")
    before, authority = self_signed.versions(), self_signed.sk("registry", "ca").ok()
    self_signed.sk("deploy", "registry").ok()
    assert self_signed.versions() == before
    assert self_signed.sk("registry", "ca").ok() == authority
    assert json.loads(self_signed.sk("registry", "ca", "-o", "json").ok())["certificate"] == authority
    status = self_signed.sk("status", "registry").ok()
    assert "registry-tls" in status
    assert "expire" in status or "valid until" in status


def test_a_namespace_pulls_with_the_grant_and_is_told_why_not_without(
    self_signed: Installation, namespace: str
) -> None:
    untrusted = self_signed.sk("registry", "verify").refused()
    assert "does not trust the certificate authority" in untrusted
    assert "sk registry trust" in untrusted

    printed = self_signed.sk("registry", "trust").ok()
    assert f"/etc/containerd/certs.d/{self_signed.host}/hosts.toml" in printed
    self_signed.sk("registry", "trust", "--apply", "--yes").ok()

    denied = self_signed.sk("registry", "verify", "--namespace", namespace).refused()
    assert f"pods in namespace {namespace} may not pull from {self_signed.host}" in denied
    assert f"sk registry grant {namespace}" in denied

    granted = json.loads(self_signed.sk("registry", "grant", namespace, "--attach", "-o", "json").ok())
    objects = [(item["namespace"], item["object"]) for item in granted["items"]]
    assert objects == [(namespace, "Secret/private-registry"), (namespace, "ServiceAccount/default")]
    verified = json.loads(self_signed.sk("registry", "verify", "--namespace", namespace, "-o", "json").ok())["items"]
    assert [(step["step"], step["done"]) for step in verified] == [
        *(("login", True), ("push", True), ("pull", True), ("pod", True), ("clean", True))
    ]
    expected = f"a pod in namespace {namespace} pulled it as {self_signed.host}/solakube/verify"
    assert verified[3]["told"].startswith(expected)
    account = self_signed.cluster.get("-n", namespace, "serviceaccount", "default")
    assert {"name": "private-registry"} in account["imagePullSecrets"]
    left = self_signed.cluster.get("-n", namespace, "pods")["items"]
    assert [pod for pod in left if "deletionTimestamp" not in pod["metadata"]] == []

    assert "a pod in namespace solakube-verify-" in self_signed.sk("registry", "verify").ok()
    assert "verify-" not in self_signed.sk("registry", "user", "list").ok()


def test_a_login_of_others_is_overwritten_only_where_that_is_meant(self_signed: Installation, namespace: str) -> None:
    login = ("--docker-server=quay.test", "--docker-username=them", "--docker-password=theirs")
    in_it = ("-n", namespace)
    self_signed.cluster.kubectl(*in_it, "create", "secret", "docker-registry", "private-registry", *login)
    before = self_signed.cluster.get(*in_it, "secret", "private-registry")
    refused = self_signed.sk("registry", "grant", namespace, "--attach").refused()
    assert f"namespace {namespace} has a Secret private-registry already" in refused
    assert "for quay.test" in refused
    assert "theirs" not in refused
    assert self_signed.cluster.get(*in_it, "secret", "private-registry") == before
    self_signed.sk("registry", "grant", namespace, "--take-over").ok()
    assert self_signed.cluster.get(*in_it, "secret", "private-registry")["data"] != before["data"]
    self_signed.sk("registry", "grant", namespace).ok()


def test_the_login_is_told_to_a_shell(self_signed: Installation) -> None:
    shown = self_signed.sk("registry", "show-private", "shop").ok()
    assert f"export PRIVATE_REGISTRY_FQN={self_signed.host}\n" in shown
    assert "PASSWORD" not in shown
    assert "PRIVATE_REGISTRY_PASSWORD=" in self_signed.sk("registry", "show-private", "--show-secret").ok()
