"""What the last maintenance did is remembered beside the data."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from solakube_regtool.cli import main


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    return code, capsys.readouterr().out


def test_before_the_first_run_there_is_nothing_to_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--data", str(tmp_path), "--json", "last-run") == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_the_last_note_is_told_with_its_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for note in ("freed 1 byte", "freed 2 bytes"):
        assert said(capsys, "--data", str(tmp_path), "last-run", "--note", note) == (0, "")
    code, out = said(capsys, "--data", str(tmp_path), "--json", "last-run")
    record = json.loads(out)
    assert (code, record["type"]) == (0, "last-run")
    assert record["summary"].endswith(" UTC: garbage-collect: freed 2 bytes")
    assert record["finished"] > 0


def test_a_note_that_cannot_be_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--data", str(tmp_path), "last-run", "--note", "done")
    (file,) = tmp_path.rglob("last-run-*.json")
    file.write_text("{half")
    code, out = said(capsys, "--data", str(tmp_path), "--json", "last-run")
    assert code == 1
    assert json.loads(out)["what"] == "the result of the last run cannot be read"


def test_a_log_has_the_time_of_each_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO('{"rules": [{"keep_last": "x"}], "grace": "1h"}'))
    assert main(["--data", str(tmp_path), "maintain", "--dated"]) == 1
    told = capsys.readouterr()
    assert told.out
    assert told.err
    for line in (told.out + told.err).splitlines():
        assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ |  ", line)
