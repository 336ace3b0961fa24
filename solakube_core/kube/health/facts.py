"""How single objects are doing, as lines of a status. Pure."""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography import x509

from solakube_core.engine import Fact
from solakube_core.kube.health.causes import container_trouble
from solakube_core.kube.health.jobs import cron_job_fact
from solakube_core.kube.health.readiness import is_ready, missing
from solakube_core.kube.objects.ownership import leaving
from solakube_core.model import Cause, Manifest, ObjectRef
from solakube_core.quantity import parse_quantity
from solakube_core.wording import rfc3339

RENEWAL_DAYS = 14
"""Days before its end at which a certificate needs attention: what renews by itself does so long before."""


def object_fact(live: Manifest) -> Fact | None:
    """Tell how an object is doing; None for kinds of which there is nothing to tell."""
    teller = {
        "Deployment": _deployment,
        "PersistentVolumeClaim": _claim,
        "Service": _service,
        "Ingress": _ingress,
        "CronJob": cron_job_fact,
    }.get(live["kind"])
    return teller(str(ObjectRef.of(live)), live) if teller else None


def leaving_fact(live: Manifest) -> Fact:
    """Tell that an object is being deleted, whatever else it says of itself."""
    return Fact(str(ObjectRef.of(live)), "being deleted", leaving(live), healthy=False)


def pod_fact(pod: Manifest, causes: Iterable[Cause]) -> Fact:
    """Tell how a pod is doing, and what ails it."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    restarts = [
        f"{status['name']}: {status['restartCount']} restarts, {container_trouble(status)}"
        for status in statuses
        if status.get("restartCount")
    ]
    ready = is_ready(pod)
    details = [*(cause.text for cause in causes if not ready), *restarts]
    state = "ready" if ready else str((pod.get("status") or {}).get("phase", "Pending")).lower()
    figures = {"ready": ready, "restarts": sum(status.get("restartCount", 0) for status in statuses)}
    return Fact(f"Pod {pod['metadata']['name']}", state, "; ".join(details), healthy=ready, figures=figures)


def certificate_fact(secret: Manifest, now: datetime) -> Fact:
    """Tell for how long the certificate in a TLS Secret is valid.

    Args:
        now: with its time zone.
    """
    subject = f"certificate in {ObjectRef.of(secret)}"
    encoded = (secret.get("data") or {}).get("tls.crt")
    if not encoded:
        return Fact(subject, "empty", "whoever should fill it has not done so yet", healthy=False)
    try:
        end = x509.load_pem_x509_certificate(base64.b64decode(encoded)).not_valid_after_utc
    except ValueError as error:
        return Fact(subject, "unreadable", str(error), healthy=False)
    days = (end - now).days
    state = f"valid until {end.astimezone(UTC):%Y-%m-%d}" if days >= 0 else f"expired on {end:%Y-%m-%d}"
    figures = {"not_after": rfc3339(end.timestamp()), "days_left": days}
    return Fact(subject, state, f"{days} days left" if days >= 0 else "", days >= RENEWAL_DAYS, figures)


def tls_secrets(live: Manifest) -> list[str]:
    """Name the TLS Secrets that an Ingress uses."""
    entries = live["spec"].get("tls") or () if live["kind"] == "Ingress" else ()
    return [entry["secretName"] for entry in entries if entry.get("secretName")]


def _deployment(subject: str, live: Manifest) -> Fact:
    lack = missing(live, "rolled-out")
    image = ", ".join(entry["image"] for entry in live["spec"]["template"]["spec"]["containers"])
    status = live.get("status") or {}
    figures = {
        "replicas": status.get("replicas", 0),
        "ready_replicas": status.get("readyReplicas", 0),
        "images": [entry["image"] for entry in live["spec"]["template"]["spec"]["containers"]],
    }
    return Fact(subject, "not ready" if lack else "ready", lack or image, healthy=not lack, figures=figures)


def _claim(subject: str, live: Manifest) -> Fact:
    status = live.get("status") or {}
    phase = status.get("phase", "Pending")
    asked = live["spec"]["resources"]["requests"]["storage"]
    size = (status.get("capacity") or {}).get("storage", asked)
    growing = "" if size == asked else f", growing to {asked}"
    detail = f"{size}{growing}, class {live['spec'].get('storageClassName') or 'none'}"
    figures = {
        "bytes": _bytes(size),
        "requested_bytes": _bytes(asked),
        "storage_class": live["spec"].get("storageClassName"),
    }
    return Fact(subject, phase.lower(), detail, healthy=phase == "Bound", figures=figures)


def _bytes(quantity: str) -> int | None:
    """Return a quantity of Kubernetes in bytes; None for one that nobody can read."""
    with contextlib.suppress(ValueError):
        return int(parse_quantity(quantity))
    return None


def _service(subject: str, live: Manifest) -> Fact | None:
    spec = live["spec"]
    if spec["type"] == "ClusterIP":
        return None
    ports = ", ".join(str(entry.get("nodePort", entry["port"])) for entry in spec["ports"])
    balancer = (live.get("status") or {}).get("loadBalancer", {}).get("ingress")
    waiting = spec["type"] == "LoadBalancer" and not balancer
    figures = {
        "type": spec["type"],
        "ports": [entry.get("nodePort", entry["port"]) for entry in spec["ports"]],
        "addresses": [entry.get("ip") or entry.get("hostname") for entry in balancer or ()],
    }
    state = "no address yet" if waiting else spec["type"]
    return Fact(subject, state, f"ports {ports}", healthy=not waiting, figures=figures)


def _ingress(subject: str, live: Manifest) -> Fact:
    hosts = [rule.get("host", "*") for rule in live["spec"].get("rules") or ()]
    name = live["spec"].get("ingressClassName")
    figures = {"hosts": hosts, "class": name}
    return Fact(subject, "exposed", f"{', '.join(hosts)} by class {name or 'default'}", figures=figures)
