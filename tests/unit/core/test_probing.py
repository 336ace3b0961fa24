from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.lifecycle import probing
from solakube_core.model import Address, Backend, Plan, Probe
from tests.loopback import LoopbackServer, QuietHandler, serving

BACKEND = Backend("wiki", "wiki", 80, "http", {"app": "wiki"}, 8080)
WITH = Probe("/", 200, "the user gets in", "admin", "pä:ss")
WITHOUT = Probe("/", 401, "nobody else does")


class Guarded(QuietHandler):
    """Lets in who knows the password; a change of it takes two requests to arrive."""

    delay = 0

    def do_GET(self) -> None:
        known = "Basic " + base64.b64encode("admin:pä:ss".encode()).decode()
        wanted = self.headers.get("Authorization") == known
        if wanted and Guarded.delay > 0:
            Guarded.delay -= 1
            wanted = False
        self.send_response(200 if wanted else 401)
        self.end_headers()


@pytest.fixture
def server() -> Iterator[str]:
    Guarded.delay = 0
    with serving(LoopbackServer(Guarded)) as service:
        yield service.url


class Engine:
    """An engine with a way in, to see whether it is used."""

    def __init__(self, url: str) -> None:
        self.url, self.opened = url, 0

    @contextmanager
    def open(self, backend: Backend, port: int = 0) -> Iterator[str]:
        assert backend is BACKEND
        self.opened += 1
        yield self.url


class Listener:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)

    def now(self, line: str) -> None: ...


def checked(engine: Engine, address: Address | None, *probes: Probe) -> list[str]:
    listener = Listener()
    plan = Plan("wiki", (), (), BACKEND, probes=probes, address=address)
    probing.check(plan, engine, listener)  # type: ignore[arg-type]
    return listener.lines


def test_the_address_itself_is_checked_where_it_answers(server: str) -> None:
    engine = Engine("http://127.0.0.1:1")
    lines = checked(engine, Address(server), WITHOUT, WITH)
    assert engine.opened == 0
    assert lines == [
        f"nobody else does: {server}/ answers 401",
        f"the user gets in: {server}/ answers 200",
    ]


def test_a_name_that_does_not_resolve_is_told_and_checked_from_inside(server: str) -> None:
    engine = Engine(server)
    lines = checked(engine, Address("https://registry.invalid"), WITHOUT)
    assert engine.opened == 1
    assert "https://registry.invalid cannot be reached from this machine (its name does not resolve)" in lines[0]


def test_without_an_address_the_engines_way_in_serves(server: str) -> None:
    engine = Engine(server)
    checked(engine, None, WITH)
    assert engine.opened == 1


def test_a_password_that_takes_a_moment_to_arrive_is_waited_for(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_PAUSE", 0.01)
    Guarded.delay = 2
    checked(Engine(""), Address(server), WITH)
    assert Guarded.delay == 0


def test_a_deadline_that_is_over_leaves_each_probe_one_try(server: str) -> None:
    Guarded.delay = 1
    plan = Plan("wiki", (), (), BACKEND, probes=(WITHOUT, WITH), address=Address(server))
    listener = Listener()
    with pytest.raises(SolakubeError, match="answers 401, not 200"):
        probing.check(plan, Engine(""), listener, time.monotonic())  # type: ignore[arg-type]
    assert listener.lines == [f"nobody else does: {server}/ answers 401"]


def test_what_the_first_probe_waited_for_in_vain_no_other_waits_for_again(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "PATIENCE", 0.5)
    monkeypatch.setattr(probing, "_PAUSE", 0.1)
    asked: list[str] = []

    def refuse(self: Guarded) -> None:
        asked.append(self.path)
        self.send_error(503)

    monkeypatch.setattr(Guarded, "do_GET", refuse)
    plan = Plan("wiki", (), (), BACKEND, probes=(Probe("/a", 200, "a"), Probe("/b", 200, "b")), address=Address(server))
    with pytest.raises(SolakubeError) as failure:
        probing.check(plan, Engine(""), Listener())  # type: ignore[arg-type]
    assert len(failure.value.problems) == 2
    assert asked.count("/b") == 1


def test_a_wrong_answer_is_an_error_without_the_password(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "PATIENCE", 0.0)
    with pytest.raises(SolakubeError) as failure:
        checked(Engine(""), Address(server), Probe("/", 200, "in", "admin", "wrong-secret"))
    assert "answers 401, not 200" in str(failure.value)
    assert "wrong-secret" not in str(failure.value)
    assert "wrong-secret" not in repr(WITH) + repr(failure.value)
