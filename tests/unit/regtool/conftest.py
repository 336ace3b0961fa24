"""Fixtures of the tests of the maintenance program."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.regtool.backups import backups
from tests.unit.regtool.collecting import metrics_page
from tests.unit.retention.conftest import small_tree

__all__ = ["backups", "idle", "small_tree"]


@pytest.fixture
def idle() -> Iterator[str]:
    """The address of metrics that tell of no request under way."""
    with metrics_page('registry_http_in_flight_requests{handler="blob"} 0') as url:
        yield url
