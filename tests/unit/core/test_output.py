"""Results as tables, JSON, YAML and names."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from ruamel.yaml import YAML

from solakube_core import __version__
from solakube_core.cli import main, plain_yaml, table
from solakube_core.cli.main import root, run
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


WITHOUT = {
    "logs": "what a program wrote is its own text, as kubectl logs has it",
    "help": "help is read by people",
    "completion": "a shell evaluates it",
}
"""Commands that print, and why not in formats."""


def commands(command: click.Command, context: click.Context, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield name, command
        return
    for word in command.list_commands(context):
        found = command.get_command(context, word)
        assert found is not None
        yield from commands(found, click.Context(found, context, word), f"{name} {word}".strip())


def test_every_command_prints_in_every_format() -> None:
    found = dict(commands(root, click.Context(root)))
    assert len(found) > 20
    lacking = [name for name, command in found.items() if not any("--output" in param.opts for param in command.params)]
    assert sorted(lacking) == sorted(WITHOUT)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["registry", "ca"], "there is no certificate authority to trust"),
        (["registry", "grant", "shop"], "there is no private registry"),
        (["registry", "list"], "registry is not deployed on this machine"),
        (["registry", "verify"], "registry is not deployed on this machine"),
        (["registry", "forward"], "registry is not deployed on this machine"),
    ],
)
@pytest.mark.parametrize("output", ["json", "yaml"])
def test_an_error_is_told_in_the_format_too(
    capsys: pytest.CaptureFixture[str], arguments: list[str], what: str, output: str
) -> None:
    assert run([*arguments, "-o", output]) == 1
    printed = capsys.readouterr()
    document = json.loads(printed.out) if output == "json" else YAML(typ="safe", pure=True).load(printed.out)
    (problem,) = document["error"]["problems"]
    assert problem["what"].startswith(what)
    assert set(problem) == {"what", "why", "remedy"}
    assert f"error: {problem['what']}" in printed.err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["version"], {"version": __version__}),
        (["registry", "check"], {"items": []}),
        (["storage", "explain", "registry"], {"items": []}),
        (["undeploy", "registry"], {"items": []}),
        (["registry", "backup-config"], {"items": []}),
    ],
)
def test_where_there_is_nothing_to_list_that_is_told_in_the_format(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: dict[str, Any]
) -> None:
    run([*arguments, "-o", "json"])
    document = json.loads(capsys.readouterr().out)
    assert {key: document.get(key) for key in expected} == expected
