"""What applying would make of each object: asked of the server, for all of them, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from solakube_core.errors import Problem, SolakubeError
from solakube_core.kube.apply.adoption import needs_adoption
from solakube_core.kube.apply.preparing import applicable, stale_strategy
from solakube_core.kube.apply.replacing import homeless, is_refused_as_a_change, may_be_replaced
from solakube_core.kube.client.api import Api, Object, parallel
from solakube_core.kube.client.faults import Absent, Invalid, UnknownKind, Unreachable, Untriable
from solakube_core.kube.objects.ownership import has_no_record, is_leaving, own_fields, predecessors
from solakube_core.kube.objects.states import differ
from solakube_core.model import Manifest, ObjectRef

Fate = Literal["create", "update", "replace", "keep"]


@dataclass(frozen=True)
class Draft:
    """One object of a plan.

    Attributes:
        ref: its name.
        fate: what applying does with it.
        wanted: what is applied.
        live: what is there, None where there is nothing.
        result: what is there afterwards, as far as the server tells.
        why: why it is replaced, "" where it is not.
    """

    ref: ObjectRef
    fate: Fate
    wanted: Object
    live: Object | None
    result: Object
    why: str = ""


def settled(live: Mapping[ObjectRef, Object]) -> dict[ObjectRef, Object]:
    """Return what is there once all that is being deleted is gone; with a namespace all goes that is in it."""
    going = {ref for ref, found in live.items() if is_leaving(found)}
    gone = {ref.name for ref in going if ref.kind == "Namespace"}
    return {ref: found for ref, found in live.items() if ref not in going and ref.namespace not in gone}


def draft(
    api: Api, component: str, objects: Mapping[ObjectRef, Manifest], live: Mapping[ObjectRef, Object]
) -> list[Draft]:
    """Try all objects of a plan; nothing is changed.

    Args:
        component: whose they are.
        live: those that exist, and are not being deleted.

    Raises:
        SolakubeError: with all that the server refuses.
    """
    new_namespaces = {ref.name for ref in objects if ref.kind == "Namespace" and ref not in live}

    def attempt(ref: ObjectRef) -> Draft | SolakubeError:
        try:
            return _drafted(api, component, ref, objects[ref], live.get(ref), ref.namespace in new_namespaces)
        except SolakubeError as error:
            return error

    return _unless_refused(parallel(attempt, objects))


def _unless_refused(results: Iterable[Draft | SolakubeError]) -> list[Draft]:
    drafts: list[Draft] = []
    problems: list[Problem] = []
    for result in results:
        if isinstance(result, Unreachable):
            raise result
        if isinstance(result, SolakubeError):
            problems += result.problems
        else:
            drafts.append(result)
    if problems:
        raise SolakubeError.of(problems)
    return drafts


def _drafted(
    api: Api, component: str, ref: ObjectRef, manifest: Manifest, live: Object | None, is_homeless: bool
) -> Draft:
    wanted = applicable(manifest, component, live)
    if wanted is None:
        return Draft(ref, "keep", {}, live, live or {})
    if live is None:
        _try_new(api, wanted, is_homeless)
        return Draft(ref, "create", wanted, None, wanted)
    others = needs_adoption(live, component)
    try:
        result = _tried(api, wanted, live, others)
    except Untriable:
        return Draft(ref, "update", wanted, live, wanted)
    except Invalid as refused:
        return _replacement(api, component, wanted, live, refused)
    same = not others and not differ(live, result) and own_fields(live) == own_fields(result)
    return Draft(ref, "keep" if same else "update", wanted, live, result)


def _try_new(api: Api, wanted: Object, is_homeless: bool) -> None:
    """Have the server judge a new object; what it refers to may be new as well, so that its absence is no fault.

    So may its kind be, which another object of the plan brings.
    """
    try:
        if is_homeless:
            api.try_creating(homeless(wanted))
        else:
            api.apply(wanted, dry_run=True)
    except (Absent, UnknownKind, Untriable):
        pass
    except SolakubeError as error:
        # In another namespace other rules hold: what an object must be is all that can be told there.
        if not is_homeless or isinstance(error, Invalid | Unreachable):
            raise


def _tried(api: Api, wanted: Object, live: Object, others: bool) -> Object:
    """Return what the object would become. An adoption makes it just what the manifest says, as replacing it does."""
    adopted = others and (predecessors(live) or has_no_record(live))
    if adopted or stale_strategy(wanted, live):
        return api.try_replacing(wanted)
    return api.apply(wanted, dry_run=True)


def _replacement(api: Api, component: str, wanted: Object, live: Object, refused: Invalid) -> Draft:
    """Tell that an object is to be made anew, where that helps and it is ours to delete.

    Raises:
        SolakubeError: it is not.
    """
    ref, why = ObjectRef.of(wanted), refused.problems[0].why
    if not is_refused_as_a_change(api, wanted, refused):
        raise refused
    if needs_adoption(live, component):
        raise SolakubeError(
            f"{ref} cannot become {component}'s",
            why,
            "sk deletes nothing that others made: remove it yourself if nobody needs it, and run this again",
        )
    if not may_be_replaced(live):
        raise refused
    return Draft(ref, "replace", wanted, live, wanted, why)
