"""A deployment's steps: they share one time limit, and the last of them is left out where it was done before."""

from __future__ import annotations

import time
from typing import Any

import pytest

from solakube_core.cli.deploy import _exposure
from solakube_core.lifecycle import probing
from solakube_core.lifecycle.deployment import Lifecycle
from solakube_core.lifecycle.preparation import Prepared
from solakube_core.model import Backend, Exposure, Plan, Probe

PROBES = (Probe("/", 200, "it answers"),)
PLAN = Plan("wiki", (), (), Backend("wiki", "wiki", 80, "http", {}, 8080), probes=PROBES)


class Engine:
    """Takes its time, on a clock of its own, and notes how much of it was left."""

    def __init__(self, proven: bool = False) -> None:
        self.now, self.left = 1000.0, dict[str, float]()
        self.proven = proven
        self.noted: list[Plan] = []

    def apply(self, plan: Plan, progress: object, timeout: float) -> bool:
        self.left["apply"] = timeout
        self.now += 40
        return self.proven

    def wait(self, plan: Plan, progress: object, timeout: float) -> None:
        self.left["wait"] = timeout
        self.now += 35

    def prove(self, plan: Plan) -> None:
        self.noted.append(plan)


def test_each_step_gets_what_the_steps_before_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = Engine()

    def check(plan: Plan, engine: Engine, progress: object, deadline: float) -> bool:
        engine.left["check"] = deadline - engine.now
        return True

    monkeypatch.setattr(probing, "check", check)
    monkeypatch.setattr(time, "monotonic", lambda: engine.now)
    lifecycle: Any = Lifecycle(None, None, (), engine)  # type: ignore[arg-type]
    lifecycle.carry_out(Prepared(PLAN, None, None, ()), None, 100)
    assert engine.left == {"apply": 100, "wait": 60, "check": 25}


@pytest.mark.parametrize(("proven", "where_users_go"), [(False, True), (False, False), (True, True)])
def test_what_was_seen_to_work_where_users_go_is_not_checked_again(
    monkeypatch: pytest.MonkeyPatch, proven: bool, where_users_go: bool
) -> None:
    engine: Any = Engine(proven)
    checked: list[Plan] = []

    def check(plan: Plan, *_: object) -> bool:
        checked.append(plan)
        return where_users_go

    monkeypatch.setattr(probing, "check", check)
    lifecycle: Any = Lifecycle(None, None, (), engine)  # type: ignore[arg-type]
    lifecycle.carry_out(Prepared(PLAN, None, None, ()), None, 100)
    assert checked == ([] if proven else [PLAN])
    assert engine.noted == ([PLAN] if where_users_go and not proven else [])


@pytest.mark.parametrize(
    ("exposure", "line"),
    [
        (None, ""),
        (Exposure("none", "none"), ""),
        (Exposure("mine", "tunnel", ({"kind": "Tunnel"},)), "tunnel by mine"),
        (Exposure("mine", "tunnel", ({"kind": "Tunnel"},), explanation="a tunnel is there"), "a tunnel is there"),
    ],
)
def test_who_exposes_is_said_also_where_its_plugin_explains_nothing(exposure: Exposure | None, line: str) -> None:
    assert _exposure(Prepared(PLAN, None, exposure, ())) == line
