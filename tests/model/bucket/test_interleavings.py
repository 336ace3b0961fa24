"""Many random interleavings of clients and the collector, on a model of registries that share a bucket."""

from __future__ import annotations

import functools
import os

import pytest
from solakube_regtool.objects.collector import ObjectCollector

from tests.model.bucket.faults import FAULTS
from tests.model.bucket.interleaving import Interleaving
from tests.model.many import failures

COUNT = int(os.environ.get("SOLAKUBE_BUCKET_INTERLEAVINGS", "10000"))
ENOUGH = 5_000
"""Interleavings within which a fault shows; most show within some hundred."""

# They yield to the end-to-end tests.
pytestmark = pytest.mark.timeout(7200)


def run(new_collector: type[ObjectCollector], seed: int) -> None:
    """Run one. Python's own seed orders what the collector has in sets."""
    try:
        Interleaving(seed, new_collector).run()
    except AssertionError as failure:
        hashes = os.environ.get("PYTHONHASHSEED", "random")
        again = f"PYTHONHASHSEED={hashes} python -m tests.model.bucket {seed}"
        again += f" {new_collector.__name__}" if new_collector is not ObjectCollector else ""
        raise AssertionError(f"{failure}; to see it again: {again}") from failure


def test_no_image_is_lost_and_no_push_refused() -> None:
    assert list(failures(functools.partial(run, ObjectCollector), COUNT)) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_model_notices_a_collector_that_leaves_out_a_look(fault: type[ObjectCollector]) -> None:
    assert next(failures(functools.partial(run, fault), ENOUGH), "") != ""
