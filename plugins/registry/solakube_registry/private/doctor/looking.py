"""The pod on a node's network that tells of names, times and speed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from solakube_core.plugin import Address, Manifest, ObjectRef
from solakube_registry.private.doctor.checks import Finding, unknown
from solakube_registry.private.pull_secret import PULL_SECRET
from solakube_registry.private.verify.diagnosis import Observation
from solakube_registry.private.verify.pod import restricted_pod

NETWORK_OF_THE_NODE = {"pod-security.kubernetes.io/enforce": "privileged"}
"""Label of a namespace with such pods: the lower Pod Security Standards admit none on a node's network."""

CHECKS = ("name", "first_byte", "speed")

_REPORT = "/dev/termination-log"
_LOGIN = "/login"
_NO_CONNECTION = (
    "look whether a firewall lets the node reach the address, and by `sk status registry` whether it is served"
)
_UNRESOLVED = "enter the name in the DNS that nodes ask, or in their /etc/hosts"


def looking_pod(ref: ObjectRef, node: str, image: str, address: Address, blob: str) -> Manifest:
    """Return a pod that looks at the registry from the node's network, with no rights but that.

    Args:
        image: any Python.
        address: of the registry.
        blob: the path of something to download.
    """
    source = files(__package__).joinpath("probe.py").read_text(encoding="utf-8")
    environment = {"LOGIN": f"{_LOGIN}/.dockerconfigjson", "REPORT": _REPORT, "AUTHORITY": address.ca}
    container = {
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python3", "-c", source, address.url, blob],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "terminationMessagePath": _REPORT,
        "volumeMounts": [{"name": "login", "mountPath": _LOGIN, "readOnly": True}],
        # A lower limit of processor time would be in the times that it measures.
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "128Mi"}},
    }
    spec = {
        "hostNetwork": True,
        "dnsPolicy": "Default",
        "volumes": [{"name": "login", "secret": {"secretName": PULL_SECRET}}],
    }
    return restricted_pod(ref, container, spec, node)


def findings(seen: Observation, host: str) -> dict[str, Finding]:
    """Return what the pod found out of the name, the first byte and the speed.

    Args:
        seen: the pod at its end.
        host: of the registry.
    """
    report = _report(seen)
    if report is None:
        why = f"the pod that looks from the node's network did not tell: {seen.words or seen.state}"
        return dict.fromkeys(CHECKS, unknown(why))
    if "addresses" not in report:
        found = Finding("failed", None, f"{host} does not resolve: {report.get('name_error')}", _UNRESOLVED)
        return {"name": found, **dict.fromkeys(("first_byte", "speed"), unknown("the name does not resolve"))}
    return {"name": Finding("ok", tuple(report["addresses"])), **_measured(report, host)}


def _measured(report: Mapping[str, Any], host: str) -> dict[str, Finding]:
    if "first_byte" not in report:
        why = f"{host} does not answer: {report.get('first_byte_error')}"
        return {"first_byte": Finding("failed", None, why, _NO_CONNECTION), "speed": unknown("there is no connection")}
    first = Finding("ok", float(report["first_byte"]))
    if not report.get("seconds"):
        return {"first_byte": first, "speed": unknown(f"nothing could be downloaded: {report.get('speed_error')}")}
    return {"first_byte": first, "speed": Finding("ok", report["bytes"] / report["seconds"])}


def _report(seen: Observation) -> Mapping[str, Any] | None:
    """Return what the program wrote; None where it did not come to that."""
    if seen.phase != "Succeeded":
        return None
    try:
        report: Mapping[str, Any] = json.loads(seen.told)
        return report
    except ValueError:
        return None
