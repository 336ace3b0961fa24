"""The first phase: is everything there that a registry needs? Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solakube_core.plugin import Configuration, Problem, Settings, Site, StorageRequest
from solakube_registry import scaling
from solakube_registry.access import access
from solakube_registry.backup import own_schedule
from solakube_registry.chart.values import RegistryValues, load_registry_values
from solakube_registry.exposure import network_policy
from solakube_registry.maintenance import holders, images, original_tool, schedule
from solakube_registry.monitoring import choice as monitoring
from solakube_registry.naming import COMPONENT, Names
from solakube_registry.object_storage import checking
from solakube_registry.place import in_cluster
from solakube_registry.private import rotation
from solakube_registry.processes import data_folder
from solakube_registry.users import admin, declared

_LAST_PORT = 65533


def configure(settings: Settings, roots: tuple[Path, ...], site: Site) -> Configuration:
    """Resolve and check all settings of the registry.

    Args:
        settings: as the user made them.
        roots: where a chart-values.yaml may lie.
        site: where it goes to.
    """
    names = Names.of(settings)
    values, problems = load_registry_values(settings, roots)
    problems += [*admin.problems(settings, site), *original_tool.problems(settings, site)]
    problems += monitoring.problems(settings)
    problems += [*holders.problems(settings), *schedule.problems(settings), *images.problems(settings, site)]
    problems += own_schedule.problems(settings, site, values, scaling.replicas(settings, values))
    problems += declared.problems(settings)
    problems += rotation.problems(settings, in_cluster(site))
    problems += network_policy.problems(settings, in_cluster(site))
    if values.bucket is None:
        problems += data_folder.problems(site)
    problems += [*_port_problem(settings, site), *scaling.problems(settings, values, site)]
    notes: list[str] = []
    if values.bucket and not problems:
        # Only what is complete can be looked into.
        problems, notes = checking.look(values.bucket, names, site)
    return Configuration(
        access=tuple(access(settings, names, values, site)),
        storage=_storage(settings, names, values),
        backend=names.backend,
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _port_problem(settings: Settings, site: Site) -> Iterator[Problem]:
    port = settings.integer("REGISTRY_PORT")
    if not in_cluster(site) and not 0 < port <= _LAST_PORT:
        yield Problem(
            f"REGISTRY_PORT={port} is out of range",
            "the registry takes this port, and the next two for metrics",
            f"choose one from 1 to {_LAST_PORT}",
        )


def _storage(settings: Settings, names: Names, values: RegistryValues) -> StorageRequest | None:
    if not values.makes_claim:
        return None
    size = values.text("persistence", "size") or settings.require("REGISTRY_PVC_SIZE")
    return StorageRequest(COMPONENT, names.claim, size, values.storage_classes)
