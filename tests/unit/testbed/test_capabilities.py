"""Which capabilities are asked of runc on a machine that lacks some."""

from __future__ import annotations

import pytest

from tests.e2e.testbed import capabilities

STATUS = "Name:\tcat\nCapEff:\t0000000000000000\nCapBnd:\t000001fffeffffff\nSeccomp:\t0\n"
LAST = 40


def test_the_missing_ones_are_those_whose_bit_is_not_set() -> None:
    assert capabilities.missing(capabilities.bounding_set(STATUS), LAST) == {"CAP_SYS_RESOURCE"}


def test_a_capability_that_the_kernel_does_not_know_is_not_missing() -> None:
    assert capabilities.missing((1 << 38) - 1, 37) == frozenset()


def test_a_status_without_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="CapBnd"):
        capabilities.bounding_set("Name:\tcat\n")


def test_all_sets_of_a_process_are_lessened() -> None:
    asked = {"bounding": ["CAP_SYS_RESOURCE", "CAP_KILL"], "ambient": ["CAP_SYS_RESOURCE"], "effective": []}
    lessened = capabilities.without({"args": ["sh"], "capabilities": asked}, frozenset({"CAP_SYS_RESOURCE"}))
    assert lessened == {"args": ["sh"], "capabilities": {"bounding": ["CAP_KILL"], "ambient": [], "effective": []}}


def test_a_process_without_capabilities_stays_as_it_is() -> None:
    assert capabilities.without({"args": ["sh"]}, frozenset({"CAP_KILL"})) == {"args": ["sh"]}


@pytest.mark.parametrize("words", [["create", "--bundle", "/b", "id"], ["create", "-b", "/b"], ["run", "--bundle=/b"]])
def test_an_option_is_found_in_each_spelling(words: list[str]) -> None:
    assert capabilities.option(words, "--bundle", "-b") == "/b"
