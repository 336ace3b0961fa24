"""What a component owns, kept in the cluster: the ConfigMap `solakube-COMPONENT` in the component's namespace.

It is written before anything new is created and reduced only after what is not wanted any more is gone. So at
every moment, also after a kill, it names at least all that the component owns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.faults import Forbidden
from solakube_core.kube.objects.ownership import labels
from solakube_core.model import Manifest, ObjectRef

_KEY = "objects"
_PROVEN = "proven"


@dataclass(frozen=True)
class Inventory:
    """The objects that a component owns.

    Attributes:
        component: whose they are.
        namespace: where the component is deployed, and the inventory kept.
        refs: the objects, in the order in which they were applied.
        proven: marks what they were seen to do, all being as it is now; "" where nothing was.
    """

    component: str
    namespace: str
    refs: tuple[ObjectRef, ...] = ()
    proven: str = ""

    @property
    def ref(self) -> ObjectRef:
        """The ConfigMap that keeps it."""
        return ObjectRef("v1", "ConfigMap", f"solakube-{self.component}", self.namespace)

    def holding(self, refs: Iterable[ObjectRef]) -> Inventory:
        """Return an inventory with other objects in it, of which nothing was seen yet."""
        return Inventory(self.component, self.namespace, tuple(dict.fromkeys(refs)))

    def manifest(self) -> Manifest:
        """Write it down as a ConfigMap."""
        return {
            "apiVersion": self.ref.api_version,
            "kind": self.ref.kind,
            "metadata": {
                "name": self.ref.name,
                "namespace": self.namespace,
                "labels": labels(self.component),
            },
            "data": {
                _KEY: "".join(f"{_line(ref)}\n" for ref in self.refs),
                **({_PROVEN: self.proven} if self.proven else {}),
            },
        }

    @classmethod
    def read(cls, component: str, live: Manifest) -> Inventory:
        """Read one from its ConfigMap.

        Raises:
            SolakubeError: somebody wrote something else into it.
        """
        namespace = live["metadata"]["namespace"]
        data = live.get("data") or {}
        try:
            refs = tuple(_ref(json.loads(line)) for line in data[_KEY].splitlines())
        except (ValueError, KeyError, TypeError) as error:
            raise SolakubeError(
                f"the list of what {component} owns cannot be read",
                f"key {_KEY} of ConfigMap {namespace}/solakube-{component} was changed by hand: {error}",
                f"delete that ConfigMap and run `sk deploy {component}`, which writes it anew",
            ) from error
        return cls(component, namespace, refs, data.get(_PROVEN, ""))


def load(api: Api, component: str, namespace: str) -> Inventory:
    """Return what a component owns by the inventory in its namespace; empty where there is none."""
    empty = Inventory(component, namespace)
    live = api.get(empty.ref)
    return empty if live is None else Inventory.read(component, live)


def save(api: Api, inventory: Inventory) -> None:
    """Write the inventory into the cluster."""
    api.apply(inventory.manifest())


def find(api: Api, component: str, namespace: str = "") -> Inventory | None:
    """Return a component's inventory; None where it was never deployed.

    Args:
        namespace: where it is; "" to look for it.

    Raises:
        SolakubeError: it is deployed in several namespaces, and the kubeconfig context names none of them.
    """
    if namespace:
        live = api.get(Inventory(component, namespace).ref)
        return Inventory.read(component, live) if live else None
    name = Inventory(component, "").ref.name
    found = [live for live in _candidates(api, component) if live["metadata"]["name"] == name]
    here = [live for live in found if live["metadata"]["namespace"] == api.connection.namespace]
    if len(found) > 1 and not here:
        places = ", ".join(sorted(live["metadata"]["namespace"] for live in found))
        raise SolakubeError(
            f"it is not clear which {component} is meant",
            f"it is deployed in the namespaces {places}",
            "name one of them as the namespace of the kubeconfig context",
        )
    chosen = (here or found)[:1]
    return Inventory.read(component, chosen[0]) if chosen else None


def _candidates(api: Api, component: str) -> list[Object]:
    """Return the component's ConfigMaps of all namespaces, or of the likely ones if only those may be seen."""
    try:
        return api.list_all("v1", "ConfigMap", labels=labels(component))
    except Forbidden:
        likely = dict.fromkeys((api.connection.namespace, component))
        found = [live for namespace in likely if (live := _seen(api, component, namespace))]
        if not found:
            raise
        return found


def _seen(api: Api, component: str, namespace: str) -> Object | None:
    try:
        return api.get(Inventory(component, namespace).ref)
    except Forbidden:
        return None


def _line(ref: ObjectRef) -> str:
    return json.dumps([ref.api_version, ref.kind, ref.namespace, ref.name])


def _ref(entry: list[str]) -> ObjectRef:
    api_version, kind, namespace, name = entry
    return ObjectRef(api_version, kind, name, namespace)
