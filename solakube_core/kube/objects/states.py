"""Two states of one object, without what the server keeps in it for itself. Pure."""

from __future__ import annotations

import json
from typing import Any

from solakube_core.model import Manifest

_SERVER_SIDE = (
    "creationTimestamp",
    "finalizers",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
"""kubectl's copy of the whole object: with a Secret's data in clear text."""


def without_noise(live: Manifest) -> dict[str, Any]:
    """Return a copy without what the server keeps for itself: status, versions, the record of managers."""
    copy: dict[str, Any] = json.loads(json.dumps(live))
    copy.pop("status", None)
    metadata = copy["metadata"]
    for name in _SERVER_SIDE:
        metadata.pop(name, None)
    annotations = metadata.get("annotations") or {}
    annotations.pop(_LAST_APPLIED, None)
    annotations.pop("deployment.kubernetes.io/revision", None)
    if not annotations:
        metadata.pop("annotations", None)
    return copy


def differ(before: Manifest, after: Manifest) -> bool:
    """Tell whether anything that somebody asked for differs between two states of an object."""
    return without_noise(before) != without_noise(after)
