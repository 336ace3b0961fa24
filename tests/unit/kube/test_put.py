"""What is put beside a plan reaches the pods that mount it at once."""

from __future__ import annotations

from typing import Any

from solakube_core.kube import KubernetesEngine
from tests.unit.kube.api_server import ApiServer, refusal

PODS = "/api/v1/namespaces/web/pods"
LOGINS = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "logins", "namespace": "web"}}


def pod(name: str, secret: str) -> dict[str, Any]:
    volumes = [{"name": "v", "projected": {"sources": [{"secret": {"name": secret}}]}}]
    metadata = {"name": name, "namespace": "web"}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"volumes": volumes}}


def test_the_pods_that_mount_a_secret_are_told(engine: KubernetesEngine, server: ApiServer) -> None:
    server.objects = {f"{PODS}/{name}": pod(name, secret) for name, secret in (("a", "logins"), ("b", "other"))}
    engine.put([LOGINS])
    assert [path for method, path in server.seen if method == "PATCH"] == [
        "/api/v1/namespaces/web/secrets/logins",
        f"{PODS}/a",
    ]


def test_where_pods_may_not_be_told_the_secret_is_there_all_the_same(
    engine: KubernetesEngine, server: ApiServer
) -> None:
    server.faults[PODS] = refusal(403, "pods is forbidden", "Forbidden")
    engine.put([LOGINS])
    assert "/api/v1/namespaces/web/secrets/logins" in server.objects
