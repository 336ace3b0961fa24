"""Making the cluster hold what a plan says."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from solakube_core.engine import Progress
from solakube_core.errors import SolakubeError
from solakube_core.kube.apply.adoption import adopt, needs_adoption
from solakube_core.kube.apply.definitions import DEFINITION, await_known
from solakube_core.kube.apply.drafting import Draft
from solakube_core.kube.apply.preparing import is_owned, stale_strategy
from solakube_core.kube.apply.proving import is_proven
from solakube_core.kube.apply.refreshing import refresh
from solakube_core.kube.apply.survey import Survey
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.holdings import inventory
from solakube_core.kube.holdings.others import managed
from solakube_core.kube.objects.states import differ
from solakube_core.kube.remove.removing import delete, wait_gone
from solakube_core.model import Manifest, ObjectRef

TERMINATION_TIMEOUT = 90.0
"""Seconds that an object in the middle of its deletion gets before a deployment gives up on it."""


def apply(api: Api, survey: Survey, progress: Progress, timeout: float) -> bool:
    """Apply a plan's objects in order, then remove what an earlier plan held and this one does not.

    Safe to repeat, and to interrupt at any moment.

    Args:
        survey: what the plan meets in the cluster.
        timeout: seconds until giving up on objects that are on their way out.

    Returns:
        Whether the component was seen to do what the plan promises, and nothing of it was changed since.

    Raises:
        SolakubeError: also where an object belongs to others and the plan may not adopt it, or the server would refuse
            one; nothing is changed then.
    """
    deadline = time.monotonic() + timeout
    _require_own(survey)
    for tool, refs in managed(api, survey.live.values()).items():
        progress.say(f"note: {', '.join(map(str, refs))}: managed by {tool}, too: {tool.advice}")
    survey = _settled(api, survey, progress, deadline)
    drafts, recorded, unwanted = survey.drafts, survey.recorded, survey.unwanted
    owned = [ref for ref in survey.objects if is_owned(ref, survey.live)]
    remaining = recorded.holding([*owned, *unwanted.stays])
    if remaining.refs == recorded.refs and all(entry.fate == "keep" for entry in drafts):
        progress.say("nothing to change")
        return is_proven(survey)
    work = _Work(api, survey.plan.component, progress, deadline)
    # The inventory needs the namespace to be there, everything else needs the inventory, and objects their kinds.
    work.apply_all(entry for entry in drafts if entry.ref.kind == "Namespace")
    everything = recorded.holding([*owned, *recorded.refs])
    if set(everything.refs) != set(recorded.refs) or recorded.proven:
        inventory.save(api, everything)
        recorded = everything
    if any(entry.ref.kind == DEFINITION for entry in drafts):
        work.apply_all(entry for entry in drafts if entry.ref.kind == DEFINITION)
        await_known(api, survey.objects.values(), progress, deadline)
    changed = work.apply_all(entry for entry in drafts if entry.ref.kind not in ("Namespace", DEFINITION))
    work.prune(unwanted.goes)
    if remaining != recorded:
        inventory.save(api, remaining)
    for ref in refresh(api, changed):
        progress.say(f"{ref} reaches the running pods within about a minute")
    return False


def _require_own(survey: Survey) -> None:
    if survey.foreign:
        raise SolakubeError.of(survey.foreign)


def _settled(api: Api, survey: Survey, progress: Progress, deadline: float) -> Survey:
    """Wait for those objects to go that are being deleted: applying to them would be lost."""
    if not survey.leaving:
        return survey
    _await_end(api, survey.leaving, progress, deadline)
    # With a namespace all goes that was in it, the inventory as well.
    settled = Survey(api, survey.plan)
    _require_own(settled)
    return settled


def _await_end(api: Api, going: Sequence[ObjectRef], progress: Progress, deadline: float) -> None:
    began = time.monotonic()
    left = wait_gone(api, going, progress, min(began + TERMINATION_TIMEOUT, deadline))
    if left:
        raise SolakubeError(
            f"{left[0]} is still being deleted",
            f"its deletion was asked for, and has not ended within {time.monotonic() - began:.0f} s",
            "see what holds it by `kubectl describe`: a finalizer, or for a claim the pods that use it",
        )


@dataclass(frozen=True)
class _Work:
    """Applies and removes single objects.

    Attributes:
        deadline: until when an object may take to go, on the clock of time.monotonic().
    """

    api: Api
    component: str
    progress: Progress
    deadline: float

    def apply_all(self, drafts: Iterable[Draft]) -> list[Object]:
        """Apply objects in order and return those that existed and were changed by it."""
        changed = []
        for entry in drafts:
            if entry.fate == "keep":
                continue
            self.progress.now(f"applying {entry.ref}")
            after = self._apply(entry)
            if entry.live is None:
                self.progress.say(f"created {entry.ref}")
            elif differ(entry.live, after):
                self.progress.say(f"updated {entry.ref}")
                changed.append(after)
        return changed

    def prune(self, refs: Iterable[ObjectRef]) -> None:
        """Remove what is not wanted any more."""
        for ref in refs:
            self.progress.now(f"removing {ref}")
            delete(self.api, ref)
            self.progress.say(f"removed {ref}")

    def _apply(self, entry: Draft) -> Object:
        if entry.live is not None:
            self._make_way(entry.live, entry.wanted)
        if entry.fate == "replace":
            self._remove(entry)
        return self.api.apply(entry.wanted)

    def _make_way(self, live: Object, wanted: Manifest) -> None:
        """Take over what others made, and clear what would be in the way of applying."""
        ref = ObjectRef.of(live)
        if needs_adoption(live, self.component):
            managers = adopt(self.api, live)
            self.progress.say(f"took over {ref}" + (f" from {', '.join(managers)}" if managers else ""))
        if patch := stale_strategy(wanted, live):
            self.api.merge(ref, patch)

    def _remove(self, entry: Draft) -> None:
        """Make room for an object that cannot be changed in place; it holds no data."""
        self.progress.say(f"replacing {entry.ref}: {entry.why}")
        self.api.delete(entry.ref, "Foreground")
        _await_end(self.api, [entry.ref], self.progress, self.deadline)
