"""How Prometheus learns of the registry: by the kinds of its operator, by annotations, or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from solakube_core.plugin import Access, Exposure, ObjectRef, Problem, Settings, Site, SolakubeError
from solakube_registry.exposure.access import applying
from solakube_registry.exposure.tls_secret import served_secret
from solakube_registry.maintenance import schedule
from solakube_registry.monitoring.variables import AUTO, LABELS, METRICS, OFF, ON

API_GROUP = "monitoring.coreos.com"
KINDS = {"PodMonitor": "podmonitors", "PrometheusRule": "prometheusrules"}
"""Of the Prometheus operator, each with its resource."""

_WORD = r"[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?"
_LABEL = re.compile(rf"(?:[a-z0-9.-]+/)?{_WORD}=(?:{_WORD})?", re.ASCII)


@dataclass(frozen=True)
class Monitoring:
    """How Prometheus learns of the registry.

    Attributes:
        by_kinds: by a PodMonitor and a PrometheusRule; by annotations of the pod else.
        labels: of these objects.
        scheduled: maintenance runs by itself, so that it can be late.
        backup_gap: the most seconds between two backups that the registry takes of itself; 0 where it takes none.
        certificate: name of the Secret with the certificate that clients are shown; "" where it is not in the
            registry's namespace, or there is none.
    """

    by_kinds: bool
    labels: Mapping[str, str]
    scheduled: bool
    backup_gap: float
    certificate: str


def monitoring(settings: Settings, exposure: Exposure | None, backup_gap: float, site: Site) -> Monitoring | None:
    """Return how Prometheus learns of it; None for not at all.

    Args:
        settings: the settings.
        exposure: how the registry is reached.
        backup_gap: see `Monitoring`.
        site: what the cluster knows.

    Raises:
        SolakubeError: the cluster does not tell which kinds it knows.
    """
    wanted = settings.require(METRICS)
    if wanted == OFF:
        return None
    labels = dict(label.split("=", 1) for label in settings.items_of(LABELS))
    by_kinds = wanted == ON or _knows_kinds(site)
    return Monitoring(by_kinds, labels, bool(schedule.cron(settings)), backup_gap, served_secret(exposure))


def access(settings: Settings, namespace: str, site: Site) -> Iterator[Access]:
    """Name the permissions that it takes."""
    wanted = settings.require(METRICS)
    if wanted == AUTO:
        yield Access("get", "apiextensions.k8s.io", "customresourcedefinitions")
    if wanted == ON or (wanted == AUTO and _is_seen_to_know_kinds(site)):
        for resource in KINDS.values():
            yield from applying(API_GROUP, resource, namespace)


def problems(settings: Settings) -> Iterator[Problem]:
    """Tell what is wrong with the settings."""
    for label in settings.items_of(LABELS):
        if not _LABEL.fullmatch(label):
            yield Problem(f"{LABELS}: {label!r} is no label", "they are written NAME=VALUE", "as in release=prometheus")


def _is_seen_to_know_kinds(site: Site) -> bool:
    """Where that may not be asked, the right to ask is missing first, and that is told."""
    try:
        return _knows_kinds(site)
    except SolakubeError:
        return False


def _knows_kinds(site: Site) -> bool:
    definitions = (f"{resource}.{API_GROUP}" for resource in KINDS.values())
    refs = (ObjectRef("apiextensions.k8s.io/v1", "CustomResourceDefinition", name) for name in definitions)
    return all(site.get(ref) is not None for ref in refs)
