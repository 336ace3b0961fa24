"""Lists of chart-values.yaml that are laid beside our own: an item of each key, and none that hides ours.

Server-side apply tells the items of these lists apart by a key, and refuses a list that has a key twice.
Source of the keys: x-kubernetes-list-map-keys in https://github.com/kubernetes/kubernetes/tree/master/api/openapi-spec
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from solakube_core.plugin import Problem
from solakube_registry.naming import CONTAINER_LAYOUT, REGISTRY_CONTAINER, REGTOOL_CONTAINER

_KEYS: Mapping[str, str] = {
    "extraEnvVars": "name",
    "extraVolumeMounts": "mountPath",
    "extraVolumes": "name",
    "imagePullSecrets": "name",
    "initContainers": "name",
}
_OURS: Mapping[str, tuple[str, ...]] = {
    "extraVolumes": ("config", "data", "regtool", "token"),
    "initContainers": (REGISTRY_CONTAINER, REGTOOL_CONTAINER),
}


def list_problems(values: Mapping[str, Any]) -> Iterator[Problem]:
    """Tell which items have no key, the key of another one, or that of one of ours."""
    for name, key in _KEYS.items():
        items = values.get(name) or []
        found = [item[key] for item in items if isinstance(item, Mapping) and isinstance(item.get(key), str)]
        if len(found) < len(items):
            yield Problem(f"chart-values.yaml has an item of {name} without a {key}", "", "give it one")
        for twice in sorted(each for each, count in Counter(found).items() if count > 1):
            yield Problem(f"chart-values.yaml sets {twice} twice in {name}", "", "leave one of them out")
        for ours in sorted({*found} & {*_OURS.get(name, ())}):
            yield Problem(f"chart-values.yaml sets {ours} in {name}", "the pod has its own of that name", "rename it")
        if key == "mountPath":
            yield from _hiding(found)


def _hiding(paths: list[str]) -> Iterator[Problem]:
    """Tell which mounts lie over the data, which maintenance would not see there, or over the configuration."""
    ours = {
        CONTAINER_LAYOUT.data: "maintenance sees the registry's volume alone, and takes what lies on another for lost",
        CONTAINER_LAYOUT.config: "the registry's own configuration is there",
    }
    for path in paths:
        for place, why in ours.items():
            if posixpath.commonpath([place, posixpath.normpath(f"/{path}")]) == place:
                remedy = "mount it elsewhere; a volume for the images is named by persistence.existingClaim"
                yield Problem(f"chart-values.yaml mounts something at {path}", why, remedy)
