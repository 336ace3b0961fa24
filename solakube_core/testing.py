"""What tests of plugins need: settings, a place without a cluster, and a component's way through all hooks.

A plugin's answers are values, so a test calls its functions, or `prepare`, and looks at what comes back.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solakube_core.engine import Site
from solakube_core.errors import SolakubeError
from solakube_core.lifecycle.preparation import Preparation, Prepared
from solakube_core.model import Access, Layout, Manifest, ObjectRef, StorageOffer
from solakube_core.plugins import PluginManager
from solakube_core.settings import CORE_VARIABLES, Settings, Variable, load

NO_STORAGE = StorageOffer()


@dataclass(frozen=True)
class Place:
    """Implements `solakube_core.plugin.Site`: it holds objects as an API server would, and answers questions.

    Attributes:
        objects: all that there are.
        forbidden: what the user may not do.
        offer: the storage that there is.
        unreachable: why it cannot be reached; "" where it can.
    """

    objects: tuple[Manifest, ...] = ()
    forbidden: tuple[Access, ...] = ()
    offer: StorageOffer = NO_STORAGE
    unreachable: str = ""

    def describe(self, namespace: str = "") -> str:
        """Name the place."""
        return "cluster test"

    def check(self) -> None:
        """Make sure that the place can be reached.

        Raises:
            SolakubeError: it is `unreachable`.
        """
        if self.unreachable:
            raise SolakubeError(self.unreachable)

    def get(self, ref: ObjectRef) -> Manifest | None:
        """Return one of the objects."""
        return next((item for item in self.objects if ObjectRef.of(item) == ref), None)

    def list(
        self, api_version: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> tuple[Manifest, ...]:
        """Return the objects of a kind that have all of the labels."""
        wanted = (item for item in self.objects if (item["apiVersion"], item["kind"]) == (api_version, kind))
        here = (item for item in wanted if namespace in ("", item["metadata"].get("namespace")))
        return tuple(item for item in here if (labels or {}).items() <= (item["metadata"].get("labels") or {}).items())

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        """Return a value of one of the Secrets."""
        found = (self.get(ref) or {}).get("data", {}).get(key)
        return base64.b64decode(found).decode() if found else None

    def denied(self, access: Iterable[Access]) -> tuple[Access, ...]:
        """Return what is forbidden."""
        return tuple(entry for entry in access if entry in self.forbidden)

    def storage(self, claim: ObjectRef) -> StorageOffer:
        """Return the offer, for whatever claim."""
        return self.offer

    def layout(self, component: str, in_container: Layout) -> Layout:
        """Return what the containers see."""
        return in_container


def settings(variables: Iterable[Variable] = (), /, *, cluster_type: str = "kind", **values: str) -> Settings:
    """Return settings as `sk` loads them, of nothing but these values.

    Args:
        variables: those of the plugin, for their defaults.
        cluster_type: SK_CLUSTER_TYPE, "local" for one machine without a cluster.
        values: by the variable's name.
    """
    environment = {"SK_CLUSTER": "test", "SK_CLUSTER_TYPE": cluster_type, **values}
    return load((*CORE_VARIABLES, *variables), environment, Path("/nonexistent"))


def prepare(component: str, plugins: Mapping[str, object], site: Site | None = None, **values: str) -> Prepared:
    """Return what `sk deploy` would carry out, asking these plugins and no others.

    Args:
        plugins: the modules or objects with the hooks, by name. A component with a volume takes one that answers
            `storage_class`, too.
        site: where it goes; None for a place that holds nothing.
        values: as for `settings`.

    Raises:
        SolakubeError: with every problem that was found.
    """
    manager = PluginManager()
    for name, plugin in plugins.items():
        manager.register(plugin, name)
    variables = tuple(entry for entries in manager.variables().values() for entry in entries)
    return Preparation(component, manager, settings(variables, **values), variables, site or Place()).prepare()


def thing(api_version: str, kind: str, name: str, namespace: str = "", **fields: Any) -> Manifest:
    """Return an object as an API server has it.

    Args:
        namespace: "" for a cluster-wide one.
        fields: spec, data and the like; metadata is laid over name and namespace.
    """
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api_version, "kind": kind, "metadata": {**metadata, **fields.pop("metadata", {})}, **fields}


def stored(manifest: Manifest) -> Manifest:
    """Return what the API server makes of a Secret that was applied: its `stringData` as `data`."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in manifest.get("stringData", {}).items()}
    kept = {key: value for key, value in manifest.items() if key != "stringData"}
    return {**kept, "data": {**manifest.get("data", {}), **data}}
