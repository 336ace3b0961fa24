"""Whether a plan can be applied to what the cluster holds; nothing is changed."""

from __future__ import annotations

from solakube_core.errors import Problem
from solakube_core.kube.adoption import needs_adoption, obstacle
from solakube_core.kube.api import Api, Immutable, Object, parallel
from solakube_core.kube.applying import named
from solakube_core.kube.comparing import tried
from solakube_core.kube.inventory import Inventory
from solakube_core.kube.preparing import applicable
from solakube_core.model import Manifest, ObjectRef, Plan


def obstacles(api: Api, plan: Plan) -> tuple[Problem, ...]:
    """Tell which live objects stand in the way: others', and those that could not become the plan's in place."""
    objects = named(api, plan)
    live = api.get_many([*objects, Inventory(plan.component, plan.backend.namespace).ref])
    foreign = tuple(problem for found in live.values() if (problem := obstacle(plan, found)))
    if foreign:
        return foreign
    pairs = [(objects[ref], found) for ref, found in live.items() if ref in objects]
    adopted = [pair for pair in pairs if needs_adoption(pair[1], plan.component)]
    return tuple(filter(None, parallel(lambda pair: _unchangeable(api, plan.component, *pair), adopted)))


def _unchangeable(api: Api, component: str, manifest: Manifest, live: Object) -> Problem | None:
    wanted = applicable(manifest, component, live)
    try:
        if wanted is not None:
            tried(api, component, wanted, live)
    except Immutable as error:
        return Problem(
            f"{ObjectRef.of(live)} cannot become {component}'s",
            error.problems[0].why,
            "sk deletes nothing that others made: remove it yourself if nobody needs it, and run this again",
        )
    return None
