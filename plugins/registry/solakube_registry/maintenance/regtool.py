"""The maintenance program: how it reaches the data, and what it can do there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from solakube_core.plugin import Maintenance, Program, Settings, Site, Task
from solakube_registry.chart.own import has_own_values
from solakube_registry.maintenance.images import is_maintained
from solakube_registry.naming import (
    COMPONENT,
    CONTAINER_LAYOUT,
    DEBUG_PORT,
    REGISTRY_CONTAINER,
    REGTOOL_CONTAINER,
    Names,
)
from solakube_registry.object_storage.wanted import is_wanted
from solakube_registry.place import has_reader_here, in_cluster

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from solakube_registry.chart.values import RegistryValues
    from solakube_registry.object_storage.bucket import Bucket

REGTOOL_PACKAGE = "solakube_regtool"

METRICS, READER_METRICS = 1, 3
"""On one machine: how far behind the registry's port those of its processes' metrics are; between is the program's."""

IN_BUCKET = (
    *("list", "usage", "fsck", "check", "delete", "history", "undelete", "prune", "garbage-collect"),
    *("hold", "backup", "backup-send", "backup-sent", "backup-check"),
)
"""The program's commands that work on a bucket, too."""

_TASKS = (
    Task("list", "List repositories and tags.", ("registry", "list")),
    Task("garbage-collect", "Free what no tag reaches.", ("registry", "garbage-collect")),
)


@cache
def regtool_files() -> Mapping[str, str]:
    """Return the maintenance program's modules, by their paths in its package, such as `alive/mark.py`."""
    from importlib.resources import files

    return MappingProxyType(dict(sorted(_modules(files(REGTOOL_PACKAGE)))))


def _modules(folder: Traversable, path: str = "") -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _modules(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield path + entry.name, entry.read_text(encoding="utf-8")


def regtool(settings: Settings, site: Site, has_reader: bool | None = None) -> Program:
    """Return the maintenance program beside the registry's data.

    Args:
        has_reader: on one machine a process of its own serves pulls; None where it is as it is deployed.
    """
    names = Names.of(settings)
    data = site.layout(COMPONENT, CONTAINER_LAYOUT).data
    arguments = ("-m", REGTOOL_PACKAGE, "--data", data)
    known = _known_processes(settings, site, has_reader)
    return Program(COMPONENT, "python", arguments, names.namespace, names.selector, REGTOOL_CONTAINER, known)


def bucket_tool(settings: Settings, site: Site, bucket: Bucket, has_reader: bool | None = None) -> Program:
    """Return the same program on a bucket; it has the keys by its environment."""
    from solakube_regtool.s3.address import ACCESS_KEY, SECRET_KEY

    names = Names.of(settings)
    arguments = ("-m", REGTOOL_PACKAGE, "--bucket", bucket.address.written())
    keys = {ACCESS_KEY: bucket.keys.access, SECRET_KEY: bucket.keys.secret} if bucket.keys else {}
    known = {**keys, **_known_processes(settings, site, has_reader)}
    return Program(COMPONENT, "python", arguments, names.namespace, names.selector, REGTOOL_CONTAINER, known)


def _known_processes(settings: Settings, site: Site, has_reader: bool | None) -> dict[str, str]:
    """Return how the program knows of two processes where there are two; in a pod it knows that better itself."""
    if in_cluster(site):
        return {}
    there = has_reader_here(site, Names.of(settings)) if has_reader is None else has_reader
    return every_process(settings) if there else {}


def every_process(settings: Settings) -> dict[str, str]:
    """Return the variable by which the program on one machine knows the metrics of both processes."""
    from solakube_regtool.commands.registry_options import EVERY_PROCESS

    port = settings.integer("REGISTRY_PORT")
    return {EVERY_PROCESS: " ".join(f"http://127.0.0.1:{port + further}" for further in (METRICS, READER_METRICS))}


def own_values(settings: Settings) -> RegistryValues | None:
    """Return the values of the registry that is deployed; None where nobody has any, and its images are files."""
    if not has_own_values(settings.roots) and not is_wanted(settings, {}):
        return None
    from solakube_registry.chart.values import load_registry_values

    return load_registry_values(settings, settings.roots)[0]


def sees_images(values: RegistryValues | None) -> bool:
    """Tell whether the program sees the images of a registry with these values: files, or objects it has keys for."""
    return values is None or values.keeps_files or values.bucket_with_keys is not None


def beside_images(
    settings: Settings, site: Site, values: RegistryValues | None, has_reader: bool | None = None
) -> Program:
    """Return the program that looks at the images of a registry with these values, wherever they are.

    Args:
        has_reader: as for `regtool`.
    """
    if values and values.bucket_with_keys:
        return bucket_tool(settings, site, values.bucket_with_keys, has_reader)
    return regtool(settings, site, has_reader)


def metrics_address(settings: Settings, site: Site) -> str:
    """Return the URL of the registry's debug address, as seen from beside the data."""
    in_container = site.layout(COMPONENT, CONTAINER_LAYOUT) == CONTAINER_LAYOUT
    port = DEBUG_PORT if in_container else settings.integer("REGISTRY_PORT") + METRICS
    return f"http://127.0.0.1:{port}"


def registry_program(settings: Settings) -> Program:
    """Return the registry's own executable, beside the data: it brings distribution's collector."""
    names = Names.of(settings)
    return Program(COMPONENT, COMPONENT, (), names.namespace, names.selector, REGISTRY_CONTAINER)


def maintenance(settings: Settings, site: Site) -> Maintenance:
    """Name the registry's maintenance. What it did last is known where it sees the images."""
    values = own_values(settings)
    told = is_maintained(settings, site) and sees_images(values)
    return Maintenance(beside_images(settings, site, values), ("--json", "last-run") if told else (), _TASKS)
