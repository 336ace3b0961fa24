"""Who may not, and what cannot be reached: told by name, and never taken for absence."""

from __future__ import annotations

import base64
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from ruamel.yaml import YAML

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine, connect
from solakube_core.model import Access, ObjectRef
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.heard import Heard


def altered(kubeconfig: str, path: Path, *, server: str = "", ca: str = "", token: str = "") -> str:
    """Write a kubeconfig that differs from the cluster's own in one respect."""
    yaml = YAML(typ="safe")
    content = yaml.load(Path(kubeconfig).read_text())
    cluster = content["clusters"][0]["cluster"]
    if server:
        cluster["server"] = server
    if ca:
        cluster["certificate-authority-data"] = ca
    if token:
        content["users"][0]["user"] = {"token": token}
    with path.open("w") as stream:
        yaml.dump(content, stream)
    return str(path)


def other_ca() -> str:
    """Return a certificate authority that never signed anything of the cluster, as a kubeconfig has it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another cluster")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return base64.b64encode(pem).decode()


@pytest.fixture
def restricted(kubectl: Kubectl, kubeconfig: str, namespace: str, tmp_path: Path) -> KubernetesEngine:
    """An engine whose user may only look at ConfigMaps of one namespace."""
    kubectl("create", "namespace", namespace)
    kubectl("create", "serviceaccount", "eve", "-n", namespace)
    kubectl("create", "role", "look", "-n", namespace, "--verb=get,list", "--resource=configmaps")
    kubectl("create", "rolebinding", "look", "-n", namespace, "--role=look", f"--serviceaccount={namespace}:eve")
    token = kubectl("create", "token", "eve", "-n", namespace).strip()
    return connect(altered(kubeconfig, tmp_path / "eve", token=token), None)


def test_an_administrator_lacks_nothing(engine: KubernetesEngine, namespace: str) -> None:
    assert engine.site.denied([Access("create", "apps", "deployments", namespace)]) == ()


def test_what_a_restricted_user_lacks_is_listed(restricted: KubernetesEngine, namespace: str) -> None:
    allowed = Access("list", "", "configmaps", namespace)
    lacking = (
        Access("create", "apps", "deployments", namespace),
        Access("create", "", "pods/exec", namespace),
        Access("list", "storage.k8s.io", "storageclasses"),
    )
    assert restricted.site.denied([allowed, *lacking]) == lacking


def test_a_refused_apply_names_the_permission(restricted: KubernetesEngine, namespace: str, progress: Heard) -> None:
    with pytest.raises(SolakubeError) as caught:
        restricted.apply(samples.plan(namespace, samples.secret(namespace, "hunter2")), progress)
    (problem,) = caught.value.problems
    assert f'system:serviceaccount:{namespace}:eve" cannot get resource' in problem.why
    assert "Role" in problem.remedy
    assert "hunter2" not in str(caught.value)


def test_forbidden_is_not_absent(restricted: KubernetesEngine, namespace: str) -> None:
    with pytest.raises(SolakubeError, match="cannot read Secret"):
        restricted.site.get(ObjectRef("v1", "Secret", "any", namespace))


def test_who_may_not_look_around_is_told_so_unless_the_component_is_where_it_is_expected(
    engine: KubernetesEngine, restricted: KubernetesEngine, namespace: str, progress: Heard
) -> None:
    with pytest.raises(SolakubeError, match="cannot list configmaps cluster-wide"):
        restricted.removal(namespace, delete_data=False)
    engine.apply(samples.plan(namespace, samples.config_map(namespace)), progress)
    assert restricted.removal(namespace, delete_data=False).goes == (f"ConfigMap {namespace}/page",)


def test_bad_credentials_are_named(kubeconfig: str, tmp_path: Path) -> None:
    stranger = connect(altered(kubeconfig, tmp_path / "stranger", token="nobody"), None)
    with pytest.raises(SolakubeError, match="cannot reach the cluster") as caught:
        stranger.site.check()
    assert "credentials" in caught.value.problems[0].remedy


def test_a_server_that_is_not_there_is_unreachable_not_empty(kubeconfig: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    gone = connect(altered(kubeconfig, tmp_path / "gone", server=f"https://127.0.0.1:{port}"), None)
    start = time.monotonic()
    for ask in (gone.site.check, lambda: gone.removal("web", False), lambda: gone.status("web")):
        with pytest.raises(SolakubeError) as caught:
            ask()
        assert "Connection refused" in caught.value.problems[0].why
        assert caught.value.problems[0].remedy
    # Once the kernel gives a connection up, two minutes have gone.
    assert time.monotonic() - start < 120


def test_a_server_that_does_not_answer_is_given_up_soon(kubeconfig: str, tmp_path: Path) -> None:
    # An address of the documentation range (RFC 5737): packets to it lead nowhere.
    silent = connect(altered(kubeconfig, tmp_path / "silent", server="https://192.0.2.1:6443"), None)
    start = time.monotonic()
    with pytest.raises(SolakubeError, match="cannot reach the cluster"):
        silent.site.check()
    assert time.monotonic() - start < 120


def test_an_untrusted_certificate_is_named_as_such(kubeconfig: str, tmp_path: Path) -> None:
    wrong = connect(altered(kubeconfig, tmp_path / "wrong", ca=other_ca()), None)
    with pytest.raises(SolakubeError) as caught:
        wrong.site.check()
    assert "no trusted TLS connection" in caught.value.problems[0].why
    assert "certificate-authority-data" in caught.value.problems[0].remedy


def test_a_missing_kubeconfig_and_context_are_named(kubeconfig: str, tmp_path: Path) -> None:
    for engine in (connect(str(tmp_path / "none"), None), connect(kubeconfig, "no-such-context")):
        with pytest.raises(SolakubeError, match="the kubeconfig cannot be used"):
            engine.site.check()
