"""An API server for its faults: real HTTP, a few kinds, and answers as it is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.loopback import LoopbackServer, QuietHandler

KINDS: Mapping[str, tuple[tuple[str, str, bool], ...]] = {
    "/api/v1": (
        ("Namespace", "namespaces", False),
        ("ConfigMap", "configmaps", True),
        ("Secret", "secrets", True),
        ("Service", "services", True),
        ("PersistentVolumeClaim", "persistentvolumeclaims", True),
        ("Pod", "pods", True),
        ("Event", "events", True),
    ),
    "/apis/apps/v1": (("Deployment", "deployments", True), ("ReplicaSet", "replicasets", True)),
    "/apis/batch/v1": (("Job", "jobs", True),),
    "/apis/apiextensions.k8s.io/v1": (("CustomResourceDefinition", "customresourcedefinitions", False),),
    "/apis/authorization.k8s.io/v1": (("SelfSubjectAccessReview", "selfsubjectaccessreviews", False),),
}


@dataclass
class Fault:
    """What is answered instead, for so many times."""

    status: int
    body: str | Mapping[str, Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 10**9
    method: str = ""


def refusal(code: int, message: str, reason: str, *causes: Mapping[str, str], method: str = "") -> Fault:
    """Answer as an API server refuses."""
    details = {"causes": list(causes)}
    status = {"kind": "Status", "code": code, "message": message, "reason": reason, "details": details}
    return Fault(code, status, method=method)


class ApiServer(LoopbackServer):
    """Holds objects by their path.

    Attributes:
        faults: by the beginning of the path that they hold for.
        kinds: what it knows, by the path of the group version; one more with each definition that is applied.
        taking_up: how often a new kind is not known yet when it is asked for.
        seen: method and path of each request.
        queries: of each request.
        version: of Kubernetes.
        broken: the method of requests that are taken and never answered: their connection ends.
    """

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.objects: dict[str, dict[str, Any]] = {}
        self.kinds = dict(KINDS)
        self.taking_up = 0
        self._new: dict[str, tuple[tuple[str, str, bool], ...]] = {}
        self.faults: dict[str, Fault] = {}
        self.seen: list[tuple[str, str]] = []
        self.queries: list[Mapping[str, list[str]]] = []
        self.version = "v1.34.4"
        self.broken = ""

    def fault(self, method: str, path: str) -> Fault | None:
        """Return the fault for a request and count it."""
        for prefix, found in self.faults.items():
            if path.startswith(prefix) and found.times > 0 and found.method in ("", method):
                found.times -= 1
                return found
        return None

    def answer(self, method: str, path: str, query: Mapping[str, Any], body: Any) -> tuple[int, Mapping[str, Any]]:
        """Answer as an API server without faults."""
        if path == "/version":
            return 200, {"gitVersion": self.version}
        if path == "/apis":
            groups = [version.removeprefix("/apis/") for version in self.kinds if version.startswith("/apis/")]
            return 200, {"groups": [{"preferredVersion": {"groupVersion": version}} for version in groups]}
        if path in self._new and not self.taking_up:
            self.kinds[path] = self._new.pop(path)
        if path in self._new:
            self.taking_up -= 1
        if path in self.kinds:
            return 200, {"resources": [_resource(*kind) for kind in self.kinds[path]]}
        if method == "POST":
            return 201, {"metadata": {}, **body, "status": {"allowed": True}}
        if method == "PATCH":
            return self._apply(path, "dryRun" in query, body)
        if path in self.objects:
            return 200, self.objects.pop(path) if method == "DELETE" else self.objects[path]
        where, _, plural = path.rpartition("/")
        if plural in {plural for kinds in self.kinds.values() for _, plural, _ in kinds}:
            items = [found for name, found in self.objects.items() if name.startswith(where) and f"/{plural}/" in name]
            return 200, {"metadata": {}, "items": items}
        return 404, {"kind": "Status", "message": f"{path} not found", "reason": "NotFound"}

    def _apply(self, path: str, dry_run: bool, body: Mapping[str, Any]) -> tuple[int, Mapping[str, Any]]:
        ours = {"manager": "solakube", "operation": "Apply", "fieldsV1": {}}
        version = self.objects.get(path, {}).get("metadata", {}).get("resourceVersion", "0")
        if body["metadata"].get("resourceVersion", version) != version:
            message = "the object has been modified; please apply your changes to the latest version and try again"
            return 409, {"kind": "Status", "code": 409, "message": message, "reason": "Conflict"}
        after = version if dry_run else str(int(version) + 1)
        applied = {**body, "metadata": {**body["metadata"], "resourceVersion": after, "managedFields": [ours]}}
        if not dry_run:
            self.objects[path] = applied
            if body["kind"] == "CustomResourceDefinition":
                self._define(body["spec"])
        return 200, applied

    def _define(self, spec: Mapping[str, Any]) -> None:
        names, namespaced = spec["names"], spec["scope"] == "Namespaced"
        for version in spec["versions"]:
            path = f"/apis/{spec['group']}/{version['name']}"
            if path not in self.kinds:
                self._new[path] = ((names["kind"], names["plural"], namespaced),)


def _resource(kind: str, plural: str, namespaced: bool) -> Mapping[str, Any]:
    return {"kind": kind, "name": plural, "namespaced": namespaced, "verbs": ["get", "list", "patch"]}


class _Handler(QuietHandler):
    server: ApiServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, url.path))
        self.server.queries.append(parse_qs(url.query))
        if self.command == self.server.broken:
            self.close_connection = True
            return
        found = self.server.fault(self.command, url.path)
        if found:
            self._send(found.status, found.body, found.headers)
        else:
            body = json.loads(sent) if sent else None
            self._send(*self.server.answer(self.command, url.path, parse_qs(url.query), body))

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

    def _send(self, status: int, body: str | Mapping[str, Any], headers: Mapping[str, str] | None = None) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


def kubeconfig(path: Path, server: str, **more: Any) -> str:
    """Write a kubeconfig.

    Args:
        more: `user` and `cluster`, with further fields of theirs.
    """
    content = {
        "current-context": "test",
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "me", "namespace": "web"}}],
        "clusters": [{"name": "test", "cluster": {"server": server, **more.get("cluster", {})}}],
        "users": [{"name": "me", "user": more.get("user", {"token": "t"})}],
    }
    path.write_text(json.dumps(content))
    return str(path)
