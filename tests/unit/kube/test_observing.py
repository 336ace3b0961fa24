"""Objects of kinds that plugins know, in `sk status` and while a deployment waits."""

from __future__ import annotations

import pytest

from solakube_core.engine import Fact
from solakube_core.errors import SolakubeError
from solakube_core.kube.observing import nobody, observed_fact, unobserved
from solakube_core.model import Cause, Manifest, Observation
from solakube_core.testing import thing

PAGE = thing("wiki.example.com/v1", "Page", "start", "wiki")
CLOSED = Observation("closed", "nobody reads it", ready=False, causes=(Cause("fire", "the house is on fire"),))


def failing(live: Manifest) -> Observation:
    raise SolakubeError("plugin wiki failed in observe")


def test_a_status_line_has_the_state_and_the_causes() -> None:
    expected = Fact("Page wiki/start", "closed", "nobody reads it; the house is on fire", healthy=False)
    assert observed_fact(PAGE, lambda _: CLOSED) == expected
    assert observed_fact(PAGE, nobody) is None


def test_a_plugin_that_fails_takes_its_own_line_alone() -> None:
    expected = Fact("Page wiki/start", "unknown", "plugin wiki failed in observe", healthy=False)
    assert observed_fact(PAGE, failing) == expected


@pytest.mark.parametrize(
    ("observation", "lack"),
    [(CLOSED, "nobody reads it"), (Observation("closed", ready=False), "it is closed"), (Observation("open"), "")],
)
def test_what_is_awaited_says_what_it_lacks(observation: Observation, lack: str) -> None:
    assert unobserved(PAGE, lambda _: observation) == lack


def test_what_is_not_there_is_waited_for_and_what_nobody_knows_is_not() -> None:
    assert unobserved(None, nobody) == "it does not exist"
    with pytest.raises(SolakubeError, match="nobody can tell whether Page wiki/start is ready"):
        unobserved(PAGE, nobody)
