"""What applying a plan would change, asked of the server without changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from solakube_core.kube import inventory
from solakube_core.kube.adoption import needs_adoption
from solakube_core.kube.api import Api, Immutable, Object
from solakube_core.kube.applying import named
from solakube_core.kube.others import added, managed
from solakube_core.kube.ownership import (
    applied_by_us,
    component_of,
    has_no_record,
    is_leaving,
    leaving,
    outlives,
    predecessors,
)
from solakube_core.kube.preparing import applicable, stale_strategy
from solakube_core.kube.states import without_noise
from solakube_core.kube.texts import difference
from solakube_core.model import Change, Manifest, ObjectRef, Plan


def changes(api: Api, plan: Plan) -> tuple[Change, ...]:
    """Compare what is there with what the plan's objects would make of it."""
    objects = named(api, plan)
    recorded = inventory.load(api, plan.component, plan.backend.namespace)
    surplus = [ref for ref in recorded.refs if ref not in objects]
    live = api.get_many([*objects, *surplus])
    compared = [_compared(api, plan.component, ref, wanted, live.get(ref)) for ref, wanted in objects.items()]
    notes = _notes(api, plan.component, [live[ref] for ref in objects if ref in live])
    told = [replace(change, lines=(*change.lines, *notes.get(change.subject, ()))) for change in compared]
    removed = [Change(str(ref), "remove") for ref in surplus if _is_pruned(live.get(ref), plan.component)]
    return (*told, *removed)


def _notes(api: Api, component: str, objects: Sequence[Object]) -> dict[str, list[str]]:
    """Tell who else has a hand in objects that are there; of those of others, adopting them settles it."""
    notes: dict[str, list[str]] = {}
    for tool, refs in managed(api, objects).items():
        for ref in refs:
            notes.setdefault(str(ref), []).append(f"managed by {tool}, too: {tool.advice}")
    for live in objects:
        for who, paths in added(live).items() if applied_by_us(live, component) else ():
            notes.setdefault(str(ObjectRef.of(live)), []).append(f"also holds fields of {who}: {', '.join(paths)}")
    return notes


def _is_pruned(live: Object | None, component: str) -> bool:
    return live is not None and component_of(live) == component and not outlives(live)


def _compared(api: Api, component: str, ref: ObjectRef, manifest: Manifest, live: Object | None) -> Change:
    if live is not None and is_leaving(live):
        return Change(str(ref), "update", (f"being deleted {leaving(live)}; deploying waits, and makes it anew",))
    wanted = applicable(manifest, component, live)
    if wanted is None:
        return Change(str(ref), "unchanged")
    if live is None:
        return Change(str(ref), "create", difference({}, wanted))
    try:
        result = tried(api, component, wanted, live)
    except Immutable as error:
        if outlives(live):
            raise
        why = error.problems[0].why
        return Change(str(ref), "update", (f"replaced: {why}", *difference(without_noise(live), wanted)))
    lines = difference(without_noise(live), without_noise(result))
    return Change(str(ref), "update" if lines else "unchanged", lines)


def tried(api: Api, component: str, wanted: Manifest, live: Object) -> Object:
    """Return what the object would become; nothing is changed.

    An adoption makes it just what the manifest says, which is what replacing it does.

    Raises:
        Immutable: it cannot become that in place.
    """
    adopted = needs_adoption(live, component) and (predecessors(live) or has_no_record(live))
    if adopted or stale_strategy(wanted, live):
        return api.try_replacing(wanted)
    return api.apply(wanted, dry_run=True)
