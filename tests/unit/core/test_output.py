"""Results as tables, JSON, YAML and names."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from solakube_core.cli import main, plain_yaml, table
from solakube_core.cli.output import FORMATS, Listing, show
from solakube_core.cli.table import Column

LONG = "team/" + "a-very-long-name/" * 8 + "app"
COLUMNS = (
    Column("name"),
    Column("digest", brief=lambda value: str(value)[:10], goes=1),
    Column("size", goes=2),
    Column("meaning", goes=3, wraps=True),
)
ITEMS = ({"name": LONG, "digest": "sha256:" + "0" * 64, "size": 12, "meaning": "some words " * 12},)


@pytest.mark.parametrize("width", [None, 1, 20, 40, 80, 200, 400])
def test_a_name_is_never_cut(width: int | None) -> None:
    assert LONG in "\n".join(table.lines(ITEMS, COLUMNS, width))


def test_on_a_pipe_nothing_is_cut() -> None:
    heading, row = table.lines(ITEMS, COLUMNS, None)
    assert heading.split() == ["NAME", "DIGEST", "SIZE", "MEANING"]
    assert row.split()[:3] == [LONG, "sha256:" + "0" * 64, "12"]
    assert row.endswith("some words")


@pytest.mark.parametrize(
    ("room", "shown"),
    [
        (0, ["NAME"]),
        (26, ["NAME", "MEANING"]),
        (32, ["NAME", "SIZE", "MEANING"]),
        (44, ["NAME", "DIGEST", "SIZE", "MEANING"]),
    ],
)
def test_on_a_narrow_terminal_columns_give_way_in_their_order(room: int, shown: list[str]) -> None:
    width = len(LONG) + room
    first, *rest = table.lines(ITEMS, COLUMNS, width)
    assert first.split() == shown
    assert all(len(line) <= width for line in rest)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), ("", "-"), ([], "-"), (0, "0"), (["a", "b"], "a b"), ("a\nb\x1b[2J\udcff", r"a\nb\x1b[2J\udcff")],
)
def test_a_cell_is_one_line_without_commands(value: object, shown: str) -> None:
    assert table.plain(value) == shown


@pytest.mark.parametrize(
    "value",
    [
        {
            "items": [{"name": "app", "tags": 3, "at": None, "list": ["a", 1.5, True]}, {}],
            "none": [],
            "total": {"n": 1},
        },
        [[["a"], []], {"a": {"b": {"c": "d"}}}],
        ["1.3", "1e3", "0x1f", "null", "Yes", "n", "~", "", " ", "a: b", "- a", "#", "a #b", "2026-11-25", "a'\"\\"],
        [
            "ö",
            "\U0001f600",
            "\n",
            "\t",
            "\x1b",
            "a b",
            "a  b",
            "sha256:00",
            "host:5000/app",
            "%x",
            "@",
            "`",
            "a-",
            "é: ",
        ],
        "text",
    ],
)
def test_yaml_reads_as_what_was_printed_and_is_ascii(value: Any) -> None:
    text = plain_yaml.dumped(value)
    assert text.isascii()
    assert YAML(typ="safe", pure=True).load(text) == value


LISTING = Listing(
    [{"name": "app", "tags": 2}], lambda row: str(row["name"]), (Column("name"), Column("tags")), {"repositories": 1}
)


@pytest.mark.parametrize(
    ("output", "printed"),
    [("table", "NAME  TAGS\napp   2\n"), ("name", "app\n"), ("auto", "app\n")],
)
def test_a_table_and_names(capsys: pytest.CaptureFixture[str], output: str, printed: str) -> None:
    show(LISTING, output)
    assert capsys.readouterr().out == printed


def test_items_and_total_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    document = {"items": [{"name": "app", "tags": 2}], "total": {"repositories": 1}}
    show(LISTING, "json")
    assert json.loads(capsys.readouterr().out) == document
    show(LISTING, "yaml")
    assert YAML(typ="safe", pure=True).load(capsys.readouterr().out) == document


PRINTING = (["config"], ["plugins"], ["status", "registry"])


@pytest.mark.parametrize("command", PRINTING)
@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_every_format_prints_in_every_encoding(
    command: list[str], output: str, encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"REGISTRY_IMAGE": "ö\u2026\U0001f600", "COLUMNS": "40"}.items():
        monkeypatch.setenv(name, value)
    # As Python opens them in a locale of this encoding.
    with (tmp_path / "out").open("w", encoding=encoding) as out, io.BytesIO() as errors:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "__stdout__", out)
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(errors, encoding, "backslashreplace"))
        main.run([*command, "-o", output])
        sys.stdout.flush()
        sys.stderr.flush()
        told = errors.getvalue()
        monkeypatch.undo()
    # Where nothing is deployed, nothing has a name.
    assert (tmp_path / "out").read_bytes() or (command[0], output) == ("status", "name")
    assert b"internal error" not in told
    assert b"Traceback" not in told
