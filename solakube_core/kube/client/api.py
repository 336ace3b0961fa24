"""Reading and writing plain objects. Every error leaves here as a `SolakubeError`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic.resource import Resource

from solakube_core.errors import Problem
from solakube_core.kube.client.connection import Connection
from solakube_core.kube.client.faults import CLIENT_ERRORS, NotKubernetes, UnknownKind, translate
from solakube_core.kube.objects.ownership import MANAGER
from solakube_core.model import Manifest, ObjectRef

Object = dict[str, Any]
"""A live object: plain JSON."""

_PARALLEL = 8
_PAGE = 500

In = TypeVar("In")
Out = TypeVar("Out")


def parallel(call: Callable[[In], Out], items: Iterable[In]) -> list[Out]:
    """Call the function for all items, several at a time, and return the results in order."""
    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(call, items))


class Api:
    """The cluster's objects, by `ObjectRef`."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def resource(self, api_version: str, kind: str) -> Resource | None:
        """Return how the cluster serves a kind; None where it is unknown."""
        with self._translated(f"look up the kind {kind}"):
            return self.connection.discovery.find(api_version, kind)

    def ask_kinds_anew(self) -> None:
        """Forget which kinds there are, since that has just changed."""
        self.connection.discovery.forget()

    def group_versions(self) -> tuple[str, ...]:
        """Return the preferred version of every API group."""
        with self._translated("list the API groups"):
            return self.connection.discovery.group_versions()

    def listable_kinds(self, api_version: str) -> tuple[str, ...]:
        """Return the kinds of a group version that live in namespaces and can be listed."""
        with self._translated(f"list the kinds of {api_version}"):
            kinds = self.connection.discovery.kinds(api_version)
        return tuple(name for name, kind in kinds.items() if kind.namespaced and "list" in kind.verbs)

    def get(self, ref: ObjectRef) -> Object | None:
        """Return one object; None where there is none or its kind is unknown."""
        resource = self.resource(ref.api_version, ref.kind)
        if resource is None:
            return None
        with self._translated(f"read {ref}"):
            try:
                return self._send("get", resource, name=ref.name, namespace=ref.namespace)
            except ApiException as error:
                if error.status == 404:
                    return None
                raise

    def get_many(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Object]:
        """Return those of the objects that exist."""
        wanted = tuple(dict.fromkeys(refs))
        found = zip(wanted, parallel(self.get, wanted), strict=True)
        return {ref: live for ref, live in found if live is not None}

    def list_all(
        self,
        api_version: str,
        kind: str,
        namespace: str = "",
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Object]:
        """Return all objects of a kind; none where it is unknown.

        Args:
            namespace: "" for every namespace.
            labels: labels they must have.
            fields: values that fields must have, such as involvedObject.name.
        """
        resource = self.resource(api_version, kind)
        if resource is None:
            return []
        where = f"in namespace {namespace}" if namespace else "cluster-wide"
        options = {
            "namespace": namespace or None,
            "label_selector": _selector(labels),
            "field_selector": _selector(fields),
        }
        with self._translated(f"list {resource.name} {where}"):
            try:
                items = [item for page in self._pages(resource, options) for item in page]
            except ApiException as error:
                if error.status != 410:
                    raise
                # The pages after the first have become too old: all of it in one.
                items = list(self.connection.ask("items", "get", resource, **options)["items"] or ())
        return [{"apiVersion": api_version, "kind": kind, **item} for item in items]

    def apply(self, manifest: Manifest, *, dry_run: bool = False) -> Object:
        """Apply an object by server-side apply and return what the cluster then has."""
        ref = ObjectRef.of(manifest)
        return self._write(
            f"apply {ref}", "server_side_apply", ref, manifest, force_conflicts="true", dry_run=_dry(dry_run)
        )

    def try_replacing(self, manifest: Manifest) -> Object:
        """Tell what the object would be if it held just what the manifest says; nothing is changed."""
        ref = ObjectRef.of(manifest)
        return self._write(f"compare {ref}", "replace", ref, manifest, dry_run=_dry(True))

    def try_creating(self, manifest: Manifest) -> None:
        """Have the server judge an object with metadata.generateName as a new one; nothing is changed."""
        kind, metadata = manifest["kind"], manifest["metadata"]
        resource = self._known(manifest["apiVersion"], kind)
        with self._translated(f"create {kind} {metadata['generateName'].rstrip('-')}", secret=kind == "Secret"):
            self._send(
                "create",
                resource,
                body=manifest,
                namespace=metadata.get("namespace"),
                field_manager=MANAGER,
                dry_run=_dry(True),
            )

    def review(self, manifest: Manifest, action: str) -> Object:
        """Ask by an object that is a question, such as a SelfSubjectAccessReview, and return it with the answer."""
        resource = self._known(manifest["apiVersion"], manifest["kind"])
        with self._translated(action):
            return dict(self.connection.ask("status", "create", resource, body=manifest))

    def merge(self, ref: ObjectRef, patch: Mapping[str, Any]) -> Object:
        """Lay fields over an object (JSON merge patch); None removes one."""
        return self._patch(ref, patch, "application/merge-patch+json")

    def edit(self, ref: ObjectRef, operations: list[dict[str, Any]]) -> Object:
        """Change an object by JSON patch operations."""
        return self._patch(ref, operations, "application/json-patch+json")

    def delete(self, ref: ObjectRef, propagation: str = "Background") -> None:
        """Ask for an object's deletion; fine where there is none.

        Args:
            propagation: "Foreground" to keep the object until all that it owns is gone.
        """
        resource = self.resource(ref.api_version, ref.kind)
        if resource is None:
            return
        body = {"propagationPolicy": propagation}
        with self._translated(f"remove {ref}"):
            try:
                self._send("delete", resource, name=ref.name, namespace=ref.namespace, body=body)
            except ApiException as error:
                if error.status != 404:
                    raise

    def log(
        self, pod: ObjectRef, container: str, *, previous: bool = False, lines: int = 0, follow: bool = False
    ) -> Iterator[str]:
        """Give the lines that a container wrote.

        Args:
            previous: of its run before the present one.
            lines: how many, the last ones; 0 for all.
            follow: go on with what it writes from now on, until it ends.
        """
        path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log"
        options = {"container": container, "previous": previous, "follow": follow, "tailLines": lines or None}
        query = [(name, str(value).lower()) for name, value in options.items() if value]
        with self._translated(f"read the log of container {container} in {pod}"):
            yield from self.connection.lines(path, query, for_ever=follow)

    def version(self) -> str:
        """Return the server's version, such as "v1.34.4"."""
        with self._translated("reach the cluster"):
            return str(self.connection.ask("gitVersion", "request", "GET", "/version")["gitVersion"])

    def _patch(self, ref: ObjectRef, body: Any, content_type: str) -> Object:
        return self._write(f"change {ref}", "patch", ref, body, content_type=content_type)

    def _write(self, action: str, verb: str, ref: ObjectRef, body: Any, **options: Any) -> Object:
        resource = self._known(ref.api_version, ref.kind)
        with self._translated(action, secret=ref.kind == "Secret"):
            return self._send(
                verb,
                resource,
                body=body,
                name=ref.name,
                namespace=ref.namespace or None,
                field_manager=MANAGER,
                **options,
            )

    def _known(self, api_version: str, kind: str) -> Resource:
        resource = self.resource(api_version, kind)
        if resource is None:
            raise UnknownKind.of([unknown_kind(api_version, kind)])
        return resource

    def _pages(self, resource: Resource, options: Mapping[str, Any]) -> Iterator[list[Object]]:
        token = None
        while True:
            page = self.connection.ask("items", "get", resource, limit=_PAGE, _continue=token, **options)
            yield page["items"] or []
            token = (page.get("metadata") or {}).get("continue")
            if not token:
                return

    def _send(self, verb: str, resource: Resource, **options: Any) -> Object:
        answer = dict(self.connection.ask("metadata", verb, resource, **options))
        # A deletion is answered by a word on it, a new object has a name of the server's choice.
        if "name" in options and verb != "delete" and answer["metadata"].get("name") != options["name"]:
            raise NotKubernetes
        return answer

    @contextmanager
    def _translated(self, action: str, *, secret: bool = False) -> Iterator[None]:
        try:
            yield
        except CLIENT_ERRORS as error:
            raise translate(action, self.connection.server, error, secret=secret) from error


def unknown_kind(api_version: str, kind: str) -> Problem:
    """Tell that the cluster has no such kind."""
    return Problem(
        f"the cluster does not know the kind {kind} of {api_version}",
        "the software that brings it (its CustomResourceDefinition) is not installed",
        "install it, or choose settings that do without it",
    )


def _selector(pairs: Mapping[str, str] | None) -> str | None:
    return ",".join(f"{key}={value}" for key, value in pairs.items()) if pairs else None


def _dry(dry_run: bool) -> str | None:
    return "All" if dry_run else None
