"""The first phase: is everything there that a registry needs? Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solakube_core.engine import Site
from solakube_core.errors import Problem
from solakube_core.model import Access, Configuration, StorageRequest
from solakube_core.settings import Settings
from solakube_registry import data_folder, exposure, holders
from solakube_registry.chart_values import RegistryValues, load_registry_values
from solakube_registry.credentials import admin_password, password_problem
from solakube_registry.maintenance import schedule
from solakube_registry.naming import COMPONENT, Names

_NAMESPACED = (
    ("", "secrets"),
    ("", "configmaps"),
    ("", "services"),
    ("", "persistentvolumeclaims"),
    ("apps", "deployments"),
)

_CHANGING = ("get", "create", "patch", "delete")


def configure(settings: Settings, roots: tuple[Path, ...], site: Site) -> Configuration:
    """Resolve and check all settings of the registry.

    Args:
        settings: as the user made them.
        roots: where a chart-values.yaml may lie.
        site: where it goes to.
    """
    names = Names.of(settings)
    values, problems = load_registry_values(settings, roots)
    found = (password_problem(admin_password(settings)), _regtool_problem(settings))
    problems += [*(problem for problem in found if problem), *holders.problems(settings), *schedule.problems(settings)]
    problems += data_folder.problems(site)
    return Configuration(
        access=(*_access(names.namespace), *_schedule_access(settings, names), *exposure.access(settings)),
        storage=_storage(settings, names, values),
        backend=names.backend,
        problems=tuple(problems),
    )


def _regtool_problem(settings: Settings) -> Problem | None:
    image = settings.require("REGISTRY_REGTOOL_IMAGE")
    if "byrnedo/reg-tool" not in image:
        return None
    return Problem(
        f"REGISTRY_REGTOOL_IMAGE={image} cannot look after the registry",
        "it was the original's, and has no Python",
        "leave it out, or name an image with Python 3.9 or later",
    )


def _storage(settings: Settings, names: Names, values: RegistryValues) -> StorageRequest | None:
    if not values.makes_claim:
        return None
    size = values.text("persistence", "size") or settings.require("REGISTRY_PVC_SIZE")
    return StorageRequest(COMPONENT, names.claim, size, values.storage_classes)


def _access(namespace: str) -> Iterator[Access]:
    """Name every permission that deploying, watching and maintaining the registry takes."""
    for verb in ("get", "create", "patch"):
        yield Access(verb, "", "namespaces")
    for group, resource in _NAMESPACED:
        for verb in _CHANGING:
            yield Access(verb, group, resource, namespace)
    for resource in ("pods", "events"):
        yield Access("list", "", resource, namespace)
    yield Access("patch", "", "pods", namespace)
    for subresource in ("pods/exec", "pods/portforward"):
        yield Access("create", "", subresource, namespace)
    yield Access("list", "storage.k8s.io", "storageclasses")


def _schedule_access(settings: Settings, names: Names) -> Iterator[Access]:
    """Name what the schedule takes besides: nobody can grant a right that he does not have himself."""
    if not schedule.cron(settings):
        return
    for verb in _CHANGING:
        yield Access(verb, "batch", "cronjobs", names.namespace)
    yield Access("list", "batch", "jobs", names.namespace)
    if schedule.asks_cluster(settings):
        for verb in _CHANGING:
            yield Access(verb, "", "serviceaccounts", names.namespace)
            yield Access(verb, "rbac.authorization.k8s.io", "clusterroles")
            yield Access(verb, "rbac.authorization.k8s.io", "clusterrolebindings")
        for kind in holders.kinds(settings):
            yield Access("list", kind.group, kind.resource)
