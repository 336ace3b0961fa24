"""Whether a plan can be applied to what the cluster holds; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable

from solakube_core.errors import Problem, SolakubeError
from solakube_core.kube.apply.adoption import obstacle
from solakube_core.kube.apply.drafting import draft, settled
from solakube_core.kube.apply.naming import named
from solakube_core.kube.apply.pruning import surplus
from solakube_core.kube.client.api import Api
from solakube_core.kube.client.faults import Unreachable
from solakube_core.kube.holdings import inventory
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.kube.offers.access import denied
from solakube_core.model import Access, ObjectRef, Plan


def obstacles(api: Api, plan: Plan) -> tuple[Problem, ...]:
    """Tell all that stands in the way: others' objects, and what the server would refuse.

    Raises:
        Unreachable: the server does not answer.
    """
    try:
        return tuple(_obstacles(api, plan))
    except Unreachable:
        raise
    except SolakubeError as error:
        return error.problems


def _obstacles(api: Api, plan: Plan) -> list[Problem]:
    objects = named(api, plan)
    live = api.get_many([*objects, Inventory(plan.component, plan.backend.namespace).ref])
    if foreign := [problem for found in live.values() if (problem := obstacle(plan, found))]:
        return foreign
    drafts = draft(api, plan.component, objects, settled(live))
    recorded = inventory.load(api, plan.component, plan.backend.namespace)
    replaced = [entry.ref for entry in drafts if entry.fate == "replace"]
    return _undeletable(api, [*surplus(api, recorded, objects).goes, *replaced])


def _undeletable(api: Api, refs: Iterable[ObjectRef]) -> list[Problem]:
    """Tell what is to be removed and may not be: an earlier plan's objects, and those that must be made anew."""
    needed = {
        Access("delete", ref.group, resource.name, ref.namespace): ref
        for ref in refs
        if (resource := api.resource(ref.api_version, ref.kind))
    }
    return [
        Problem(
            f"{needed[access]} is to be removed, and you may not {access}",
            "it is not wanted any more, or cannot be changed in place",
            "have an administrator grant it by a Role or ClusterRole, or use another context",
        )
        for access in denied(api, needed)
    ]
