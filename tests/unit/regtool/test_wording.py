"""Numbers as people read them: the maintenance program, which imports nothing of ours, says them as `sk` does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solakube_regtool import wording as beside

from solakube_core import wording


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (1, "1 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (3 << 20, "3.0 MiB"), (5 << 50, "5120.0 TiB")],
)
def test_bytes_have_a_unit_that_suits_them(number: int, text: str) -> None:
    assert beside.size(number) == text


@given(st.integers(0, 1 << 60))
def test_both_say_bytes_alike(number: int) -> None:
    assert beside.size(number) == wording.size(number)


@pytest.mark.parametrize(("number", "text"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_a_noun_agrees_with_its_number(number: int, text: str) -> None:
    assert beside.counted(number, "entry", "entries") == text == wording.counted(number, "entry", "entries")
