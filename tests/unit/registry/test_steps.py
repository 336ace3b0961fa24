"""What a command does step by step, for people and for programs."""

from __future__ import annotations

import json

import pytest
from solakube_registry.commands.steps import Steps

from solakube_core.errors import SolakubeError

Output = pytest.CaptureFixture[str]


def take_two(output: str, fails: bool = False) -> None:
    with Steps(output, lambda step: str(step["name"]), registry="r.test") as steps:
        steps.take({"name": "first"}, "the first is done")
        if fails:
            raise SolakubeError("the second cannot be done")
        steps.take({"name": "second"}, "the second is done")


def test_people_get_each_line_when_it_is_true(capsys: Output) -> None:
    with pytest.raises(SolakubeError):
        take_two("table", fails=True)
    assert capsys.readouterr().out == "the first is done\n"


def test_programs_get_all_in_one_piece(capsys: Output) -> None:
    take_two("json")
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {"registry": "r.test", "items": [{"name": "first"}, {"name": "second"}]}
    assert printed.err == "the first is done\nthe second is done\n"
    take_two("name")
    assert capsys.readouterr().out == "first\nsecond\n"


def test_of_what_failed_no_result_is_printed_and_what_was_done_is_told(capsys: Output) -> None:
    with pytest.raises(SolakubeError):
        take_two("json", fails=True)
    assert capsys.readouterr() == ("", "the first is done\n")
