"""The port-forward finds the component's pod, again and again."""

from __future__ import annotations

import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard


@pytest.fixture(scope="module")
def place(engine: KubernetesEngine, kubectl: Kubectl) -> Iterator[str]:
    """A namespace with the component running, shared by this module's tests."""
    name = "engine-open"
    plan = samples.plan(name, samples.config_map(name), samples.deployment(name))
    engine.apply(plan, Heard())
    engine.wait(plan, Heard(), PATIENCE)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def read(url: str, timeout: float = 60) -> str:
    with urllib.request.urlopen(url, timeout=timeout) as response:
        body: bytes = response.read()
    return body.decode()


def test_the_component_answers_at_the_local_address(engine: KubernetesEngine, place: str) -> None:
    with engine.open(samples.backend(place)) as url:
        assert url.startswith("http://127.0.0.1:")
        assert read(url) == "hello\n"
    with pytest.raises(urllib.error.URLError):
        read(url, timeout=2)


def test_many_connections_at_once_all_answer(engine: KubernetesEngine, place: str) -> None:
    answers: list[str] = []
    with engine.open(samples.backend(place)) as url:
        threads = [threading.Thread(target=lambda: answers.append(read(url))) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert answers == ["hello\n"] * 20


def test_a_request_in_pieces_gets_its_answer(engine: KubernetesEngine, place: str) -> None:
    with engine.open(samples.backend(place)) as url:
        connection = http.client.HTTPConnection(url.partition("//")[2], timeout=60)
        connection.putrequest("GET", "/")
        connection.endheaders()
        assert connection.getresponse().read() == b"hello\n"
        connection.close()


def test_it_leads_to_the_new_pod_after_the_old_one_is_gone(
    engine: KubernetesEngine, kubectl: Kubectl, place: str
) -> None:
    with engine.open(samples.backend(place)) as url:
        assert read(url) == "hello\n"
        kubectl("delete", "pod", "-n", place, "-l", "app=web", "--now", "--wait=true")
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                assert read(url) == "hello\n"
                return
            except OSError:
                # The connection that noticed the loss is closed; the next one finds the new pod.
                assert time.monotonic() < deadline


def test_a_taken_port_is_an_error_that_names_it(engine: KubernetesEngine, place: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(SolakubeError, match=f"cannot listen on port {port}"),
            engine.open(samples.backend(place), port),
        ):
            pass


def test_without_a_ready_pod_it_says_why(engine: KubernetesEngine, namespace: str) -> None:
    with (
        pytest.raises(SolakubeError, match="no ready pod with the labels app=web"),
        engine.open(samples.backend(namespace)),
    ):
        pass
