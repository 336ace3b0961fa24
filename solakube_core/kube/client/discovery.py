"""Which kinds of objects the cluster knows, and under which path they live."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.resource import Resource

Ask = Callable[..., Mapping[str, Any]]
"""`solakube_core.kube.client.connection.Connection.ask`."""


class Discovery:
    """Asks for one API group version when it is first needed.

    The client's own discoverers read the whole list of groups before the first call and keep what they found in
    a file that can be stale. A component uses four or five group versions, so asking costs less than the file.
    Every method may raise what `Connection.ask` raises: no answer does not mean that there is no such kind.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[str, Mapping[str, Resource]] = {}
        self._asking: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def find(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of a kind, which may be given by its counted as in the API's paths; None if unknown."""
        known = self.kinds(api_version)
        return known.get(kind) or next((found for found in known.values() if found.name == kind), None)

    def kinds(self, api_version: str) -> Mapping[str, Resource]:
        """Return the resources of a group version by kind; none where the cluster does not know it."""
        # Each is asked for once, and several at a time.
        with self._asking[api_version]:
            if api_version not in self._known:
                self._known[api_version] = self._read(api_version)
            return self._known[api_version]

    def forget(self) -> None:
        """Ask anew from now on."""
        self._known.clear()

    def group_versions(self) -> tuple[str, ...]:
        """Return the preferred version of every API group, such as "v1" and "apps/v1"."""
        groups = self._ask("groups", "request", "GET", "/apis")["groups"]
        return ("v1", *(group["preferredVersion"]["groupVersion"] for group in groups))

    def _read(self, api_version: str) -> Mapping[str, Resource]:
        prefix = "apis" if "/" in api_version else "api"
        try:
            listed = self._ask("resources", "request", "GET", f"/{prefix}/{api_version}")["resources"]
        except ApiException as error:
            if error.status == 404:
                return {}
            raise
        return {entry["kind"]: _resource(prefix, api_version, entry) for entry in listed if "/" not in entry["name"]}


def _resource(prefix: str, api_version: str, entry: Mapping[str, Any]) -> Resource:
    group, _, version = api_version.rpartition("/")
    return Resource(
        prefix=prefix,
        group=group,
        api_version=version,
        kind=entry["kind"],
        namespaced=entry["namespaced"],
        verbs=entry["verbs"],
        name=entry["name"],
    )
