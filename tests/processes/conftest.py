"""What every test of programs that run as processes of their own gets."""

from __future__ import annotations

from tests.isolation import (
    homes,
    nothing_of_the_caller,
    only_loopback,
    private_home,
    pytest_collection_finish,
    pytest_configure,
    quick_hashes,
)

__all__ = [
    "homes",
    "nothing_of_the_caller",
    "only_loopback",
    "private_home",
    "pytest_collection_finish",
    "pytest_configure",
    "quick_hashes",
]
