"""An object that was made from a version of the live one is not applied over a later one."""

from __future__ import annotations

from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.model import Plan
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer

WEB = "/api/v1/namespaces/web"
SECRET = f"{WEB}/secrets/password"


def plan(text: str, version: str = "") -> Plan:
    made = samples.secret("web", text)
    made["metadata"] |= {"resourceVersion": version} if version else {}
    return samples.plan("web", made)


@pytest.fixture
def live(server: ApiServer, engine: KubernetesEngine, progress: Heard) -> dict[str, Any]:
    """A Secret that an earlier deployment made."""
    server.objects[WEB] = samples.namespace_object("web")
    engine.apply(plan("first"), progress)
    return server.objects[SECRET]


def version(live: dict[str, Any]) -> str:
    return str(live["metadata"]["resourceVersion"])


def test_it_is_applied_over_just_that_version(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, live: dict[str, Any]
) -> None:
    wanted = plan("second", version(live))
    assert engine.obstacles(wanted) == ()
    engine.apply(wanted, progress)
    assert server.objects[SECRET]["data"] != live["data"]


def test_where_somebody_changed_it_before_it_is_checked_that_is_an_obstacle(
    engine: KubernetesEngine, server: ApiServer, live: dict[str, Any]
) -> None:
    stale = plan("second", version(live))
    engine.put([samples.secret("web", "somebody else's")], "web")
    (problem,) = engine.obstacles(stale)
    assert "password" in problem.what
    assert problem.why == "somebody changed it meanwhile"
    assert "again" in problem.remedy


def test_where_somebody_changes_it_after_that_it_is_refused_and_stays_his(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, live: dict[str, Any]
) -> None:
    checked = plan("second", version(live))
    assert engine.obstacles(checked) == ()
    server.objects[SECRET] = his = {**live, "metadata": {**live["metadata"], "resourceVersion": "77"}}
    with pytest.raises(SolakubeError, match="cannot apply Secret"):
        engine.apply(checked, progress)
    assert server.objects[SECRET] == his


def test_what_is_gone_by_now_is_made_anew(
    engine: KubernetesEngine, server: ApiServer, progress: Heard, live: dict[str, Any]
) -> None:
    del server.objects[SECRET]
    engine.apply(plan("second", version(live)), progress)
    assert SECRET in server.objects


def test_what_is_rendered_can_be_applied_at_any_time(engine: KubernetesEngine, live: dict[str, Any]) -> None:
    assert "resourceVersion" not in engine.render(plan("second", version(live)), show_secrets=True)
