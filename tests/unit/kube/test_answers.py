"""No answer is not "no": what an API server says that is not ready, or that is none."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from solakube_core.cli.main import run
from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine, connect
from solakube_core.kube.client import channels, connection
from solakube_core.kube.client.channels import V5
from solakube_core.kube.client.outages import OUTAGE
from solakube_core.kube.client.retrying import RETRY_PERIOD
from solakube_core.kube.site import OLDEST
from solakube_core.model import Access, Await, ObjectRef
from tests.e2e.engine import samples
from tests.e2e.testbed.versions import KUBERNETES
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer, Fault, kubeconfig, refusal
from tests.unit.kube.conftest import Clock

PAGE = ObjectRef("v1", "ConfigMap", "page", "web")
PAGE_PATH = "/api/v1/namespaces/web/configmaps/page"
LOGIN = "<!DOCTYPE html><title>Log in</title>"

ASKING: dict[str, Callable[[KubernetesEngine], object]] = {
    "reach": lambda engine: engine.site.check(),
    "get": lambda engine: engine.site.get(PAGE),
    "list": lambda engine: engine.site.list("v1", "ConfigMap"),
    "status": lambda engine: engine.status("wiki"),
    "removal": lambda engine: engine.removal("wiki", False),
    "denied": lambda engine: engine.site.denied([Access("get", "", "secrets", "web")]),
}
asking = pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)


@asking
@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_api_server_that_is_not_ready_is_an_error_and_never_absence(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, ask: Callable[[KubernetesEngine], object], status: int
) -> None:
    server.faults["/"] = Fault(status, "starting")
    with pytest.raises(SolakubeError) as caught:
        ask(engine)
    assert f"the API server answered {status}" in caught.value.problems[0].why
    assert "try again in a moment" in caught.value.problems[0].remedy


@asking
@pytest.mark.parametrize("body", [LOGIN, '"maintenance"', "[]", '{"error": "log in"}', ""])
def test_what_is_no_answer_of_kubernetes_is_told_as_that(
    engine: KubernetesEngine, server: ApiServer, ask: Callable[[KubernetesEngine], object], body: str
) -> None:
    server.faults["/"] = Fault(200, body)
    with pytest.raises(SolakubeError) as caught:
        ask(engine)
    assert "is not the Kubernetes API" in caught.value.problems[0].why
    assert "proxy" in caught.value.problems[0].remedy


@pytest.mark.parametrize(
    ("version", "old"),
    [("v1.29.14+k3s1", True), ("v1.30.0", False), ("v1.34.4-gke.1", False), ("v2.0.0", False), ("dev", False)],
)
def test_a_cluster_older_than_supported_is_refused(
    engine: KubernetesEngine, server: ApiServer, version: str, old: bool
) -> None:
    server.version = version
    if not old:
        engine.site.check()
        return
    with pytest.raises(SolakubeError, match="runs Kubernetes") as caught:
        engine.site.check()
    assert "1.30 or later" in caught.value.problems[0].remedy


def test_the_oldest_kubernetes_is_the_documented_one() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    told = " ".join(readme.split())
    assert f"Kubernetes {'.'.join(map(str, OLDEST))} or later" in told
    assert V5 in told
    major, minor, _ = KUBERNETES.removeprefix("v").split(".")
    assert f"Each change is tested on Kubernetes {major}.{minor}" in told


@asking
def test_no_discovery_is_no_absence_and_is_asked_again(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, ask: Callable[[KubernetesEngine], object]
) -> None:
    down = Fault(503, "service unavailable")
    server.faults["/api"] = down
    if ask is not ASKING["reach"]:
        with pytest.raises(SolakubeError, match="cannot look up the kind"):
            ask(engine)
    down.times = 0
    ask(engine)


def test_a_kind_that_the_server_does_not_know_is_absent(engine: KubernetesEngine) -> None:
    assert engine.site.get(ObjectRef("example.com/v1", "Page", "a", "web")) is None
    assert engine.site.list("example.com/v1", "Page") == ()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_only_reads_is_repeated_until_the_server_is_ready(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard, status: int
) -> None:
    server.faults[PAGE_PATH] = Fault(status, times=3)
    server.objects[PAGE_PATH] = {"kind": "ConfigMap", "metadata": {"name": "page"}}
    assert engine.site.get(PAGE)
    assert sum(clock.slept) < 3
    assert progress.said == []


def test_repeating_ends_and_a_longer_wait_is_said(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    server.faults[PAGE_PATH] = Fault(503)
    with pytest.raises(SolakubeError):
        engine.site.get(PAGE)
    assert sum(clock.slept) == RETRY_PERIOD
    assert max(clock.slept) <= 5
    (line,) = progress.said
    assert line.startswith("the API server answers 503: trying again")


@pytest.mark.parametrize("asked", ["7200", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_server_cannot_ask_for_more_patience_than_there_is(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard, asked: str
) -> None:
    server.faults[PAGE_PATH] = Fault(429, headers={"Retry-After": asked}, times=1)
    assert engine.site.get(PAGE) is None
    assert clock.slept == [RETRY_PERIOD]
    assert "answers 429" in progress.said[0]


def test_a_retry_after_that_nobody_can_read_is_passed_over(
    engine: KubernetesEngine, server: ApiServer, clock: Clock
) -> None:
    server.faults[PAGE_PATH] = Fault(503, headers={"Retry-After": "soon"}, times=2)
    assert engine.site.get(PAGE) is None


@pytest.mark.parametrize(
    ("fault", "sent"),
    [
        (Fault(500, times=1), 1),
        (Fault(503, times=1), 1),
        (Fault(429, headers={"Retry-After": "1"}, times=1), 2),
        (Fault(503, headers={"Retry-After": "1"}, times=1), 2),
    ],
)
def test_what_writes_is_repeated_only_where_the_server_put_it_off(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, fault: Fault, sent: int
) -> None:
    server.faults[PAGE_PATH] = fault
    page = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "page", "namespace": "web"}}
    with contextlib.suppress(SolakubeError):
        engine.put([page])
    assert server.seen.count(("PATCH", PAGE_PATH)) == sent


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_waiting_survives_an_api_server_that_restarts(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard, status: int
) -> None:
    wait_for_claim(engine, server, Fault(status, times=12), progress)
    assert RETRY_PERIOD < sum(clock.slept) < OUTAGE + RETRY_PERIOD
    assert any("trying again" in line for line in progress.shown)


@pytest.mark.parametrize("status", [401, 403])
def test_waiting_survives_an_api_server_that_does_not_know_yet_who_may_do_what(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard, status: int
) -> None:
    path = "/api/v1/namespaces/web/persistentvolumeclaims/data"
    down, starting = Fault(502, times=12), Fault(status, times=3)
    server.faults[path[:-1]] = down
    wait_for_claim(engine, server, starting, progress)
    assert (down.times, starting.times) == (0, 0)


def test_waiting_ends_at_once_where_one_may_not_look(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    with pytest.raises(SolakubeError, match="cannot read PersistentVolumeClaim"):
        wait_for_claim(engine, server, Fault(403), progress)
    assert clock.slept == []


def test_waiting_ends_where_the_api_server_stays_away(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    with pytest.raises(SolakubeError, match="cannot read PersistentVolumeClaim"):
        wait_for_claim(engine, server, Fault(502), progress)
    assert sum(clock.slept) >= OUTAGE


def wait_for_claim(engine: KubernetesEngine, server: ApiServer, fault: Fault, progress: Heard) -> None:
    path = "/api/v1/namespaces/web/persistentvolumeclaims/data"
    server.faults[path] = fault
    server.objects[path] = {"kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "status": {"phase": "Bound"}}
    bound = Await(ObjectRef("v1", "PersistentVolumeClaim", "data", "web"), "bound")
    engine.wait(samples.plan("web", awaits=(bound,)), progress, 300)


def test_waiting_goes_on_where_nobody_may_ask_why(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    server.objects["/apis/apps/v1/namespaces/web/deployments/web"] = {
        **samples.deployment("web"),
        "metadata": {"name": "web", "namespace": "web", "generation": 1},
        "status": {"observedGeneration": 1},
    }
    forbidden = refusal(403, "you may not", "Forbidden")
    for path in (
        "/api/v1/namespaces/web/pods",
        "/apis/apps/v1/namespaces/web/replicasets",
        "/api/v1/namespaces/web/ev",
    ):
        server.faults[path] = forbidden
    with pytest.raises(SolakubeError, match="web/web is not ready after 2 s: 0 of 1 new pods exist") as caught:
        engine.wait(samples.plan("web"), progress, 2)
    why = caught.value.problems[0].why
    assert why == "the reason could not be asked for: cannot list replicasets in namespace web: you may not"


@pytest.mark.parametrize(
    ("ref", "live", "why"),
    [
        (ObjectRef("apps/v1", "Deployment", "web", "web"), {}, "neither its pods nor its events tell a reason"),
        (ObjectRef("apps/v1", "Deployment", "web", "web"), None, "the cluster tells no reason"),
        (ObjectRef("v1", "PersistentVolumeClaim", "data", "web"), {"spec": {}}, "its events tell no reason"),
        (ObjectRef("batch/v1", "Job", "once", "web"), {}, "the cluster tells no reason"),
    ],
    ids=["a deployment", "none", "a claim", "a job"],
)
def test_only_what_was_looked_at_is_said_to_tell_no_reason(
    engine: KubernetesEngine,
    server: ApiServer,
    clock: Clock,
    progress: Heard,
    ref: ObjectRef,
    live: dict[str, object] | None,
    why: str,
) -> None:
    if live is not None:
        group = f"/apis/{ref.api_version}" if ref.group else "/api/v1"
        metadata = {"name": ref.name, "namespace": "web", "generation": 1, "uid": "u"}
        path = f"{group}/namespaces/web/{ref.kind.lower()}s/{ref.name}"
        server.objects[path] = {**samples.deployment("web"), "kind": ref.kind, "metadata": metadata, **live}
    until = "condition:Complete" if ref.kind == "Job" else "bound" if ref.group == "" else "rolled-out"
    with pytest.raises(SolakubeError) as caught:
        engine.wait(samples.plan("web", awaits=(Await(ref, until),)), progress, 2)
    assert caught.value.problems[0].why == why


@pytest.mark.parametrize("data", ["/w==", "abc", "no base64"])
def test_a_secret_that_holds_no_text_is_told_without_its_content(
    engine: KubernetesEngine, server: ApiServer, data: str
) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "web"}, "data": {"k": data}}
    server.objects["/api/v1/namespaces/web/secrets/s"] = secret
    with pytest.raises(SolakubeError, match="Secret web/s cannot be used") as caught:
        engine.site.secret("web", ObjectRef("v1", "Secret", "s", "web"), "k")
    assert "its key k holds no text" in caught.value.problems[0].why
    assert data not in str(caught.value)


@pytest.mark.parametrize("body", ["root:x:0:0::/root:/bin/bash\n", "a: [", "- 1", "contexts: 7", "\x00", "{}"])
@pytest.mark.parametrize("context", [None, "prod"])
def test_a_file_that_is_no_kubeconfig_is_told(tmp_path: Path, body: str, context: str | None) -> None:
    path = tmp_path / "passwd"
    path.write_text(body)
    engine = connect(str(path), context)
    for ask in (engine.site.check, engine.site.describe):
        with pytest.raises(SolakubeError, match="the kubeconfig cannot be used"):
            ask()


@pytest.mark.parametrize("clusters", [None, 7, ["c"], [{"name": "c"}], [{"name": "c", "cluster": "https://c"}]])
def test_a_context_that_leads_nowhere_is_told(tmp_path: Path, clusters: object) -> None:
    path = tmp_path / "config"
    prod = {"name": "prod", "context": {"cluster": "c", "user": "u"}}
    user = {"name": "u", "user": {"token": "hunter2"}}
    path.write_text(json.dumps({"contexts": [prod], "clusters": clusters, "users": [user]}))
    with pytest.raises(SolakubeError, match="the kubeconfig cannot be used") as caught:
        connect(str(path), "prod").site.check()
    assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_down_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    config = kubeconfig(tmp_path / "c", "https://10.0.0.1:6443", cluster={"proxy-url": f"http://127.0.0.1:{port}"})
    with pytest.raises(SolakubeError) as caught:
        connect(config, None).site.check()
    assert f"by the proxy: HTTPSConnection(host='127.0.0.1', port={port})" in caught.value.problems[0].why
    assert "proxy-url" in caught.value.problems[0].remedy


def test_what_an_aggregated_api_may_hold_that_is_down_keeps_the_namespace(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    engine.apply(samples.plan("web", samples.config_map("web"), awaits=()), progress)
    server.faults["/apis/batch/v1"] = Fault(503, "service unavailable")
    assert engine.removal("web", delete_data=True).goes == ("ConfigMap web/page",)
    engine.remove("web", delete_data=True, progress=progress)
    assert "/api/v1/namespaces/web" in server.objects
    assert progress.said[-1] == "kept the namespace web: it holds what there may be of batch/v1, which cannot be listed"


def test_who_may_not_forward_a_port_is_told_so_at_once(engine: KubernetesEngine, server: ApiServer) -> None:
    ready = {"conditions": [{"type": "Ready", "status": "True"}]}
    pod = {"name": "web-1", "namespace": "web", "creationTimestamp": "2026-01-01T00:00:00Z"}
    server.objects["/api/v1/namespaces/web/pods/web-1"] = {"metadata": pod, "status": ready}
    server.faults["/api/v1/namespaces/web/pods/web-1/portforward"] = refusal(403, "you may not", "Forbidden")
    with (
        pytest.raises(SolakubeError, match="cannot forward a port to Pod web/web-1\n  why: you may not"),
        engine.open(samples.backend("web")),
    ):
        raise AssertionError("there is no way in")


def test_a_server_that_takes_requests_and_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUTS", (0.05, 0.05))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        engine = connect(kubeconfig(tmp_path / "c", f"http://127.0.0.1:{silent.getsockname()[1]}"), None)
        for ask in ASKING.values():
            with pytest.raises(SolakubeError) as caught:
                ask(engine)
            assert "does not answer in time" in caught.value.problems[0].why


@pytest.mark.parametrize("command", [["deploy", "registry"], ["deploy", "registry", "--dry-run"]])
def test_the_time_of_a_deployment_cuts_a_single_request_short(
    tmp_path: Path,
    private_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.setattr(connection, "TIMEOUTS", (3600, 3600))
    monkeypatch.setattr(connection, "LAST_LOOK", 0.1)
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "x")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        config = kubeconfig(tmp_path / "c", f"http://127.0.0.1:{silent.getsockname()[1]}")
        assert run(["--kubeconfig", config, *command, "--timeout", "0.2"]) == 1
    assert "does not answer in time" in capsys.readouterr().err


def test_what_is_tried_again_is_not_tried_beyond_the_time_of_a_deployment(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "time", clock)
    engine.limit(clock.now + 4)
    server.faults[PAGE_PATH] = Fault(503)
    with pytest.raises(SolakubeError, match="answered 503"):
        engine.site.get(PAGE)
    assert sum(clock.slept) == 4


def test_a_server_that_never_opens_a_channel_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "READ_TIMEOUT", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        to_silent = kubeconfig(tmp_path / "c", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(SolakubeError) as caught:
            channels.open_channels(connection.Connection(to_silent, None, print), "/exec", [], channels.V5, "run it")
    assert "does not answer in time" in caught.value.problems[0].why
