from __future__ import annotations

import pytest

from solakube_core.errors import Problem, SolakubeError


def test_one_problem_says_what_why_and_what_to_do_in_that_order() -> None:
    error = SolakubeError("it failed", "the disk is full", "free some space")
    assert str(error) == "it failed\n  why: the disk is full\n  what to do: free some space"


def test_what_is_not_known_is_left_out() -> None:
    assert str(SolakubeError("it failed")) == "it failed"


def test_several_problems_are_numbered_and_none_is_lost() -> None:
    error = SolakubeError.of([Problem("one", "because"), Problem("two")])
    assert str(error) == "2 problems:\n1. one\n     why: because\n2. two"
    assert error.exit_code == 1


def test_an_error_of_no_problems_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        SolakubeError.of([])
