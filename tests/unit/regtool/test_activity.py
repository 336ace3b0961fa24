"""Asking a registry for its metrics, hundreds of times in a run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from solakube_regtool.collect.activity import Process

from tests.loopback import LoopbackServer, QuietHandler, serving

PAGE = b"up 1\n"


class Registry(LoopbackServer):
    """Answers with a page, and counts connections.

    Attributes:
        connections: made so far.
        forgetful: ends a connection after each answer, without a word, as a registry that is restarted does.
        broken: ends a connection in place of an answer.
    """

    def __init__(self) -> None:
        self.connections = 0
        self.forgetful = self.broken = False
        super().__init__(_Handler)


class _Handler(QuietHandler):
    server: Registry
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        self.close_connection = self.server.forgetful or self.server.broken
        if not self.server.broken:
            self.send_response(200)
            self.send_header("Content-Length", str(len(PAGE)))
            self.end_headers()
            self.wfile.write(PAGE)


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving(Registry()) as server:
        yield server


@pytest.fixture
def process(registry: Registry) -> Iterator[Process]:
    with contextlib.closing(Process(registry.url)) as process:
        yield process


def test_one_connection_serves_a_whole_run(registry: Registry, process: Process) -> None:
    assert [process.page() for _ in range(5)] == [PAGE.decode()] * 5
    assert registry.connections == 1


def test_a_registry_that_was_restarted_is_asked_by_a_new_connection(registry: Registry, process: Process) -> None:
    registry.forgetful = True
    assert [process.page() for _ in range(3)] == [PAGE.decode()] * 3
    assert registry.connections == 3


def test_a_registry_that_gives_no_answer_tells_nothing(registry: Registry, process: Process) -> None:
    assert process.page()
    registry.broken = True
    assert process.page() is None
    registry.broken = False
    assert process.page()


def test_no_registry_at_the_address_tells_nothing(registry: Registry, process: Process) -> None:
    registry.shutdown()
    registry.server_close()
    assert process.page() is None
