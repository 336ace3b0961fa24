"""Times on the command line."""

from __future__ import annotations

import time

import click
import pytest
from solakube_registry.commands.undelete import undelete


def at(text: str) -> float:
    """Read the option as `undelete` does."""
    (option,) = (param for param in undelete.params if param.name == "at")
    found: float = option.process_value(click.Context(undelete), text)
    return found


def test_a_time_to_the_second_means_all_of_it() -> None:
    for text in ("1970-01-01T00:01:40Z", "1970-01-01T00:01:40", "1970-01-01T01:01:40+01:00"):
        assert 100.999 < at(text) < 101.0
    assert at("1970-01-01T00:01:40.5Z") == 100.5


def test_a_duration_is_so_long_ago() -> None:
    assert at("2h") == pytest.approx(time.time() - 7200, abs=60)


@pytest.mark.parametrize("text", ["yesterday", "", "-2h", "2026-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is no time"):
        at(text)
