"""How results are printed: `-o table|json|yaml|name`, of every command in the same way."""

from __future__ import annotations

import functools
import json
import shutil
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import click

from solakube_core.cli import table
from solakube_core.cli.streams import echo_exactly
from solakube_core.cli.table import Column
from solakube_core.errors import SolakubeError

TABLE, JSON, YAML, NAME, AUTO = "table", "json", "yaml", "name", "auto"
"""How a result is printed; "auto" is a table on a terminal, and a line for each item elsewhere."""
FORMATS = (TABLE, JSON, YAML, NAME)


class _Format(click.Choice[str]):
    """One of `FORMATS`, or a word that used to mean one."""

    def __init__(self) -> None:
        super().__init__(FORMATS)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take the old words, too."""
        return value if value == AUTO else super().convert(NAME if value == "names" else value, param, ctx)


def output_option(default: str = TABLE) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the option -o, as its argument `output`.

    What it fails with is told in the chosen format, too, as a map with "error": a program reads one stream.

    Args:
        default: one of `FORMATS`; "auto" is a table on a terminal, and a line for each item elsewhere.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option("-o", "--output", type=_Format(), default=default, help="How to print the result.")
        @click.option("--json", "as_json", is_flag=True, hidden=True)
        @functools.wraps(command)
        def run(*arguments: Any, output: str, as_json: bool, **options: Any) -> Any:
            chosen = JSON if as_json else output
            try:
                return command(*arguments, output=chosen, **options)
            except SolakubeError as error:
                if chosen in (JSON, YAML):
                    _show_in(chosen, {"error": {"problems": [asdict(problem) for problem in error.problems]}})
                raise

        return run

    return decorate


def on_terminal() -> bool:
    """Tell whether somebody watches what is printed."""
    return sys.stdout is not None and sys.stdout.isatty()


@dataclass(frozen=True)
class Listing:
    """A result of several things.

    Attributes:
        items: one map for each, with values that JSON has; times are texts by RFC 3339.
        name: makes the name of an item.
        columns: of the table; none where `below` says it all.
        total: figures of all items together.
        around: what else there is to say of them, in JSON and YAML beside the items.
        below: lines that follow the table.
        line: makes the line of an item for "auto" elsewhere than on a terminal; None for its name.
    """

    items: Sequence[Mapping[str, Any]]
    name: Callable[[Mapping[str, Any]], str]
    columns: Sequence[Column] = ()
    total: Mapping[str, Any] = field(default_factory=dict)
    around: Mapping[str, Any] = field(default_factory=dict)
    below: Iterable[str] = ()
    line: Callable[[Mapping[str, Any]], str] | None = None


def show(listing: Listing, output: str) -> None:
    """Print a result.

    Args:
        listing: the result.
        output: one of `FORMATS`, or "auto".
    """
    if output == TABLE or (output == AUTO and on_terminal()):
        _write([*_table(listing), *listing.below])
    elif output == AUTO:
        _write(map(listing.line or listing.name, listing.items))
    elif output == NAME:
        _write(map(listing.name, listing.items))
    else:
        document = {**listing.around, "items": list(listing.items)}
        _show_in(output, {**document, **({"total": listing.total} if listing.total else {})})


def show_document(document: Mapping[str, Any], output: str, *, name: str, text: str) -> None:
    """Print a result that is one thing.

    Args:
        document: it as a map, with values that JSON has.
        output: one of `FORMATS`.
        name: what it is called.
        text: it for people, or for whatever reads it unaltered.

    Raises:
        SolakubeError: the encoding of standard output has not all characters of the text.
    """
    if output in (JSON, YAML):
        _show_in(output, document)
    elif output == NAME:
        click.echo(name)
    else:
        echo_exactly(text.rstrip("\n") + "\n")


def _show_in(output: str, document: Mapping[str, Any]) -> None:
    if output == YAML:
        from solakube_core.cli.plain_yaml import dumped

        click.echo(dumped(document), nl=False)
    else:
        click.echo(json.dumps(document, indent=2))


def _table(listing: Listing) -> Iterable[str]:
    if not listing.items or not listing.columns:
        return ()
    return table.lines(listing.items, listing.columns, terminal_width())


def terminal_width() -> int | None:
    """Return the columns of the terminal that is printed to; None where it is none, or nobody knows."""
    return (shutil.get_terminal_size((0, 0)).columns or None) if on_terminal() else None


def _write(lines: Iterable[str]) -> None:
    text = "\n".join(lines)
    if text:
        click.echo(text)
