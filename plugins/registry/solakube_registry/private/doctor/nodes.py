"""Which nodes can be asked, and what there is to know of them before. Pure: a Node in, words out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solakube_core.plugin import Manifest
from solakube_registry.private.verify.executable import ARCHITECTURES

_CORDONED = "node.kubernetes.io/unschedulable"
"""The taint that stands beside spec.unschedulable (https://kubernetes.io/docs/reference/labels-annotations-taints/)."""


def obstacle(node: Manifest) -> str:
    """Tell why a node cannot be asked, as a sentence that begins with "it"; "" where it can."""
    info = node["status"].get("nodeInfo") or {}
    system, architecture = info.get("operatingSystem", ""), info.get("architecture", "")
    if system != "linux" or architecture not in ARCHITECTURES:
        known = " and ".join(ARCHITECTURES)
        has = f"{system or 'an unknown system'} on {architecture or 'an unknown processor'}"
        return f"it runs {has}, and the images to ask with are for Linux on {known}"
    conditions: list[dict[str, Any]] = node["status"].get("conditions") or []
    ready = next((entry for entry in conditions if entry["type"] == "Ready"), {})
    if ready.get("status") != "True":
        return f"it is not ready: {ready.get('message') or ready.get('reason') or 'it does not tell how it is'}"
    if "deletionTimestamp" in node["metadata"]:
        return "it is being removed from the cluster"
    return ""


def remarks(node: Manifest) -> Iterator[str]:
    """Tell what keeps other pods off a node."""
    spec = node.get("spec") or {}
    if spec.get("unschedulable"):
        yield "cordoned"
    for taint in spec.get("taints") or ():
        if taint["key"] != _CORDONED:
            value = f"={taint['value']}" if taint.get("value") else ""
            yield f"tainted {taint['key']}{value}:{taint['effect']}"
