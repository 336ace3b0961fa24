"""A clock that is set while a service runs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from solakube_core.local.state.records import Job, Running
from solakube_core.local.supervise import child
from solakube_core.local.supervise.child import Child

JOB = Job("cache", ("true",), {}, (), (), "cache", (), "now")


@pytest.mark.parametrize("by", [-1e8, 1e8])
@pytest.mark.parametrize(("stable", "failures"), [(0.0, 1), (1e6, 4)])
def test_how_long_it_ran_is_told_by_no_clock_that_can_be_set(
    by: float, stable: float, failures: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else one that ends at once would be started again without a pause, and one that ran for long after a long one."""
    monkeypatch.setattr(child, "_STABLE_AFTER", stable)
    kept = Child(JOB, tmp_path / "log", Running("now", None, 0.0, failures=3))
    kept.step()
    monkeypatch.setattr(time, "time", lambda now=time.time: now() + by)
    while kept.running.failures == 3:
        kept.step()
    assert kept.running.failures == failures
