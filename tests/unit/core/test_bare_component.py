"""A component without ports, pods, volume, exposure or maintenance, on this machine: deployed, shown and removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.core.installing import Sk, install

BARE = """
@hookimpl
def components():
    return [Component("bare", "Nothing but a name.")]

@hookimpl
def deploy(component):
    return Plan("bare", (), (), Backend("bare")) if component == "bare" else None
"""


@pytest.fixture
def deployed(sk: Sk, tmp_path: Path) -> Iterator[Sk]:
    """`sk` with the component deployed; it is removed after the test."""
    install(tmp_path, "bare", BARE)
    done = sk("deploy", "bare")
    assert (done.code, done.out) == (0, "bare is ready\n"), done.err
    yield sk
    assert sk("undeploy", "bare", "--yes", "--delete-data").code == 0


def test_it_is_ready_and_healthy(deployed: Sk) -> None:
    status = deployed("status", "bare")
    assert status.code == 0
    assert "supervisor" in status.out


def test_deploying_it_again_changes_nothing(deployed: Sk) -> None:
    assert deployed("diff", "bare").out.endswith("unchanged\n")
    assert deployed("deploy", "bare").code == 0
