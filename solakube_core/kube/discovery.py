"""Which kinds of objects the cluster knows, and under which path they live."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kubernetes.dynamic.exceptions import NotFoundError, ResourceNotFoundError, ServiceUnavailableError
from kubernetes.dynamic.resource import Resource

if TYPE_CHECKING:
    from kubernetes.dynamic import DynamicClient


class GroupDiscovery:
    """Discoverer for the dynamic client that asks for one API group version when it is first needed.

    The client's own discoverers read the whole list of groups before the first call and keep what they found in
    a file that can be stale. A component uses four or five group versions, so asking costs less than the file.
    """

    def __init__(self, client: DynamicClient, _cache_file: str | None = None) -> None:
        self._client = client
        self._known: dict[str, Mapping[str, Resource]] = {}
        self._lock = threading.Lock()

    def get(self, *, api_version: str, kind: str) -> Resource:
        """Return the resource of a kind, which may be given by its plural as in the API's paths.

        Raises:
            ResourceNotFoundError: the cluster does not know it.
        """
        known = self.kinds(api_version)
        resource = known.get(kind) or next((found for found in known.values() if found.name == kind), None)
        if resource is None:
            raise ResourceNotFoundError(f"no kind {kind} in {api_version}")
        return resource

    def kinds(self, api_version: str) -> Mapping[str, Resource]:
        """Return the resources of a group version by kind; none where the cluster does not know it."""
        with self._lock:
            if api_version not in self._known:
                self._known[api_version] = self._ask(api_version)
            return self._known[api_version]

    def group_versions(self) -> tuple[str, ...]:
        """Return the preferred version of every API group, such as "v1" and "apps/v1"."""
        groups = self._get("/apis")["groups"]
        return ("v1", *(group["preferredVersion"]["groupVersion"] for group in groups))

    def _ask(self, api_version: str) -> Mapping[str, Resource]:
        prefix = "apis" if "/" in api_version else "api"
        try:
            listed = self._get(f"/{prefix}/{api_version}")["resources"]
        except (NotFoundError, ServiceUnavailableError):
            return {}
        return {
            entry["kind"]: self._resource(prefix, api_version, entry) for entry in listed if "/" not in entry["name"]
        }

    def _resource(self, prefix: str, api_version: str, entry: Mapping[str, Any]) -> Resource:
        group, _, version = api_version.rpartition("/")
        return Resource(
            prefix=prefix,
            group=group,
            api_version=version,
            kind=entry["kind"],
            namespaced=entry["namespaced"],
            verbs=entry["verbs"],
            name=entry["name"],
            client=self._client,
        )

    def _get(self, path: str) -> dict[str, Any]:
        response = self._client.request("GET", path, serialize=False)
        answer: dict[str, Any] = json.loads(response.data)
        return answer
