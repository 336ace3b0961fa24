from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solakube_core.quantity import parse_quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10Gi", 10 * 1024**3),
        ("1Ki", 1024),
        ("0.5Mi", 512 * 1024),
        ("10G", 10**10),
        ("100m", Decimal("0.1")),
        ("5", 5),
        ("1e3", 1000),
        ("1E", 10**18),
        (".5", Decimal("0.5")),
        ("-1", -1),
    ],
)
def test_values(text: str, value: Decimal | int) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize("text", ["", "10GB", "Gi", "10 Gi", "ten", "10gi", "1.2.3", "1e", "0x10"])
def test_what_is_no_quantity(text: str) -> None:
    with pytest.raises(ValueError, match="not a Kubernetes quantity"):
        parse_quantity(text)


@given(st.integers(1, 10**6), st.sampled_from("KMGTPE"))
def test_a_binary_unit_is_more_than_its_decimal_namesake(number: int, unit: str) -> None:
    decimal = unit.replace("K", "k")
    assert parse_quantity(f"{number}{unit}i") > parse_quantity(f"{number}{decimal}")
