"""Whether the server refuses a change, and not what it would lead to: then only a new object helps."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.faults import Invalid, Unreachable
from solakube_core.kube.objects.kinds import is_of_kubernetes
from solakube_core.kube.objects.ownership import outlives
from solakube_core.model import Manifest, ObjectRef

_FIXED = {
    "ClusterRoleBinding": "roleRef",
    "DaemonSet": r"spec\.selector",
    "Deployment": r"spec\.selector",
    "Job": r"spec\.(template|selector|completion.*|podFailurePolicy.*|successPolicy.*|backoffLimitPerIndex|managedBy)",
    "PersistentVolumeClaim": "spec",
    "RoleBinding": "roleRef",
    "Service": r"spec\.(clusterIPs?|ipFamil|loadBalancerClass|healthCheckNodePort).*",
    "StatefulSet": "spec",
}
"""Fields that a kind keeps for ever, besides those that the server calls so.

Source: k8s.io/kubernetes/pkg/apis, the functions Validate...Update of each group."""

_FIXED_MESSAGE = "field is immutable"
"""What the server says of such a field where it has nothing particular to say (FieldImmutableErrorMsg in
k8s.io/apimachinery/pkg/api/validation)."""

_ALLOCATED = ("clusterIP", "clusterIPs", "healthCheckNodePort")


def is_refused_as_a_change(api: Api, wanted: Object, refused: Invalid) -> bool:
    """Tell whether the object would do if it were a new one: the server is asked.

    Where that cannot be asked (a quota is full, a name may be had once), the fields that a kind keeps for ever decide.
    """
    try:
        api.try_creating(_stand_in(wanted, refused))
    except Unreachable:
        raise
    except Invalid:
        return False
    except SolakubeError:
        return all(_is_fixed(wanted["kind"], cause) for cause in refused.causes)
    return True


def may_be_replaced(live: Manifest) -> bool:
    """Tell whether an object of ours takes nothing along that nobody can make again.

    Of what goes with an object of others' kinds nothing is known: it may well be a database.
    """
    policy = (live.get("spec") or {}).get("persistentVolumeClaimRetentionPolicy") or {}
    takes_claims = live["kind"] == "StatefulSet" and policy.get("whenDeleted") == "Delete"
    return is_of_kubernetes(ObjectRef.of(live)) and not outlives(live) and not takes_claims


def homeless(wanted: Object) -> Object:
    """Return the object as it would be in a namespace that every cluster has."""
    return _renamed({**wanted, "metadata": {**wanted["metadata"], "namespace": "default"}})


def _is_fixed(kind: str, cause: Mapping[str, Any]) -> bool:
    known = kind in _FIXED and re.fullmatch(_FIXED[kind], str(cause.get("field", "")))
    return bool(known) or _FIXED_MESSAGE in str(cause.get("message", ""))


def _stand_in(wanted: Object, refused: Invalid) -> Object:
    """Return the object under another name, without what only one can have at a time and nobody complained of."""
    copy = _renamed(wanted)
    if copy["kind"] == "Service":
        named = " ".join(str(cause.get("field")) for cause in refused.causes)
        if "clusterIP" not in named and copy["spec"].get("clusterIP") != "None":
            copy["spec"] = {key: value for key, value in copy["spec"].items() if key not in _ALLOCATED}
        if "nodePort" not in named:
            for port in copy["spec"].get("ports") or ():
                port.pop("nodePort", None)
    return copy


def _renamed(wanted: Object) -> Object:
    copy: Object = json.loads(json.dumps(wanted))
    copy["metadata"]["generateName"] = f"{copy['metadata'].pop('name')}-"
    return copy
