"""The permissions that deploying the registry takes: what is named here suffices, and each of it is needed.

Why something does not become ready is told as far as one may see; removing takes permissions of its own, which the core
asks for where something is to be removed.
"""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import CREATED_ANNOTATION, Access, Manifest, ObjectRef, Settings, Site, SolakubeError
from solakube_registry import scaling
from solakube_registry.backup import own_schedule
from solakube_registry.chart.values import RegistryValues
from solakube_registry.exposure import access as exposure
from solakube_registry.exposure import network_policy
from solakube_registry.exposure.access import applying
from solakube_registry.maintenance import holders, schedule
from solakube_registry.monitoring import choice as monitoring
from solakube_registry.naming import Names
from solakube_registry.private import announcing, rotation

_NAMESPACED = (("", "secrets"), ("", "configmaps"), ("", "services"), ("apps", "deployments"))
_STORAGE = ("storageclasses", "csidrivers", "csinodes")


def access(settings: Settings, names: Names, values: RegistryValues, site: Site) -> Iterator[Access]:
    """Name the permissions, as far as they depend on what is there."""
    yield from _namespace(names.namespace, site)
    for group, resource in _NAMESPACED:
        yield from applying(group, resource, names.namespace)
    yield from _claim(names, values, site)
    # The check at the end goes to the pod where the address does not lead to it from here.
    yield Access("list", "", "pods", names.namespace)
    # A websocket is a GET; Kubernetes 1.35 and later ask for the right to create as well.
    for verb in ("get", "create"):
        yield Access(verb, "", "pods/portforward", names.namespace)
    yield from _schedule(settings, names)
    if scaling.replicas(settings, values) > 1:
        yield from applying("policy", "poddisruptionbudgets", names.namespace)
    yield from monitoring.access(settings, names.namespace, site)
    yield from network_policy.access(settings, names.namespace)
    yield from announcing.access(settings)
    yield from rotation.access(settings, names.namespace)
    yield from exposure.access(settings, site)


def _namespace(namespace: str, site: Site) -> Iterator[Access]:
    """A namespace that others made is left as it is; one that is not there is made, which nobody may in itself."""
    live = _seen(site, ObjectRef("v1", "Namespace", namespace))
    if live is None:
        yield from applying("", "namespaces")
        return
    yield Access("get", "", "namespaces", namespace)
    if CREATED_ANNOTATION in (live["metadata"].get("annotations") or {}):
        yield Access("patch", "", "namespaces", namespace)


def _claim(names: Names, values: RegistryValues, site: Site) -> Iterator[Access]:
    """A claim that is there keeps its storage class, so that nothing has to be known of the others."""
    if not values.makes_claim:
        yield Access("get", "", "persistentvolumeclaims", names.namespace)
        return
    yield from applying("", "persistentvolumeclaims", names.namespace)
    if _seen(site, names.claim) is None:
        for resource in _STORAGE:
            yield Access("list", "storage.k8s.io", resource)


def _schedule(settings: Settings, names: Names) -> Iterator[Access]:
    """Name what schedules take besides: nobody can grant a right that he does not have himself."""
    if schedule.cron(settings) or own_schedule.claim(settings):
        yield from applying("batch", "cronjobs", names.namespace)
    if schedule.asks_cluster(settings):
        yield from applying("", "serviceaccounts", names.namespace)
        yield from applying("rbac.authorization.k8s.io", "clusterroles")
        yield from applying("rbac.authorization.k8s.io", "clusterrolebindings")
        for kind in holders.kinds(settings):
            yield Access("list", kind.group, kind.resource)


def _seen(site: Site, ref: ObjectRef) -> Manifest | None:
    """Return an object; one that may not be looked at counts as absent here, since then most permissions are needed."""
    try:
        return site.get(ref)
    except SolakubeError:
        return None
