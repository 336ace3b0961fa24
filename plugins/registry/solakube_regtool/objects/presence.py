"""Which registries share a bucket: each says so there before it starts, and until it has ended.

The collector asks each of them what is under way. One that it did not know of could be in the middle of a push of what
is freed: so it looks again whenever it waits for them. Nothing in a bucket ends with its writer: a registry writes this
anew again and again, and one that has not for long counts as gone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from solakube_regtool.errors import RegtoolError
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.s3.answers import Object

LAPSE = 300.0
"""Seconds after which a registry counts as gone that has not written anew that it is there.

A maintenance program that has ended leaves its pod unready: the registry beside it is sent no requests long before.
"""

RENEWAL = 60.0
"""Seconds between two of these writings."""

ID, NAME, HOST = "SOLAKUBE_REGISTRY_ID", "SOLAKUBE_REGISTRY_NAME", "SOLAKUBE_REGISTRY_HOST"
"""The environment's variables that tell a maintenance program which registry it is beside: unlike that of any other, as
people know it, and the address by which other machines reach what the program serves."""


class Registry(NamedTuple):
    """A registry that shares the bucket.

    Attributes:
        id: unlike that of any other.
        name: as people know it.
        metrics: URLs of its processes' metrics.
    """

    id: str
    name: str
    metrics: Sequence[str]


class Presence:
    """What the registries of a bucket say there.

    Args:
        workspace: where they say it.
        now: tells the server's time, in seconds since 1970.
    """

    def __init__(self, workspace: ObjectWorkspace, now: Callable[[], float]) -> None:
        self._bucket, self._folder, self._now = workspace.bucket, workspace.registries, now

    def announce(self, registry: Registry) -> None:
        """Say that a registry is there; RegtoolError where the bucket does not take it."""
        self._bucket.write(self._folder + registry.id, json.dumps(registry._asdict()).encode())

    def withdraw(self, id: str) -> None:
        """Say that it is no more; RegtoolError where the bucket does not take it."""
        self._bucket.delete([self._folder + id])

    def ids(self) -> frozenset[str]:
        """Tell which are there, by a request for each thousand."""
        found = self._bucket.objects(self._folder)
        return frozenset(told.key.removeprefix(self._folder) for told in found if not self._is_old(told))

    def registries(self) -> list[Registry]:
        """Tell of each that is there.

        Raises:
            RegtoolError: the bucket failed, or has something else there.
        """
        return [registry for id in sorted(self.ids()) if (registry := self._read(id))]

    def _read(self, id: str) -> Registry | None:
        content = self._bucket.read(self._folder + id)
        if content is None:
            return None
        try:
            document = json.loads(content)
            return Registry(id, str(document["name"]), [str(url) for url in document["metrics"]])
        except (ValueError, KeyError, TypeError) as error:
            what = f"{self._folder}{id} in the bucket cannot be read"
            why = f"a registry says there that it shares the bucket ({type(error).__name__}: {error})"
            raise RegtoolError(what, why, "delete it if no such registry is there any more") from error

    def forget_gone(self) -> None:
        """Delete what registries have left that are gone."""
        self._bucket.delete([told.key for told in self._bucket.objects(self._folder) if self._is_old(told)])

    def _is_old(self, told: Object) -> bool:
        return told.modified < self._now() - LAPSE


def own_id() -> str:
    """Give the registry's that this program is beside; "" where it is beside none that says so."""
    return os.environ.get(ID, "")
