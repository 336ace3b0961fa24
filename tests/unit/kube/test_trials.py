"""What asks by a method that writes, and changes nothing: it is repeated like what only reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.kube.client.retrying import PASSING, RETRY_PERIOD
from solakube_core.model import Access
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer, Fault
from tests.unit.kube.conftest import Clock

WEB = "/api/v1/namespaces/web"
PAGE = samples.plan("web", samples.config_map("web"))
SERVICE = samples.plan("web", samples.service("web"))


@dataclass(frozen=True)
class Trial:
    """A question, and how it is sent."""

    ask: Callable[[KubernetesEngine], object]
    method: str
    path: str


TRIALS = {
    "whether one may": Trial(
        lambda engine: engine.site.denied([Access("get", "", "secrets", "web")]),
        "POST",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    ),
    "a new object": Trial(lambda engine: engine.changes(PAGE), "PATCH", f"{WEB}/configmaps/page"),
    "one in a new namespace": Trial(
        lambda engine: engine.changes(samples.plan("new", samples.config_map("new"))),
        "POST",
        "/api/v1/namespaces/default/configmaps",
    ),
    "one without a record of its fields": Trial(lambda engine: engine.changes(SERVICE), "PUT", f"{WEB}/services/web"),
}

trials = pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)


@pytest.fixture(autouse=True)
def inhabited(server: ApiServer) -> None:
    server.objects[WEB] = samples.namespace_object("web")
    server.objects[f"{WEB}/services/web"] = samples.service("web")


@trials
@pytest.mark.parametrize("status", sorted(PASSING))
def test_it_is_repeated_until_the_server_is_ready(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, trial: Trial, status: int
) -> None:
    before = dict(server.objects)
    server.faults[trial.path] = Fault(status, times=3, method=trial.method)
    trial.ask(engine)
    assert server.faults[trial.path].times == 0
    assert (trial.method, trial.path) in server.seen
    assert 0 < sum(clock.slept) < 3
    assert server.objects == before


@trials
def test_repeating_ends(engine: KubernetesEngine, server: ApiServer, clock: Clock, trial: Trial) -> None:
    server.faults[trial.path] = Fault(503, method=trial.method)
    with pytest.raises(SolakubeError, match="answered 503"):
        trial.ask(engine)
    assert sum(clock.slept) == RETRY_PERIOD


@trials
def test_it_outlives_a_connection_that_breaks(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, trial: Trial
) -> None:
    server.broken = trial.method
    with pytest.raises(SolakubeError, match="broke: "):
        trial.ask(engine)
    assert server.seen.count((trial.method, trial.path)) == 3


def test_what_is_done_after_it_is_not_repeated(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    assert engine.obstacles(PAGE) == ()
    inventory = f"{WEB}/configmaps/solakube-web"
    server.faults[inventory] = Fault(503, method="PATCH")
    with pytest.raises(SolakubeError, match="answered 503"):
        engine.apply(PAGE, progress)
    assert server.seen.count(("PATCH", inventory)) == 1
    assert clock.slept == []
