"""A plan's objects by name, each in its namespace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from solakube_core.errors import Problem, SolakubeError
from solakube_core.kube.apply.definitions import brought
from solakube_core.kube.client.api import Api, parallel, unknown_kind
from solakube_core.model import Manifest, ObjectRef, Plan


def named(api: Api, plan: Plan) -> dict[ObjectRef, Manifest]:
    """Return the plan's objects by name, those without a namespace being put into the component's.

    Raises:
        SolakubeError: with every object that lacks a name, is there twice, or is of a kind that the cluster does not
            know and the plan does not bring.
    """
    malformed = [problem for item in plan.objects if (problem := _malformed(item, plan.component))]
    if malformed:
        raise SolakubeError.of(malformed)
    kinds = tuple(dict.fromkeys((item["apiVersion"], item["kind"]) for item in plan.objects))
    resources = dict(zip(kinds, parallel(lambda kind: api.resource(*kind), kinds), strict=True))
    own = brought(plan.objects)
    problems = [unknown_kind(*kind) for kind, resource in resources.items() if resource is None and kind not in own]
    objects: dict[ObjectRef, Manifest] = {}
    for item in plan.objects:
        kind = (item["apiVersion"], item["kind"])
        resource = resources[kind]
        is_namespaced = resource.namespaced if resource else own.get(kind, False)
        placed = _placed(item, plan.backend.namespace) if is_namespaced else item
        ref = ObjectRef.of(placed)
        if ref in objects:
            problems.append(_of_plugin(plan.component, f"{ref} is in it twice"))
        objects[ref] = placed
    if problems:
        raise SolakubeError.of(problems)
    return objects


def _placed(item: Manifest, namespace: str) -> Manifest:
    metadata = item["metadata"]
    return item if metadata.get("namespace") else {**item, "metadata": {**metadata, "namespace": namespace}}


def _malformed(item: Any, component: str) -> Problem | None:
    if not isinstance(item, Mapping):
        return _of_plugin(component, f"one of its objects is a {type(item).__name__}")
    metadata = item.get("metadata")
    found = {
        "apiVersion": item.get("apiVersion"),
        "kind": item.get("kind"),
        "metadata.name": metadata.get("name") if isinstance(metadata, Mapping) else None,
    }
    lacking = [key for key, value in found.items() if not (isinstance(value, str) and value)]
    if not lacking:
        return None
    known = " ".join(str(value) for value in found.values() if value)
    return _of_plugin(component, f"an object of it ({known or 'an empty one'}) lacks {', '.join(lacking)}")


def _of_plugin(component: str, why: str) -> Problem:
    what = f"the plan of {component} cannot be carried out"
    return Problem(what, why, f"mend the plugin that deploys or exposes {component}: `sk plugins` names it")
