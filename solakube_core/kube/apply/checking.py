"""Whether a plan can be applied to what the cluster holds; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from solakube_core.errors import Problem, SolakubeError
from solakube_core.kube.apply.survey import Survey
from solakube_core.kube.client.api import Api
from solakube_core.kube.client.faults import Unreachable
from solakube_core.kube.offers.access import denied
from solakube_core.model import Access, ObjectRef


def obstacles(api: Api, survey: Survey) -> tuple[Problem, ...]:
    """Tell all that stands in the way: others' objects, and what the server would refuse.

    Raises:
        Unreachable: the server does not answer.
    """
    try:
        return survey.foreign or tuple(_undeletable(api, _removed(survey)))
    except Unreachable:
        raise
    except SolakubeError as error:
        return error.problems


def _removed(survey: Survey) -> Iterator[ObjectRef]:
    """Name what would be removed. What the server would refuse is told first."""
    replaced = [entry.ref for entry in survey.drafts if entry.fate == "replace"]
    yield from survey.unwanted.goes
    yield from replaced


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
