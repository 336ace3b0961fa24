"""How often the API server is asked: what was told once is not asked again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.model import Address, Plan, Probe
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer, refusal

WEB = "/api/v1/namespaces/web"
PLAN = samples.plan("web", samples.config_map("web"), samples.service("web"), samples.deployment("web"))


PROMISING = replace(PLAN, probes=(Probe("/", 200, "it answers", "me", "secret"),))


def deploy(engine: KubernetesEngine, progress: Heard, plan: Plan = PLAN) -> bool:
    assert engine.obstacles(plan) == ()
    return engine.apply(plan, progress)


def test_what_was_checked_is_not_asked_again_by_applying_it(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    server.objects[WEB] = samples.namespace_object("web")
    deploy(engine, progress)
    server.seen.clear()
    deploy(engine, progress)
    assert progress.said[-1] == "nothing to change"
    asked = Counter(server.seen)
    assert {path: times for path, times in asked.items() if times > 1} == {}
    objects = (f"{WEB}/configmaps/page", f"{WEB}/services/web", "/apis/apps/v1/namespaces/web/deployments/web")
    assert set(asked) == {
        *(("GET", path) for path in (WEB, *objects, f"{WEB}/configmaps/solakube-web")),
        *(("PATCH", path) for path in objects),
    }


def test_a_check_does_not_hold_for_what_was_done_after_it(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    server.objects[WEB] = samples.namespace_object("web")
    deploy(engine, progress)
    other = samples.plan("web", samples.config_map("web", text="other"), samples.service("web"))
    assert engine.obstacles(PLAN) == ()
    engine.apply(other, progress)
    engine.apply(PLAN, progress)
    assert server.objects[f"{WEB}/configmaps/page"]["data"] == samples.config_map("web")["data"]
    assert "/apis/apps/v1/namespaces/web/deployments/web" in server.objects


def test_what_a_component_was_seen_to_do_holds_until_it_or_its_promise_changes(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    server.objects[WEB] = samples.namespace_object("web")
    assert not deploy(engine, progress, PROMISING)
    assert not deploy(engine, progress, PROMISING), "nobody has looked yet"
    engine.prove(PROMISING)
    assert deploy(engine, progress, PROMISING)
    assert "secret" not in str(server.objects[f"{WEB}/configmaps/solakube-web"])
    elsewhere = replace(PROMISING, address=Address("https://web.example.com"))
    assert not deploy(engine, progress, elsewhere)
    changed = samples.plan("web", samples.config_map("web", text="other"), samples.service("web"))
    deploy(engine, progress, replace(changed, probes=PROMISING.probes))
    assert not deploy(engine, progress, PROMISING)
    assert not deploy(engine, progress, PROMISING)


def test_a_change_that_is_interrupted_strikes_out_what_was_seen_before(
    engine: KubernetesEngine, server: ApiServer, progress: Heard
) -> None:
    server.objects[WEB] = samples.namespace_object("web")
    deploy(engine, progress, PROMISING)
    engine.prove(PROMISING)
    page = samples.config_map("web", text="other")
    changed = replace(samples.plan("web", page, *PLAN.objects[2:]), probes=PROMISING.probes)
    assert engine.obstacles(changed) == ()
    server.faults[f"{WEB}/services"] = refusal(403, "not now", "Forbidden", method="PATCH")
    server.faults[f"{WEB}/configmaps/page"] = refusal(403, "not now", "Forbidden", method="PATCH")
    with pytest.raises(SolakubeError, match="not now"):
        engine.apply(changed, progress)
    server.faults.clear()
    assert not deploy(engine, progress, PROMISING)
