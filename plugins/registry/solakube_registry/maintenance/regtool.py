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

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from solakube_registry.chart.values import RegistryValues
    from solakube_registry.object_storage.bucket import Bucket

REGTOOL_PACKAGE = "solakube_regtool"

IN_BUCKET = (
    *("list", "usage", "fsck", "check", "delete", "history", "undelete", "prune", "garbage-collect"),
    *("hold", "backup", "backup-send", "backup-sent"),
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


def regtool(settings: Settings, site: Site) -> Program:
    """Return the maintenance program beside the registry's data."""
    names = Names.of(settings)
    data = site.layout(COMPONENT, CONTAINER_LAYOUT).data
    arguments = ("-m", REGTOOL_PACKAGE, "--data", data)
    return Program(COMPONENT, "python", arguments, names.namespace, names.selector, REGTOOL_CONTAINER)


def bucket_tool(settings: Settings, bucket: Bucket) -> Program:
    """Return the same program on a bucket; it has the keys by its environment."""
    from solakube_regtool.s3.address import ACCESS_KEY, SECRET_KEY

    names = Names.of(settings)
    arguments = ("-m", REGTOOL_PACKAGE, "--bucket", bucket.address.written())
    keys = {ACCESS_KEY: bucket.keys.access, SECRET_KEY: bucket.keys.secret} if bucket.keys else {}
    return Program(COMPONENT, "python", arguments, names.namespace, names.selector, REGTOOL_CONTAINER, keys)


def own_values(settings: Settings) -> RegistryValues | None:
    """Return the values of the registry that is deployed; None where nobody has any, and its images are files."""
    if not has_own_values(settings.roots) and not is_wanted(settings, {}):
        return None
    from solakube_registry.chart.values import load_registry_values

    return load_registry_values(settings, settings.roots)[0]


def sees_images(values: RegistryValues | None) -> bool:
    """Tell whether the program sees the images of a registry with these values: files, or objects it has keys for."""
    return values is None or values.keeps_files or values.bucket_with_keys is not None


def beside_images(settings: Settings, site: Site, values: RegistryValues | None) -> Program:
    """Return the program that looks at the images of a registry with these values, wherever they are."""
    if values and values.bucket_with_keys:
        return bucket_tool(settings, values.bucket_with_keys)
    return regtool(settings, site)


def metrics_address(settings: Settings, site: Site) -> str:
    """Return the URL of the registry's debug address, as seen from beside the data."""
    in_container = site.layout(COMPONENT, CONTAINER_LAYOUT) == CONTAINER_LAYOUT
    port = DEBUG_PORT if in_container else settings.integer("REGISTRY_PORT") + 1
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
