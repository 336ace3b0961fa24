"""A deployment's steps share one time limit."""

from __future__ import annotations

import time
from typing import Any

import pytest

from solakube_core.lifecycle import probing
from solakube_core.lifecycle.deployment import Lifecycle
from solakube_core.lifecycle.preparation import Prepared
from solakube_core.model import Backend, Plan

PLAN = Plan("wiki", (), (), Backend("wiki", "wiki", 80, "http", {}, 8080))


class Engine:
    """Takes its time, on a clock of its own, and notes how much of it was left."""

    def __init__(self) -> None:
        self.now, self.left = 1000.0, dict[str, float]()

    def apply(self, plan: Plan, progress: object, timeout: float) -> None:
        self.left["apply"] = timeout
        self.now += 40

    def wait(self, plan: Plan, progress: object, timeout: float) -> None:
        self.left["wait"] = timeout
        self.now += 35


def test_each_step_gets_what_the_steps_before_it_left(monkeypatch: pytest.MonkeyPatch) -> None:
    engine: Any = Engine()

    def check(plan: Plan, engine: Engine, progress: object, deadline: float) -> None:
        engine.left["check"] = deadline - engine.now

    monkeypatch.setattr(probing, "check", check)
    monkeypatch.setattr(time, "monotonic", lambda: engine.now)
    lifecycle: Any = Lifecycle(None, None, (), engine)  # type: ignore[arg-type]
    lifecycle.carry_out(Prepared(PLAN, None, None, ()), None, 100)
    assert engine.left == {"apply": 100, "wait": 60, "check": 25}
