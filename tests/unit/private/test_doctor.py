"""Asking nodes by pods, against an API server whose kubelets answer as they are told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from solakube_registry.oci import Login
from solakube_registry.private.doctor import CHECKS, Diagnosis, Examination
from solakube_registry.private.doctor import examination as module
from solakube_registry.private.doctor.examination import Nodes
from solakube_registry.private.doctor.looking import NETWORK_OF_THE_NODE
from solakube_registry.private.verify.lending import granted

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine, connect
from solakube_core.model import Address
from tests.heard import Heard
from tests.loopback import serving
from tests.unit.exposure.places import NAMES
from tests.unit.kube.api_server import ApiServer, kubeconfig, refusal

HOST, NAMESPACE, PASSWORD = "registry.example.com", "solakube-doctor-1", "a lent password"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
ACCOUNT = f"/api/v1/namespaces/{NAMESPACE}/serviceaccounts/default"
Status = Mapping[str, Any]

REPORT = {"addresses": ["10.0.0.9"], "first_byte": 0.012, "bytes": 8_388_608, "seconds": 0.5}


def ended(told: str = "", reason: str = "Completed") -> Status:
    state = {"terminated": {"reason": reason, "exitCode": 0, "message": told}}
    phase = "Succeeded" if reason == "Completed" else "Failed"
    return {"phase": phase, "containerStatuses": [{"imageID": "sha256:1", "state": state}]}


def not_pulled(message: str) -> Status:
    waiting = {"reason": "ErrImagePull", "message": message}
    return {"phase": "Pending", "containerStatuses": [{"imageID": "", "state": {"waiting": waiting}}]}


@dataclass(frozen=True)
class Kubelet:
    """How a node's pods do: the one that pulls, and the one that looks."""

    pull: Status = field(default_factory=ended)
    look: Status = field(default_factory=lambda: ended(json.dumps(REPORT)))


class Kubelets(ApiServer):
    """An API server whose nodes run pods to their end at once.

    Attributes:
        accounts_late: how often a new namespace's service account is not there yet.
        kubelets: how pods do, by node.
        pods: as they were applied, by path.
    """

    def __init__(self) -> None:
        super().__init__()
        more = (("Node", "nodes", False), ("ServiceAccount", "serviceaccounts", True))
        self.kinds["/api/v1"] = (*self.kinds["/api/v1"], *more)
        self.accounts_late = 0
        self.kubelets: dict[str, Kubelet] = {}
        self.pods: dict[str, Any] = {}

    def add(self, name: str, kubelet: Kubelet | None = None, ready: str = "True", **node: Any) -> None:
        """Add a node."""
        conditions = [{"type": "Ready", "status": ready, "message": "Kubelet stopped posting node status."}]
        info = {"operatingSystem": "linux", "architecture": "amd64", **node.pop("info", {})}
        found = {"metadata": {"name": name}, "status": {"conditions": conditions, "nodeInfo": info}, **node}
        self.objects[f"/api/v1/nodes/{name}"] = found
        self.kubelets[name] = kubelet or Kubelet()

    def answer(self, method: str, path: str, query: Mapping[str, Any], body: Any) -> tuple[int, Mapping[str, Any]]:
        code, answered = super().answer(method, path, query, body)
        if (method, path) == ("GET", ACCOUNT) and not self.accounts_late:
            return 200, {"metadata": {"name": "default"}}
        self.accounts_late -= (method, path) == ("GET", ACCOUNT)
        if method == "PATCH" and path.startswith(f"{PODS}/"):
            self.pods[path] = body
            pod, node = self.objects[path], node_of(body)
            kubelet = self.kubelets[node]
            pod["spec"]["nodeName"] = node
            pod["status"] = kubelet.pull if "imagePullSecrets" in body["spec"] else kubelet.look
        return code, answered


def node_of(pod: Mapping[str, Any]) -> str:
    wanted = pod["spec"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (term,) = wanted["nodeSelectorTerms"]
    (only,) = term["matchFields"]
    (name,) = only["values"]
    return str(name)


@pytest.fixture
def server() -> Iterator[Kubelets]:
    with serving(Kubelets()) as started:
        yield started


@pytest.fixture
def engine(server: Kubelets, tmp_path: Path) -> KubernetesEngine:
    return connect(kubeconfig(tmp_path / "kubeconfig", server.url), None)


@pytest.fixture
def ask(engine: KubernetesEngine) -> Callable[..., dict[str, Diagnosis]]:
    def run(progress: Heard | None = None, python: str = "python:3") -> dict[str, Diagnosis]:
        with granted(engine, lend, NAMESPACE, HOST, NETWORK_OF_THE_NODE) as namespace:
            nodes = Nodes(engine, namespace, Address(f"https://{HOST}", "PEM"), f"{HOST}/a:1", "/v2/a/blobs/b", python)
            return {found.node: found for found in nodes.ask(progress or Heard())}

    return run


@contextmanager
def lend(namespace: str) -> Iterator[Login]:
    yield Login(f"pull-{namespace}", PASSWORD)


def states(found: Diagnosis) -> dict[str, str]:
    assert tuple(sorted(found.findings)) == tuple(sorted(CHECKS))
    return {check: found.findings[check].state for check in CHECKS}


def left(server: Kubelets) -> list[str]:
    return [path for path in server.objects if "/nodes/" not in path and not path.endswith("/secrets/private-registry")]


def test_a_sound_node_tells_addresses_time_and_speed(server: Kubelets, ask: Callable[..., Any]) -> None:
    server.add("one")
    (found,) = ask().values()
    assert found.sound
    assert (found.findings["name"].value, found.findings["first_byte"].value) == (("10.0.0.9",), 0.012)
    assert found.findings["speed"].value == 16_777_216
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("message", "failed", "ok", "remedy"),
    [
        ("x509: certificate signed by unknown authority", "trust", ("name",), "sk registry trust"),
        ("http: server gave HTTP response to HTTPS client", "trust", ("name",), "sk registry trust"),
        ("x509: certificate has expired or is not yet valid", "trust", ("name",), "sk status"),
        ("authorization failed: 401 Unauthorized", "login", ("name", "trust"), "sk registry grant"),
    ],
)
def test_what_a_failed_pull_tells_and_what_not(
    server: Kubelets, ask: Callable[..., Any], message: str, failed: str, ok: tuple[str, ...], remedy: str
) -> None:
    server.add("one", Kubelet(pull=not_pulled(message)))
    (found,) = ask().values()
    order = ("name", "trust", "login")
    expected = {**dict.fromkeys(order, "not known"), **dict.fromkeys(ok, "ok"), failed: "failed", "pull": "failed"}
    assert states(found) == {**expected, "first_byte": "ok", "speed": "ok"}
    assert remedy in found.findings[failed].remedy
    assert not found.sound


def test_a_pull_without_a_connection_leaves_trust_and_login_unknown(server: Kubelets, ask: Callable[..., Any]) -> None:
    report = {"addresses": ["10.0.0.9"], "first_byte_error": "timed out"}
    refused = not_pulled("dial tcp 10.0.0.9:443: connect: connection refused")
    server.add("one", Kubelet(refused, ended(json.dumps(report))))
    (found,) = ask().values()
    assert states(found) == {
        "name": "ok", "trust": "not known", "login": "not known", "pull": "failed", "first_byte": "failed",
        "speed": "not known",
    }  # fmt: skip


def test_the_container_runtimes_word_on_the_name_counts(server: Kubelets, ask: Callable[..., Any]) -> None:
    unresolved = ended(json.dumps({"name_error": "Name or service not known"}))
    server.add("mirror", Kubelet(look=unresolved))
    server.add("neither", Kubelet(not_pulled("dial tcp: lookup registry on 10.0.0.1:53: no such host"), unresolved))
    server.add("runtime", Kubelet(not_pulled("dial tcp: lookup registry on 10.0.0.1:53: no such host")))
    found = ask()
    assert {name: states(told)["name"] for name, told in found.items()} == {
        "mirror": "ok", "neither": "failed", "runtime": "failed",
    }  # fmt: skip
    assert "the node pulls, though" in found["mirror"].findings["name"].why
    assert states(found["mirror"])["first_byte"] == "not known"


@pytest.mark.parametrize(
    ("node", "why"),
    [
        ({"ready": "Unknown"}, "it is not ready: Kubelet stopped posting node status."),
        ({"ready": "False"}, "it is not ready"),
        ({"info": {"operatingSystem": "windows"}}, "it runs windows on amd64"),
        ({"info": {"architecture": "riscv64"}}, "it runs linux on riscv64"),
        ({"info": {"architecture": ""}}, "it runs linux on an unknown processor"),
    ],
)
def test_a_node_that_cannot_be_asked_is_told_and_gets_no_pod(
    server: Kubelets, ask: Callable[..., Any], node: dict[str, Any], why: str
) -> None:
    server.add("other", **node)
    server.add("one")
    found = ask()
    assert states(found["other"]) == dict.fromkeys(CHECKS, "not known")
    assert found["other"].findings["pull"].why.startswith(why)
    assert found["one"].sound
    assert {node_of(pod) for pod in server.pods.values()} == {"one"}


def test_a_node_that_other_pods_are_kept_off_is_asked_and_that_is_told(
    server: Kubelets, ask: Callable[..., Any]
) -> None:
    taints = [
        {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
        {"key": "gpu", "value": "yes", "effect": "NoExecute"},
    ]
    server.add("one", spec={"unschedulable": True, "taints": taints})
    (found,) = ask().values()
    assert found.sound
    assert found.remarks == ("cordoned", "tainted gpu=yes:NoExecute")
    assert [pod["spec"]["tolerations"] for pod in server.pods.values()] == [[{"operator": "Exists"}]] * 2


def test_what_no_pod_told_is_not_known(server: Kubelets, ask: Callable[..., Any]) -> None:
    server.add("crashed", Kubelet(look=ended("no JSON", "Error")))
    server.add("silent", Kubelet(look=ended("")))
    server.add("no-image", Kubelet(look=not_pulled("python:3: not found")))
    server.add("evicted", Kubelet(pull={"phase": "Failed", "reason": "Evicted"}))
    found = ask()
    for name in ("crashed", "silent", "no-image"):
        told = {check: states(found[name])[check] for check in ("name", "trust", "first_byte", "speed")}
        assert told == {"name": "ok", "trust": "ok", "first_byte": "not known", "speed": "not known"}
    assert "python:3: not found" in found["no-image"].findings["speed"].why
    told = {check: states(found["evicted"])[check] for check in ("name", "trust", "login", "pull")}
    assert told == {"name": "ok", "trust": "not known", "login": "not known", "pull": "not known"}


def test_without_the_image_that_looks_the_pull_still_tells(server: Kubelets, ask: Callable[..., Any]) -> None:
    server.add("one")
    (found,) = ask(python="").values()
    assert states(found) == {**dict.fromkeys(CHECKS, "ok"), "first_byte": "not known", "speed": "not known"}
    assert "REGISTRY_MAINTENANCE_IMAGE=none" in found.findings["speed"].why


def test_a_pod_that_the_cluster_does_not_admit_leaves_that_unknown(server: Kubelets, ask: Callable[..., Any]) -> None:
    server.add("one")
    message = 'pods "look-0" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'
    server.faults[f"{PODS}/look-0"] = refusal(403, message, "Forbidden", method="PATCH")
    (found,) = ask().values()
    assert states(found) == {**dict.fromkeys(CHECKS, "ok"), "first_byte": "not known", "speed": "not known"}
    assert "hostNetwork=true" in found.findings["speed"].why


def test_nothing_is_left_and_no_pod_is_told_the_password(server: Kubelets, ask: Callable[..., Any]) -> None:
    server.add("one")
    server.add("two", Kubelet(not_pulled("401 Unauthorized"), not_pulled("not found")))
    ask()
    assert left(server) == []
    assert len(server.pods) == 4
    assert PASSWORD not in json.dumps(server.pods)
    for pod in server.pods.values():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert spec.get("hostNetwork", False) is ("imagePullSecrets" not in spec)


def test_nothing_is_left_where_somebody_interrupts_it(server: Kubelets, ask: Callable[..., Any]) -> None:
    class Impatient(Heard):
        def now(self, line: str) -> None:
            raise KeyboardInterrupt(line)

    server.add("one", Kubelet(look={"phase": "Pending"}))
    with pytest.raises(KeyboardInterrupt, match="look-0 is Pending"):
        ask(Impatient())
    assert left(server) == []


def test_no_pod_is_made_before_its_namespace_takes_any(server: Kubelets, ask: Callable[..., Any]) -> None:
    server.accounts_late = 2
    server.add("one")
    (found,) = ask().values()
    assert found.sound
    assert server.seen.count(("GET", ACCOUNT)) == 3
    first = next(
        number for number, (method, path) in enumerate(server.seen) if (method, path) == ("PATCH", f"{PODS}/look-0")
    )
    assert ("GET", ACCOUNT) not in server.seen[first:]


def test_where_there_is_no_node_nobody_is_asked(server: Kubelets, engine: KubernetesEngine) -> None:
    address = Address(f"https://{HOST}")
    examination = Examination(engine, NAMES.backend, address, Login("admin", PASSWORD), lend, "python:3")
    with pytest.raises(SolakubeError, match="there is no node to ask"):
        list(examination.run(Heard()))
    assert {method for method, _ in server.seen} == {"GET"}


def test_no_node_is_asked_with_a_login_that_may_have_ended(
    server: Kubelets, ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST", -1.0)
    server.add("one")
    (found,) = ask().values()
    assert states(found) == dict.fromkeys(CHECKS, "not known")
    assert "ten minutes" in found.findings["pull"].why
    assert server.pods == {}
