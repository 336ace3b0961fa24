"""How the certificate and the route that expose the registry are doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from solakube_core.plugin import Manifest, ObjectRef, Observation, Site, SolakubeError
from solakube_registry.exposure.issuing import ACME, issuing_causes

_ACCEPTED = ("Accepted", "ResolvedRefs")
"""The conditions of a route that works (Gateway API): its Gateway took it, and its Service is there."""


def observe(live: Manifest, site: Site) -> Observation | None:
    """Tell of a Certificate of cert-manager, its Secret or an HTTPRoute of the Gateway API; None of anything else."""
    ref = ObjectRef.of(live)
    if (ref.group, ref.kind) == ("cert-manager.io", "Certificate"):
        return _certificate(live, site)
    if (ref.group, ref.kind) == ("gateway.networking.k8s.io", "HTTPRoute"):
        return _route(live)
    return _issued(live) if ref.kind == "Secret" else None


def _certificate(live: Manifest, site: Site) -> Observation:
    lack = _lack(live, _status(live).get("conditions") or (), "Ready")
    if not lack:
        return Observation("issued")
    namespace = live["metadata"]["namespace"]
    try:
        orders, challenges = (site.list(ACME, kind, namespace) for kind in ("Order", "Challenge"))
    except SolakubeError:
        return Observation("not issued", lack, ready=False)
    return Observation("not issued", lack, ready=False, causes=tuple(issuing_causes(live, orders, challenges)))


def _issued(secret: Manifest) -> Observation | None:
    """cert-manager names its Certificate on the Secrets that it makes, but sets no owner."""
    metadata = secret["metadata"]
    name = (metadata.get("annotations") or {}).get("cert-manager.io/certificate-name")
    if not name:
        return None
    return Observation("issued", made_for=ObjectRef("cert-manager.io/v1", "Certificate", name, metadata["namespace"]))


def _route(live: Manifest) -> Observation:
    """A route has conditions for each of its parents, and none of its own."""
    parents: Iterable[Mapping[str, Any]] = _status(live).get("parents") or ({},)
    lacks = [_lack(live, parent.get("conditions") or (), kind) for parent in parents for kind in _ACCEPTED]
    if lack := "; ".join(dict.fromkeys(filter(None, lacks))):
        return Observation("not accepted", lack, ready=False)
    return Observation("accepted", ", ".join(live["spec"].get("hostnames") or ("*",)))


def _status(live: Manifest) -> Mapping[str, Any]:
    return live.get("status") or {}


def _lack(live: Manifest, conditions: Iterable[Mapping[str, Any]], kind: str) -> str:
    """Say what one of the conditions lacks; "" where it is true of the object as it is."""
    found = next((entry for entry in conditions if entry["type"] == kind), {})
    generation = live["metadata"].get("generation", 0)
    if found.get("observedGeneration", generation) < generation:
        return "the cluster has not taken up the change yet"
    if found.get("status") == "True":
        return ""
    return str(found.get("message") or found.get("reason") or f"it is not {kind} yet")
