"""Numbers as people read them."""

from __future__ import annotations

import pytest
from solakube_regtool.wording import counted, size


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (3 << 20, "3.0 MiB"),
        (5 << 50, "5120.0 TiB"),
    ],
)
def test_bytes_have_a_unit_that_suits_them(number: int, text: str) -> None:
    assert size(number) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_a_noun_agrees_with_its_number(number: int, text: str) -> None:
    assert counted(number, "entry", "entries") == text
