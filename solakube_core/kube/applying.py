"""Making the cluster hold what a plan says."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from solakube_core.engine import Progress
from solakube_core.errors import SolakubeError
from solakube_core.kube import inventory
from solakube_core.kube.adoption import adopt, needs_adoption, obstacle
from solakube_core.kube.api import Api, Immutable, Object
from solakube_core.kube.inventory import Inventory
from solakube_core.kube.others import managed
from solakube_core.kube.ownership import applied_by_us, component_of, is_leaving, made_by_us, outlives
from solakube_core.kube.preparing import applicable, stale_strategy
from solakube_core.kube.refreshing import refresh
from solakube_core.kube.removing import delete, wait_gone
from solakube_core.kube.states import differ
from solakube_core.model import Manifest, ObjectRef, Plan

TERMINATION_TIMEOUT = 90.0
"""Seconds that an object in the middle of its deletion gets before a deployment gives up on it."""


def named(api: Api, plan: Plan) -> dict[ObjectRef, Manifest]:
    """Return the plan's objects by name, those without a namespace being put into the component's."""
    objects = {}
    for manifest in plan.objects:
        resource = api.resource(manifest["apiVersion"], manifest["kind"])
        if resource is not None and resource.namespaced and not manifest["metadata"].get("namespace"):
            metadata = {**manifest["metadata"], "namespace": plan.backend.namespace}
            manifest = {**manifest, "metadata": metadata}
        objects[ObjectRef.of(manifest)] = manifest
    return objects


def apply(api: Api, plan: Plan, progress: Progress) -> None:
    """Apply a plan's objects in order, then remove what an earlier plan held and this one does not.

    Safe to repeat, and to interrupt at any moment.

    Raises:
        SolakubeError: also where an object belongs to others and the plan may not adopt it; nothing is changed then.
    """
    objects = named(api, plan)
    recorded = inventory.load(api, plan.component, plan.backend.namespace)
    live = api.get_many(objects)
    if foreign := [problem for found in live.values() if (problem := obstacle(plan, found))]:
        raise SolakubeError.of(foreign)
    for tool, refs in managed(api, live.values()).items():
        progress.say(f"note: {', '.join(map(str, refs))}: managed by {tool}, too: {tool.advice}")
    live = _settled(api, live, progress)
    work = _Work(api, plan.component, live, progress)
    # The inventory needs the namespace to be there, and everything else needs the inventory.
    work.apply_all({ref: manifest for ref, manifest in objects.items() if ref.kind == "Namespace"})
    owned = [ref for ref in objects if _is_owned(ref, live)]
    everything = recorded.holding([*owned, *recorded.refs])
    if set(everything.refs) != set(recorded.refs):
        inventory.save(api, everything)
        recorded = everything
    changed = work.apply_all({ref: m for ref, m in objects.items() if ref.kind != "Namespace"})
    remaining = everything.holding([*owned, *_prune(work, everything, objects)])
    if remaining != recorded:
        inventory.save(api, remaining)
    refresh(api, changed, progress)


def _is_owned(ref: ObjectRef, live: Mapping[ObjectRef, Object]) -> bool:
    """Everything in a plan is the component's, but for a namespace that was there before."""
    return ref.kind != "Namespace" or ref not in live or made_by_us(live[ref])


def _settled(api: Api, live: dict[ObjectRef, Object], progress: Progress) -> dict[ObjectRef, Object]:
    """Wait for those objects to go that are being deleted: applying to them would be lost."""
    going = [ref for ref, found in live.items() if is_leaving(found)]
    if not going:
        return live
    _await_end(api, going, progress)
    # With a namespace all goes that was in it.
    return api.get_many(live)


def _await_end(api: Api, going: Sequence[ObjectRef], progress: Progress) -> None:
    left = wait_gone(api, going, progress, time.monotonic() + TERMINATION_TIMEOUT)
    if left:
        raise SolakubeError(
            f"{left[0]} is still being deleted",
            f"its deletion was asked for before, and has not ended within {TERMINATION_TIMEOUT:.0f} s",
            "see what holds it by `kubectl describe`: a claim, for one, is held by the pods that use it",
        )


def _prune(work: _Work, recorded: Inventory, objects: Iterable[ObjectRef]) -> list[ObjectRef]:
    """Remove what is recorded and not wanted; return what of it is kept because it holds data, or others' things."""
    surplus = work.api.get_many(ref for ref in recorded.refs if ref not in set(objects))
    owned = [found for found in surplus.values() if component_of(found) == recorded.component]
    for ref in [ObjectRef.of(found) for found in owned if not outlives(found)]:
        work.progress.now(f"removing {ref}")
        delete(work.api, ref)
        work.progress.say(f"removed {ref}")
    return [ObjectRef.of(found) for found in owned if outlives(found)]


@dataclass(frozen=True)
class _Work:
    """Applies single objects.

    Attributes:
        live: what was there before.
    """

    api: Api
    component: str
    live: Mapping[ObjectRef, Object]
    progress: Progress

    def apply_all(self, objects: Mapping[ObjectRef, Manifest]) -> list[Object]:
        """Apply objects in order and return those that existed and were changed by it."""
        changed = []
        for ref, manifest in objects.items():
            before = self.live.get(ref)
            wanted = applicable(manifest, self.component, before)
            if wanted is None:
                continue
            self.progress.now(f"applying {ref}")
            after = self._apply(ref, wanted)
            if before is None:
                self.progress.say(f"created {ref}")
            elif differ(before, after):
                self.progress.say(f"updated {ref}")
                changed.append(after)
        return changed

    def _apply(self, ref: ObjectRef, wanted: Manifest) -> Object:
        live = self.live.get(ref)
        if live is not None:
            self._make_way(live, wanted)
        try:
            return self.api.apply(wanted)
        except Immutable:
            if not self._replaceable(ref):
                raise
            return self._recreate(ref, wanted)

    def _replaceable(self, ref: ObjectRef) -> bool:
        """Tell whether an object may be deleted to be made anew: it holds no data, and is nobody else's."""
        live = self.live.get(ref)
        return live is None or (applied_by_us(live, self.component) and not outlives(live))

    def _make_way(self, live: Object, wanted: Manifest) -> None:
        """Take over what others made, and clear what would be in the way of applying."""
        ref = ObjectRef.of(live)
        if needs_adoption(live, self.component):
            managers = adopt(self.api, live)
            self.progress.say(f"took over {ref}" + (f" from {', '.join(managers)}" if managers else ""))
        if patch := stale_strategy(wanted, live):
            self.api.merge(ref, patch)

    def _recreate(self, ref: ObjectRef, wanted: Manifest) -> Object:
        """Replace an object that holds no data, since a field of it cannot be changed in place."""
        self.progress.say(f"replacing {ref}: a field of it cannot be changed in place")
        self.api.delete(ref, "Foreground")
        _await_end(self.api, [ref], self.progress)
        return self.api.apply(wanted)
