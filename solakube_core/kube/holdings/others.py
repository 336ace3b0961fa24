"""Who else has a hand in an object: tools that go on managing it, and those who put fields of their own into it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.faults import Forbidden
from solakube_core.kube.objects.ownership import fields_of_others, made_by_us, own_fields, writers
from solakube_core.model import Manifest, ObjectRef

_Fields = Mapping[str, Any]

_WRITERS = {
    "argocd-application-controller": "Argo CD",
    "argocd-controller": "Argo CD",
    "helm": "Helm",
    "helm-controller": "Flux",
    "kustomize-controller": "Flux",
}
"""Managers of fields that tell of a tool, where the object bears no mark of it."""

_RELEASES = ("Secret", "ConfigMap")
"""Kinds in which Helm keeps its releases (HELM_DRIVER)."""

_GONE = "uninstalled"
"""Status of a release whose history alone was kept. One that failed, or is pending, can still be upgraded.

Source: helm.sh/helm/v3/pkg/storage/driver and pkg/release/status.go."""

_FLUX = {"kustomize.toolkit.fluxcd.io": "Flux Kustomization", "helm.toolkit.fluxcd.io": "Flux HelmRelease"}

_NOT_ASKED_FOR = frozenset(
    {
        ".",
        "f:finalizers",
        "f:kubectl.kubernetes.io/last-applied-configuration",
        "f:kubectl.kubernetes.io/restartedAt",
        "f:ownerReferences",
        "f:status",
    }
)
"""Fields that change nothing of what an object asks for."""


@dataclass(frozen=True)
class Tool:
    """What manages an object by its own marks: a Helm release, an Argo CD application, an object of Flux.

    Attributes:
        kind: such as "Helm release".
        name: "" where the object does not tell.
        namespace: "" likewise.
    """

    kind: str
    name: str = ""
    namespace: str = ""

    def __str__(self) -> str:
        place = "/".join(part for part in (self.namespace, self.name) if part)
        return f"the {self.kind} {place}" if place else self.kind

    @property
    def advice(self) -> str:
        """What it may do to the object, and what to do about that."""
        if self.kind != "Helm release":
            return "it changes it back, or removes it: take it out there"
        forget = f"kubectl delete secret,configmap -n {self.namespace} -l owner=helm,name={self.name}"
        return f"`helm upgrade` and `helm uninstall` act on it: have Helm forget the release by `{forget}`"


def tools(live: Manifest) -> tuple[Tool, ...]:
    """Name the tools of whose marks an object has any."""
    metadata = live["metadata"]
    marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    found = [*_helm(marks, metadata.get("namespace", "")), *_argo(marks), *_flux(marks)]
    known = {tool.kind.partition(" ")[0] for tool in found}
    told = (_WRITERS[name] for name in writers(live) if name in _WRITERS)
    return tuple(dict.fromkeys([*found, *(Tool(name) for name in told if name.partition(" ")[0] not in known)]))


def managed(api: Api, objects: Iterable[Object]) -> dict[Tool, list[ObjectRef]]:
    """Tell which objects a tool still manages: marks of a Helm release that is gone count for nothing."""
    found: dict[Tool, list[ObjectRef]] = {}
    for live in objects:
        # A namespace of others is theirs, and whoever manages it may well do so.
        for tool in tools(live) if live["kind"] != "Namespace" or made_by_us(live) else ():
            found.setdefault(tool, []).append(ObjectRef.of(live))
    return {tool: refs for tool, refs in found.items() if _is_there(api, tool)}


def added(live: Manifest) -> dict[str, tuple[str, ...]]:
    """Return the fields that only others hold, by who put them in; none in kinds that others may well add to."""
    ours = own_fields(live)
    found = {manager: tuple(_paths(fields, ours)) for manager, fields in fields_of_others(live).items()}
    return {manager: paths for manager, paths in found.items() if paths}


def _helm(marks: Mapping[str, str], namespace: str) -> Iterator[Tool]:
    if name := marks.get("meta.helm.sh/release-name"):
        yield Tool("Helm release", name, marks.get("meta.helm.sh/release-namespace", namespace))


def _argo(marks: Mapping[str, str]) -> Iterator[Tool]:
    # The mark is APPLICATION:GROUP/KIND:NAMESPACE/NAME.
    tracked = marks.get("argocd.argoproj.io/tracking-id", "").partition(":")[0]
    if name := tracked or marks.get("argocd.argoproj.io/instance"):
        yield Tool("Argo CD application", name)


def _flux(marks: Mapping[str, str]) -> Iterator[Tool]:
    for prefix, kind in _FLUX.items():
        if name := marks.get(f"{prefix}/name"):
            yield Tool(kind, name, marks.get(f"{prefix}/namespace", ""))


def _is_there(api: Api, tool: Tool) -> bool:
    """Tell whether a Helm release still exists; other tools are taken at their word, and so is what may not be seen."""
    if tool.kind != "Helm release":
        return True
    try:
        return any(_is_release(api, kind, tool) for kind in _RELEASES)
    except Forbidden:
        return True


def _is_release(api: Api, kind: str, tool: Tool) -> bool:
    """Tell whether the newest record of a release is one that `helm upgrade` and `helm uninstall` act on."""
    records = api.list_all("v1", kind, tool.namespace, {"owner": "helm", "name": tool.name})
    newest = max((record["metadata"]["labels"] for record in records), key=_revision, default={"status": _GONE})
    return newest.get("status") != _GONE


def _revision(labels: Mapping[str, str]) -> int:
    text = labels.get("version", "")
    return int(text) if text.isdecimal() else 0


def _paths(theirs: _Fields, ours: _Fields, path: str = "") -> Iterator[str]:
    for key, branch in theirs.items():
        here = path + _step(key, path)
        if key in _NOT_ASKED_FOR:
            continue
        if key in ours or _holds_entries(key, branch):
            yield from _paths(branch, ours.get(key, {}), here)
        else:
            yield here


def _holds_entries(key: str, branch: _Fields) -> bool:
    return key in ("f:metadata", "f:annotations", "f:labels") or any(entry.startswith("k:") for entry in branch)


def _step(key: str, path: str) -> str:
    """Write one step of a field set as people write it: `.spec`, `[name]`."""
    kind, _, text = key.partition(":")
    if kind == "k":
        return f"[{','.join(map(str, json.loads(text).values()))}]"
    if kind == "f" and re.fullmatch(r"\w+", text):
        return f".{text}" if path else text
    return f"[{text}]"
