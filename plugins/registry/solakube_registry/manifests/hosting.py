"""The ConfigMap by which development tools find the cluster's registry (KEP-1755)."""

from __future__ import annotations

import json

from solakube_core.plugin import Manifest
from solakube_registry.manifests.inputs import Inputs, head
from solakube_registry.private.announcing import ANNOUNCEMENT

_KEY = "localRegistryHosting.v1"


def hosting(inputs: Inputs, host: str) -> Manifest:
    """Announce a registry that nodes and the machines of developers reach by the same name.

    Pods reach its Service, which needs no name to be resolved and no authority to be trusted; it speaks plain HTTP.
    """
    backend = inputs.names.backend
    told = {"host": host, "hostFromClusterNetwork": f"{backend.service}.{backend.namespace}.svc:{backend.port}"}
    # YAML by the KEP, of which JSON is a part, and safe whatever the host is.
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in told.items()]
    return {**head(ANNOUNCEMENT, inputs), "data": {_KEY: "".join(lines)}}
