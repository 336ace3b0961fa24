"""What every unit test gets, and what none may do."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

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
    "no_program",
    "nothing_of_the_caller",
    "only_loopback",
    "private_home",
    "pytest_collection_finish",
    "pytest_configure",
    "quick_hashes",
]


@pytest.fixture(scope="module", autouse=True)
def no_program() -> Iterator[None]:
    """Refuse to start a program: that takes longer than ten tests, and what comes of it is not this process's alone."""

    def refused(_: subprocess.Popen[Any], arguments: object, *__: Any, **___: Any) -> NoReturn:
        raise AssertionError(f"a unit test starts {arguments}: such a test belongs into tests/processes")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", refused)
        yield
