"""Answers that break off, lead elsewhere, grow too old or have another form: never absence, never a defect."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine, connect
from solakube_core.kube.client import connection
from solakube_core.model import ObjectRef
from tests.unit.kube.api_server import ApiServer, Fault, kubeconfig, refusal
from tests.unit.kube.conftest import Clock

PAGE = ObjectRef("v1", "ConfigMap", "page", "web")
PAGES_PATH = "/api/v1/namespaces/web/configmaps"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
VERSION = json.dumps({"gitVersion": "v1.34.0"}).encode()
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(VERSION), VERSION)
ABORTING = struct.pack("ii", 1, 0)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PAGES_PATH, {"kind": "ConfigMap"}),
        (PAGES_PATH, {"kind": "ConfigMap", "metadata": None}),
        (PAGES_PATH, {"kind": "ConfigMap", "metadata": "page"}),
        ("/api/v1", {"resources": None}),
        ("/api/v1", {"resources": [{"kind": "ConfigMap"}]}),
        ("/api/v1", {"resources": "ConfigMap"}),
    ],
)
def test_an_object_that_is_none_of_kubernetes_is_told(
    engine: KubernetesEngine, server: ApiServer, path: str, body: Any
) -> None:
    server.faults[path] = Fault(200, body)
    with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
        engine.site.get(PAGE)


@pytest.mark.parametrize("items", ["page", ["page"], [{}], [None], {"page": {}}])
def test_a_list_that_is_none_of_kubernetes_is_told(engine: KubernetesEngine, server: ApiServer, items: Any) -> None:
    server.faults[PAGES_PATH] = Fault(200, {"metadata": {}, "items": items})
    with pytest.raises(SolakubeError, match="is not the Kubernetes API"):
        engine.site.list("v1", "ConfigMap", "web")


@pytest.mark.parametrize("body", [{"items": []}, {"metadata": None, "items": None}])
def test_a_list_of_nothing_may_be_null(engine: KubernetesEngine, server: ApiServer, body: Any) -> None:
    server.faults[PAGES_PATH] = Fault(200, body)
    assert engine.site.list("v1", "ConfigMap", "web") == ()


def test_a_list_whose_pages_grow_too_old_is_asked_for_as_a_whole(engine: KubernetesEngine, server: ApiServer) -> None:
    server.objects[f"{PAGES_PATH}/page"] = {"metadata": {"name": "page"}}
    server.faults[PAGES_PATH] = refusal(410, "The provided continue parameter is too old", "Expired")
    server.faults[PAGES_PATH].times = 1
    (found,) = engine.site.list("v1", "ConfigMap", "web")
    assert found["metadata"]["name"] == "page"
    assert "limit" not in server.queries[-1]


def test_a_list_that_stays_too_old_is_an_error_with_what_to_do(engine: KubernetesEngine, server: ApiServer) -> None:
    server.faults[PAGES_PATH] = refusal(410, "The provided continue parameter is too old", "Expired")
    with pytest.raises(SolakubeError, match="too old\n  what to do: run the command again"):
        engine.site.list("v1", "ConfigMap", "web")


@pytest.mark.parametrize("status", [301, 302, 307])
def test_an_answer_that_leads_elsewhere_is_not_followed(
    engine: KubernetesEngine, server: ApiServer, status: int
) -> None:
    server.faults[PAGES_PATH] = Fault(status, headers={"Location": "https://login.example/start?session=s3cret"})
    with pytest.raises(SolakubeError) as caught:
        engine.site.get(PAGE)
    assert "it leads to https://login.example," in caught.value.problems[0].why
    assert "a login page" in caught.value.problems[0].remedy
    assert "s3cret" not in str(caught.value)


@contextmanager
def answering(*answers: bytes, abort: bool = False) -> Iterator[tuple[str, list[int]]]:
    """Answer each connection with one of these bytes, the last for all that follow, and end it; yields the URL."""
    told: list[int] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:
                return
            with peer:
                peer.recv(65536)
                answer = answers[min(len(told), len(answers) - 1)]
                # Before the client has it, who may look at once.
                told.append(1)
                with suppress(ConnectionError):  # One that reads no further may have gone already.
                    peer.sendall(answer)
                if abort:
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORTING)

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listener,), daemon=True)
    thread.start()
    with closing(listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", told
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


CUT = HEAD + b"Content-Length: 500\r\n\r\n{"


@pytest.mark.parametrize("abort", [False, True], ids=["ended", "reset"])
@pytest.mark.parametrize(
    "broken", [b"", CUT, HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{"], ids=["no answer", "cut", "cut chunks"]
)
def test_what_only_reads_outlives_a_connection_that_breaks(
    clock: Clock, tmp_path: Path, broken: bytes, abort: bool
) -> None:
    with answering(broken, broken, WHOLE, abort=abort) as (url, told):
        connect(kubeconfig(tmp_path / "config", url), None).site.check()
        assert len(told) == 3


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (b"", "broke: "),
        (CUT, "broke: the rest of the answer did not come"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", "is no HTTP"),
    ],
    ids=["no answer", "cut", "another program", "an endless header"],
)
def test_one_that_stays_broken_is_told_as_that(clock: Clock, tmp_path: Path, broken: bytes, why: str) -> None:
    with answering(broken) as (url, told), pytest.raises(SolakubeError) as caught:
        connect(kubeconfig(tmp_path / "config", url), None).site.check()
    assert why in caught.value.problems[0].why
    assert url in caught.value.problems[0].why
    assert len(told) == 3


def test_what_writes_is_not_sent_again_over_a_connection_that_broke(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.broken = "PATCH"
    page = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "page", "namespace": "web"}}
    with pytest.raises(SolakubeError, match="broke: "):
        engine.put([page])
    assert server.seen.count(("PATCH", f"{PAGES_PATH}/page")) == 1


def test_an_answer_that_stops_half_way_is_not_waited_for_again(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "TIMEOUTS", (5, 0.1))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        engine = connect(kubeconfig(tmp_path / "config", f"http://127.0.0.1:{listener.getsockname()[1]}"), None)
        peers: list[socket.socket] = []

        def serve() -> None:
            peers.append(listener.accept()[0])
            peers[0].recv(65536)
            peers[0].sendall(CUT)

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(SolakubeError, match="does not answer in time"):
            engine.site.check()
        thread.join()
        peers[0].close()
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()
