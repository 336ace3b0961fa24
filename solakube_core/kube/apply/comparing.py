"""What applying a plan would change, asked of the server without changing anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from solakube_core.kube.apply.drafting import Draft
from solakube_core.kube.apply.survey import Survey
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.holdings.others import added, managed
from solakube_core.kube.objects.ownership import applied_by_us, is_leaving, leaving
from solakube_core.kube.objects.states import without_noise
from solakube_core.kube.objects.texts import difference
from solakube_core.model import Change, ObjectRef


def changes(api: Api, survey: Survey) -> tuple[Change, ...]:
    """Compare what is there with what the plan's objects would make of it.

    Raises:
        SolakubeError: with all that the server would refuse.
    """
    compared = [_change(entry, survey.live.get(entry.ref)) for entry in survey.drafts]
    notes = _notes(api, survey.plan.component, list(survey.live.values()))
    told = [replace(change, lines=(*change.lines, *notes.get(change.subject, ()))) for change in compared]
    removed = [Change(str(ref), "remove") for ref in survey.unwanted.goes]
    return (*told, *removed)


def _change(entry: Draft, live: Object | None) -> Change:
    subject = str(entry.ref)
    if live is not None and is_leaving(live):
        return Change(subject, "update", (f"being deleted {leaving(live)}; deploying waits, and makes it anew",))
    if entry.live is None:
        return Change(subject, "create", difference({}, entry.wanted))
    if entry.fate == "keep":
        return Change(subject, "unchanged")
    lines = difference(without_noise(entry.live), without_noise(entry.result))
    if entry.fate == "replace":
        lines = (f"replaced: {entry.why}", *lines)
    return Change(subject, "update" if lines else "unchanged", lines)


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
