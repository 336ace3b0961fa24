"""The registry's chart-values.yaml, so that a file written for the original, or for its Helm chart, goes on working."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solakube_core.plugin import Problem, Settings
from solakube_registry.chart.keys import SCHEMA
from solakube_registry.chart.lists import list_problems
from solakube_registry.chart.own import has_own_values
from solakube_registry.chart.problems import misplaced, resource_problems
from solakube_registry.distribution.drivers import FILES, driver_problems, storage_driver
from solakube_registry.distribution.relied_on import at, environment_problems, given_way, problems_of
from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT, DEBUG_ADDRESS, PORT
from solakube_registry.object_storage.bucket import Bucket, bucket_of
from solakube_registry.processes.config import registry_config

DEFAULTS = Path(__file__).with_name("chart-values.yaml")


@dataclass(frozen=True)
class RegistryValues:
    """The merged values.

    Attributes:
        data: plain maps, lists and scalars.
        set_keys: the keys at the top that somebody's file has.
        bucket: where the images are, by the settings too; None for a volume, or a storage driver of configData.
    """

    data: Mapping[str, Any]
    set_keys: tuple[str, ...] = ()
    bucket: Bucket | None = None

    def at(self, *path: str) -> Any:
        """Return the value at a path, None where it is not given."""
        return at(self.data, path)

    def text(self, *path: str) -> str:
        """Return the value at a path as text, "" where it is not given."""
        found = self.at(*path)
        return "" if found is None else str(found)

    def mapping(self, *path: str) -> Mapping[str, Any]:
        """Return the map at a path, an empty one where it is not given."""
        return self.at(*path) or {}

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the chart's own values is left out, and why."""
        return tuple(given_way(self.own_config, self.mapping("configData")))

    @property
    def own_config(self) -> dict[str, Any]:
        """The registry's configuration in a cluster, but for configData; without files where that has a driver."""
        driver = storage_driver(self.mapping("configData"))
        extra: dict[str, Any] = {} if driver == FILES else {"storage": {driver: {}}}
        return registry_config(
            CONTAINER_LAYOUT, f":{PORT}", DEBUG_ADDRESS, read_only=False, extra=extra, bucket=self.bucket
        )

    @property
    def storage_classes(self) -> tuple[str, ...]:
        """The storage classes that are asked for, most wanted first."""
        listed = self.text("persistence", "storageClass").split(",")
        return tuple(entry.strip() for entry in listed if entry.strip())

    @property
    def makes_claim(self) -> bool:
        """Whether the images' volume is claimed by the registry itself."""
        claims = bool(self.at("persistence", "enabled")) and not self.at("persistence", "existingClaim")
        return claims and self.bucket is None

    @property
    def keeps_files(self) -> bool:
        """Whether the images are files beside the maintenance program."""
        return self.bucket is None and storage_driver(self.mapping("configData")) == FILES

    @property
    def bucket_with_keys(self) -> Bucket | None:
        """The bucket, where there are keys by which the maintenance program looks into it."""
        return self.bucket if self.bucket and self.bucket.has_keys else None

    def image(self, default: str) -> str:
        """Return the image: the values' repository and tag, each falling back to the default's."""
        repository, _, tag = _split_image(default)
        named = self.text("image", "repository")
        version = self.text("image", "tag")
        if not named and not version:
            return default
        return f"{named or repository}:{version or tag or 'latest'}"


def _split_image(image: str) -> tuple[str, str, str]:
    """Split at the tag's colon, which comes after the last slash (a colon before it is a port)."""
    path, slash, last = image.rpartition("/")
    name, colon, tag = last.partition(":")
    return f"{path}{slash}{name}", colon, tag


def load_registry_values(settings: Settings, roots: tuple[Path, ...]) -> tuple[RegistryValues, list[Problem]]:
    """Read the defaults and lay the roots' chart-values.yaml over them.

    Returns:
        The values, and everything that is wrong with the files: unreadable ones, unknown keys, and keys
        that are known but are set in another way here.
    """
    # Imported here: the YAML parser takes a tenth of a second.
    from solakube_core.plugin import load_values

    data, problems = load_values(COMPONENT, DEFAULTS, roots, SCHEMA, _names(settings))
    # To read the defaults once more takes time that only somebody's own file is worth.
    defaults = load_values(COMPONENT, DEFAULTS, (), SCHEMA, {})[0] if has_own_values(roots) else data
    set_keys = tuple(key for key in data if data[key] != defaults.get(key))
    bucket, wrong = bucket_of(settings, data)
    values = RegistryValues(data, set_keys, bucket)
    return values, [*problems, *wrong, *_problems(values, settings)]


def _names(settings: Settings) -> dict[str, str]:
    """Return what references stand for: every variable, and what the original promised to its templates.

    REGISTRY_STORAGE_CLASS, which the original's own file refers to, was always set there. Here the class is
    negotiated later: where no class is asked for it stands for an empty list, written with a comma.
    """
    promised = {"DEPLOY_NAMESPACE": settings.get("REGISTRY_APP_NAME") or COMPONENT, "REGISTRY_STORAGE_CLASS": ","}
    return {**promised, **{name: value for name, value in settings.environment().items() if value}}


def _problems(values: RegistryValues, settings: Settings) -> Iterator[Problem]:
    extra = values.mapping("configData")
    variables = [entry for entry in values.at("extraEnvVars") or [] if entry and entry.get("name")]
    yield from misplaced(values.data, settings)
    yield from resource_problems(values.data)
    yield from list_problems(values.data)
    yield from driver_problems(extra, tuple(entry["name"] for entry in variables), values.bucket is not None)
    yield from problems_of(values.own_config, extra)
    yield from environment_problems(values.own_config, variables)
