"""Which storage driver a registry has. Where two are named, it ends at its start.

Source: https://distribution.github.io/distribution/about/configuration/, "storage"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from solakube_core.plugin import Problem

FILES = "filesystem"
S3 = "s3"
_BESIDE_THE_DRIVER = ("cache", "delete", "maintenance", "redirect", "tag")
_WHY = "a registry has one storage driver, and ends at its start where two are named"


def storage_driver(extra: Mapping[str, Any]) -> str:
    """Name the storage driver that is in force when `extra` is laid over our configuration."""
    return next(_named(extra), FILES)


def driver_problems(extra: Mapping[str, Any], names: tuple[str, ...], in_bucket: bool = False) -> Iterator[Problem]:
    """Tell where a second driver is named.

    Args:
        extra: configData.
        names: of the registry's environment variables, of which REGISTRY_STORAGE_X_Y names the driver x.
        in_bucket: the settings have chosen a bucket.
    """
    named = list(_named(extra))
    if in_bucket:
        for other in named:
            if other != S3:
                what = f"chart-values.yaml sets configData.storage.{other}, and REGISTRY_STORAGE is s3"
                yield Problem(what, _WHY, "leave one of them out")
        named = [S3]
    driver, *others = named or [FILES]
    for other in others:
        yield Problem(f"chart-values.yaml sets configData.storage.{driver} and .{other}", _WHY, "leave one of them out")
    for name in names:
        first, *keys = name.lower().split("_")
        if first == "registry" and keys[:1] == ["storage"] and {*keys[1:2]} - {driver, *_BESIDE_THE_DRIVER}:
            what = f"chart-values.yaml sets {name} in extraEnvVars, and the storage driver is {driver}"
            yield Problem(what, _WHY, f"leave it out, or set configData.storage.{keys[1]}")


def _named(extra: Mapping[str, Any]) -> Iterator[str]:
    storage = extra.get("storage")
    parts = storage.items() if isinstance(storage, Mapping) else ()
    return (key for key, value in parts if key not in _BESIDE_THE_DRIVER and value is not None)
