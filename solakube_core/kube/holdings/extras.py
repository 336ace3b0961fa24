"""A few objects outside a component's plan."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from solakube_core.errors import NotDeployed
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.holdings import inventory
from solakube_core.kube.objects.ownership import labelled
from solakube_core.model import Manifest, ObjectRef


def put(api: Api, objects: Iterable[Manifest], component: str) -> list[Object]:
    """Apply objects, for a component whose later `apply` or `remove` takes them away, or for nobody ("").

    Returns:
        The objects as they are now.

    Raises:
        NotDeployed: the component is not deployed, so that there is nowhere to record them.
    """
    manifests = list(objects)
    if component:
        manifests = [labelled(manifest, component) for manifest in manifests]
        _record(api, component, map(ObjectRef.of, manifests))
    return [api.apply(manifest) for manifest in manifests]


def discard(api: Api, refs: Iterable[ObjectRef]) -> None:
    """Ask for the deletion of objects; those that are gone already are fine."""
    for ref in refs:
        api.delete(ref)


def _record(api: Api, component: str, refs: Iterable[ObjectRef]) -> None:
    """Write the objects into the inventory, before they exist: then a kill leaves nothing unknown."""
    recorded = inventory.find(api, component)
    if recorded is None:
        raise NotDeployed(component, api.connection.describe(), "there is no record of what it owns")
    added = recorded.holding([*recorded.refs, *refs])
    if added.refs != recorded.refs:
        inventory.save(api, replace(added, proven=recorded.proven))
