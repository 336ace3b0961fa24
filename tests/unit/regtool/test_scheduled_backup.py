"""Backups that are taken by themselves: what is kept, and what is told when one fails."""

from __future__ import annotations

import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.backup.keeping import Periods
from solakube_regtool.cli import main
from solakube_regtool.serve.metrics import of_folder

from tests.unit.regtool.backups import Backups
from tests.unit.regtool.collecting import blobs

NOW = 1_798_761_600.0
"""The first second of 2027, UTC."""
DAY = 86400.0
SUCCEEDED = 'solakube_maintenance_last_success_timestamp_seconds{command="backup"} '


def moment(days: float, now: float = NOW) -> str:
    """Name the moment of so many days ago."""
    return time.strftime("%Y%m%dT%H%M%S.000001Z", time.gmtime(now - days * DAY))


def kept(periods: Periods, *ages: float) -> set[float]:
    """Tell of backups which are so many days old which stay."""
    names = {moment(age): age for age in ages}
    return {names[name] for name in periods.at(NOW)(sorted(names))}


def test_every_backup_stays_for_days_the_first_of_a_month_for_months_that_of_a_year_for_years() -> None:
    # The first of December is 31 days ago, that of November 61, that of January 365, 1.1.2025 730.
    daily = {float(age) for age in range(1, 800)}
    assert kept(Periods(3, 0, 0), *daily) == {1, 2}
    assert kept(Periods(3, 2, 0), *daily) == {1, 2, 31, 61}
    assert kept(Periods(3, 2, 2), *daily) == {1, 2, 31, 61, 365, 730}


def test_the_first_of_a_month_is_the_one_that_there_is() -> None:
    assert kept(Periods(1, 6, 0), 5, 12, 20, 40) == {5, 20, 40}


def test_the_latest_stays_however_old_it_is() -> None:
    assert kept(Periods(1, 0, 0), 400, 300) == {300}


def scheduled(backups: Backups, monkeypatch: pytest.MonkeyPatch, code: int = 0, **periods: Any) -> list[dict[str, Any]]:
    order = {"days": 30, "months": 6, "years": 0, **periods}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(order)))
    return backups("backup", "--scheduled", code=code)


def last_run(backups: Backups) -> str:
    runs = backups.on(backups.registry.data, "last-run")
    (record,) = (run for run in runs if run["command"] == "backup")
    return str(record["summary"])


def succeeded(backups: Backups) -> float:
    page = of_folder(str(backups.registry.data))
    (line,) = (line for line in page.splitlines() if line.startswith(SUCCEEDED))
    return float(line.removeprefix(SUCCEEDED))


def test_what_is_too_old_goes_with_its_blobs_after_the_backup(
    backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.target.data.mkdir()
    scheduled(backups, monkeypatch)
    (first,) = backups.moments()
    doomed = backups.target.data / f"moments/{moment(40, time.time())}.jsonl.gz"
    (backups.target.data / f"moments/{first}.jsonl.gz").rename(doomed)
    shutil.rmtree(backups.registry.root / "repositories/other")
    told = scheduled(backups, monkeypatch, months=0)
    assert [record["backups"] for record in told if record["type"] == "pruned"] == [1]
    assert not doomed.exists()
    assert len(backups.moments()) == 1
    # The image that the registry no longer had, but for the layer that it shares.
    assert blobs(backups.target) < blobs(backups.registry)
    assert len(blobs(backups.registry)) - len(blobs(backups.target)) == 3


def test_a_folder_that_is_not_there_is_not_made_and_status_tells_when_the_last_backup_was(
    backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    backups.target.data.mkdir()
    scheduled(backups, monkeypatch)
    before = succeeded(backups)
    shutil.rmtree(backups.target.data)
    for _ in range(2):
        (problem,) = scheduled(backups, monkeypatch, code=1)
        assert problem["what"] == f"the folder {backups.target.data} is not there"
    assert not backups.target.data.exists()
    told = last_run(backups)
    assert f"backup failed: the folder {backups.target.data} is not there" in told
    assert "(it last succeeded " in told
    assert succeeded(backups) == before
    backups.target.data.mkdir()
    scheduled(backups, monkeypatch)
    assert "failed" not in last_run(backups)
    assert succeeded(backups) > before


def test_before_the_first_one_that_succeeds_no_time_is_told(backups: Backups, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled(backups, monkeypatch, code=1)
    assert "last succeeded" not in last_run(backups)
    assert SUCCEEDED not in of_folder(str(backups.registry.data))


@pytest.mark.parametrize("order", ["", "[]", '{"days": 1}', '{"days": 1, "months": 2, "years": "x"}'])
def test_without_an_order_nothing_is_done(
    backups: Backups, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, order: str
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(order))
    (problem,) = backups("backup", "--scheduled", code=1)
    assert problem["what"] == "for how long backups are kept cannot be read"
    assert not backups.target.data.exists()


def test_its_log_has_the_time_of_each_line(
    backups: Backups, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    backups.target.data.mkdir()
    monkeypatch.setattr("sys.stdin", io.StringIO('{"days": 1, "months": 1, "years": 1}'))
    assert main(["--data", str(backups.registry.data), "backup", "--scheduled", str(backups.target.data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    for line in lines:
        time.strptime(line.split()[0], "%Y-%m-%dT%H:%M:%SZ")
