"""Taking over an object that others made, so that it becomes just what the plan says."""

from __future__ import annotations

from typing import Any

from solakube_core.errors import Problem
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.faults import Conflict
from solakube_core.kube.objects.ownership import (
    applied_by_us,
    component_of,
    has_no_record,
    is_leaving,
    makers,
    predecessors,
    taken_over,
)
from solakube_core.model import ObjectRef, Plan

_TRIES = 5


def needs_adoption(live: Object, component: str) -> bool:
    """Tell whether a live object is others' so far: also where it only bears our labels, as one that was rendered."""
    return not applied_by_us(live, component)


def obstacle(plan: Plan, live: Object) -> Problem | None:
    """Tell why a live object of a name in the plan is not to be touched; None where it is ours or may become so."""
    owner, ref = component_of(live), ObjectRef.of(live)
    if owner == plan.component or live["kind"] == "Namespace" or is_leaving(live):
        return None
    if owner:
        return Problem(
            f"{ref} cannot be used for {plan.component}",
            f"it belongs to the component {owner}",
            "give one of them another name or namespace",
        )
    if any(adoptable.covers(live) for adoptable in plan.adopts):
        return None
    return Problem(
        f"{ref} is there already, and is not {plan.component}'s",
        f"others made it ({', '.join(makers(live)) or 'it does not say who'})",
        f"rename or remove it, or give {plan.component} another name; if it is meant to become {plan.component}'s: "
        f"sk deploy {plan.component} --take-over",
    )


def adopt(api: Api, live: Object) -> tuple[str, ...]:
    """Make all fields of a live object ours and return the names of those who owned them.

    Safe to repeat: the object counts as adopted only once it carries our labels.
    """
    for _ in range(_TRIES):
        try:
            return _take_over(api, live)
        except Conflict:
            # A controller was at work on it, as one is on every object that was just made.
            live = api.get(ObjectRef.of(live)) or live
    return _take_over(api, live)


def _take_over(api: Api, live: Object) -> tuple[str, ...]:
    if has_no_record(live):
        live = _with_record(api, live)
    managers = predecessors(live)
    if managers:
        api.edit(ObjectRef.of(live), _handover(live))
    return managers


def _with_record(api: Api, live: Object) -> Object:
    """Apply nothing: the server then puts all fields that nobody owns under the manager before-first-apply."""
    metadata = {key: live["metadata"][key] for key in ("name", "namespace") if key in live["metadata"]}
    return api.apply({"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": metadata})


def _handover(live: Object) -> list[dict[str, Any]]:
    """Return the patch; it fails when somebody changed the object in between."""
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": taken_over(live)},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
    ]
