"""Logging in at a registry's API, and certificates of one's own."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import bcrypt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tests.e2e.maintenance.by_api import over_api, pushing, small_image
from tests.e2e.maintenance.registries import RunningRegistry, running
from tests.e2e.support.tls import Authority, Certificate
from tests.loopback import LoopbackServer, QuietHandler, serving

USER = "keeper"
PASSWORD = "pa$$ \"w, ö:'"
WRONG = "not-the-password"
LOGIN = {"REGISTRY_USERNAME": USER, "REGISTRY_PASSWORD": PASSWORD}


@pytest.fixture
def closed(registry_program: Path, tmp_path: Path) -> Iterator[RunningRegistry]:
    """A registry with the repository `team/app` that wants the password."""
    fill(registry_program, tmp_path)
    with running(registry_program, tmp_path / "data", tmp_path, htpasswd(tmp_path)) as registry:
        yield registry


def htpasswd(folder: Path) -> str:
    """Write the password file; returns the configuration that names it."""
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4, prefix=b"2b")).decode()
    (folder / "htpasswd").write_text(f"{USER}:{hashed}\n")
    return f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}"


def fill(registry_program: Path, tmp_path: Path) -> None:
    """Push `team/app:1` and `team/app:2` to the registry that is going to run there."""
    from solakube_registry.oci import push_image

    with running(registry_program, tmp_path / "data", tmp_path) as registry, pushing(registry.host) as client:
        for tag in ("1", "2"):
            push_image(client, "team/app", tag, small_image("content"))


def test_the_environment_logs_in(closed: RunningRegistry, tmp_path: Path) -> None:
    regtool = over_api(f"http://{closed.host}", tmp_path, **LOGIN)
    assert regtool.lines("list", "team/app") == ["1", "2"]
    regtool.records("delete", "team/app:2")
    assert regtool.records("fsck", "--deep")[-1]["damaged"] == 0
    assert regtool.lines("list", "team/app") == ["1"]


def test_docker_has_logged_in(closed: RunningRegistry, tmp_path: Path) -> None:
    pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {closed.host: {"auth": pair}}}))
    regtool = over_api(f"http://{closed.host}", tmp_path, DOCKER_CONFIG=str(tmp_path))
    assert regtool.lines("list") == ["team/app"]


def test_without_the_password_nothing_is_told(closed: RunningRegistry, tmp_path: Path) -> None:
    url = f"http://{closed.host}"
    assert "wants a login" in over_api(url, tmp_path).refused("list")
    wrong = over_api(url, tmp_path, REGISTRY_USERNAME=USER, REGISTRY_PASSWORD=WRONG)
    for arguments in (["list"], ["--json", "usage"], ["delete", "team/app", "1"]):
        done = wrong.run(*arguments)
        assert done.returncode == 1
        assert "check the user name and the password" in done.stdout + done.stderr
        encoded = base64.b64encode(f"{USER}:{WRONG}".encode()).decode()
        assert WRONG not in done.stdout + done.stderr
        assert encoded not in done.stdout + done.stderr
    halved = over_api(url, tmp_path, REGISTRY_USERNAME=USER)
    assert "REGISTRY_PASSWORD is not set" in halved.refused("list")


def test_sk_needs_no_cluster_for_it(closed: RunningRegistry, tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", **LOGIN}

    def sk(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(Path(sys.executable).with_name("sk")), "registry", *arguments, "--url", f"http://{closed.host}"]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    assert sk("regtool", "list").stdout == "team/app\n"
    assert "2 tags, 0 of them damaged" in sk("fsck", "--deep").stdout
    assert "unreferenced unknown" in sk("usage").stdout
    assert sk("regtool", "delete", "team/app", "2").stdout.startswith("deleted team/app:2 (sha256:")
    assert sk("regtool", "list", "team/app").stdout == "1\n"
    refused = sk("regtool", "list", "team/ap")
    assert refused.returncode == 1
    assert "did you mean team/app?" in refused.stderr


def test_an_authority_of_ones_own_is_trusted_by_its_file(
    registry_program: Path, tmp_path: Path, authority: Authority
) -> None:
    fill(registry_program, tmp_path)
    issued = authority.issue("localhost")
    tls = {"REGISTRY_HTTP_TLS_CERTIFICATE": str(issued.certificate), "REGISTRY_HTTP_TLS_KEY": str(issued.key)}
    with running(registry_program, tmp_path / "data", tmp_path, environment=tls) as registry:
        url = f"https://{registry.host}"
        trusting = over_api(url, tmp_path, SSL_CERT_FILE=str(authority.certificate))
        assert trusting.lines("list", "team/app") == ["1", "2"]
        assert trusting.records("fsck", "--deep")[-1]["damaged"] == 0
        told = over_api(url, tmp_path).refused("list")
        assert "its certificate is not trusted here" in told
        assert "SSL_CERT_FILE" in told


class Tokens(LoopbackServer):
    """An authorization server: gives USER tokens for whatever is asked for.

    Attributes:
        scopes: what was asked for.
    """

    def __init__(self, signer: Certificate) -> None:
        super().__init__(_Handler)
        self.scopes: list[str] = []
        self._key = serialization.load_pem_private_key(signer.key.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(signer.certificate.read_bytes())
        self._chain = [base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()]

    def token(self, scope: str, service: str) -> str:
        """Sign a token (RFC 7519) for a scope such as `repository:team/app:pull,delete`."""
        self.scopes.append(scope)
        access = []
        if scope:
            kind, _, rest = scope.partition(":")
            name, _, actions = rest.rpartition(":")
            access = [{"type": kind, "name": name, "actions": actions.split(",")}]
        now = int(time.time())
        claims = {"iss": "tests", "sub": USER, "aud": service, "exp": now + 60, "nbf": now - 5, "iat": now}
        parts = (
            {"typ": "JWT", "alg": "ES256", "x5c": self._chain},
            {**claims, "jti": uuid.uuid4().hex, "access": access},
        )
        signed = b".".join(_encoded(json.dumps(part).encode()) for part in parts)
        assert isinstance(self._key, ec.EllipticCurvePrivateKey)
        r, s = utils.decode_dss_signature(self._key.sign(signed, ec.ECDSA(hashes.SHA256())))
        return (signed + b"." + _encoded(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


class _Handler(QuietHandler):
    server: Tokens

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        pair = base64.b64decode(self.headers.get("Authorization", "Basic ")[6:]).decode()
        self.send_response(200 if pair == f"{USER}:{PASSWORD}" else 401)
        self.end_headers()
        if pair == f"{USER}:{PASSWORD}":
            token = self.server.token(query.get("scope", [""])[0], query["service"][0])
            self.wfile.write(json.dumps({"token": token}).encode())


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@pytest.fixture
def tokens(authority: Authority) -> Iterator[Tokens]:
    """The authorization server, at work."""
    with serving(Tokens(authority.issue("tokens"))) as server:
        yield server


def test_tokens_are_asked_for_as_they_are_wanted(
    registry_program: Path, tmp_path: Path, authority: Authority, tokens: Tokens
) -> None:
    fill(registry_program, tmp_path)
    realm = f"{tokens.url}/token"
    bundle = authority.certificate
    auth = f"auth: {{token: {{realm: {realm}, service: tests, issuer: tests, rootcertbundle: {bundle}}}}}"
    with running(registry_program, tmp_path / "data", tmp_path, auth) as registry:
        regtool = over_api(f"http://{registry.host}", tmp_path, **LOGIN)
        assert regtool.lines("list") == ["team/app"]
        regtool.records("delete", "team/app:2")
        assert regtool.lines("list", "team/app") == ["1"]
        assert regtool.records("fsck", "--deep")[-1]["damaged"] == 0
        assert "registry:catalog:*" in tokens.scopes
        assert "repository:team/app:delete" in tokens.scopes
        wrong = over_api(f"http://{registry.host}", tmp_path, REGISTRY_USERNAME=USER, REGISTRY_PASSWORD=WRONG)
        told = wrong.refused("list")
        assert "check the user name and the password" in told
        assert WRONG not in told
