"""Objects of kinds that plugins know, in `sk status` and while a deployment waits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from solakube_core.engine import Fact
from solakube_core.errors import SolakubeError
from solakube_core.kube import connect
from solakube_core.kube.health.observing import nobody, observed_fact, unobserved
from solakube_core.model import Await, Cause, Manifest, ObjectRef, Observation
from solakube_core.testing import thing
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer, kubeconfig
from tests.unit.kube.conftest import Clock

CONFIG = ObjectRef("v1", "ConfigMap", "page", "web")
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


Wait = Callable[[Observation | None], None]


@pytest.fixture
def wait(server: ApiServer, clock: Clock, progress: Heard, tmp_path: Path) -> Wait:
    """Wait for an object of a real HTTP server, of which a plugin says so."""

    def run(observation: Observation | None) -> None:
        server.objects["/api/v1/namespaces/web/configmaps/page"] = dict(thing("v1", "ConfigMap", "page", "web"))
        config = kubeconfig(tmp_path / "kubeconfig", server.url)
        engine = connect(config, None, observe=lambda _live, _site: observation)
        engine.wait(samples.plan("web", awaits=(Await(CONFIG, "observed"),)), progress, 30)

    return run


def test_a_deployment_goes_on_once_the_plugin_says_so(wait: Wait) -> None:
    wait(Observation("open"))


def test_a_deployment_that_fails_tells_what_the_plugin_knows(wait: Wait, clock: Clock) -> None:
    hopeless = Cause("fire", "the house is on fire", patience=5)
    with pytest.raises(SolakubeError) as failure:
        wait(Observation("closed", "nobody reads it", ready=False, causes=(hopeless,)))
    (problem,) = failure.value.problems
    assert (problem.what, problem.why) == (
        "ConfigMap web/page is not ready: nobody reads it",
        "the house is on fire",
    )
    assert sum(clock.slept) < 30
