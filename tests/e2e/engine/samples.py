"""A small web server as a component, in as many variants as the tests need."""

from __future__ import annotations

from typing import Any

from solakube_core.model import Await, Backend, Manifest, ObjectRef, Plan

PYTHON = "python:3.13-slim"
BUSYBOX = "busybox:1.37"
PORT = 8000

Object = dict[str, Any]


def metadata(name: str, namespace: str) -> dict[str, Any]:
    return {"name": name, "namespace": namespace, "labels": {"app": "web"}}


def namespace_object(namespace: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}


def config_map(namespace: str, name: str = "page", text: str = "hello\n") -> Object:
    data = {"index.html": text}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(name, namespace), "data": data}


def secret(namespace: str, text: str = "first") -> Object:
    metadata_ = metadata("password", namespace)
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata_, "stringData": {"password": text}}


def claim(namespace: str, storage_class: str = "standard", size: str = "1Gi") -> Object:
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": storage_class,
        "resources": {"requests": {"storage": size}},
    }
    kind = "PersistentVolumeClaim"
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata("data", namespace), "spec": spec}


def service(namespace: str) -> Object:
    spec = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": PORT}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata("web", namespace), "spec": spec}


def server(**more: Any) -> Object:
    """The container: a web server over the mounted page."""
    return {
        "name": "server",
        "image": PYTHON,
        "command": ["python3", "-m", "http.server", str(PORT), "--directory", "/page"],
        "volumeMounts": [{"name": "page", "mountPath": "/page"}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 1},
        **more,
    }


def deployment(namespace: str, *containers: Object, volumes: tuple[Object, ...] = (), **spec: Any) -> Object:
    pod = {
        "terminationGracePeriodSeconds": 1,
        "containers": list(containers) or [server()],
        "volumes": [{"name": "page", "configMap": {"name": "page"}}, *volumes],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata("web", namespace),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
            **spec,
        },
    }


def backend(namespace: str) -> Backend:
    return Backend(namespace, "web", 80, "http", {"app": "web"}, PORT)


def deployment_ref(namespace: str) -> ObjectRef:
    return ObjectRef("apps/v1", "Deployment", "web", namespace)


def plan(namespace: str, *objects: Manifest, awaits: tuple[Await, ...] | None = None) -> Plan:
    """A plan whose component is called like its namespace, so that tests do not meet each other's."""
    rolled_out = (Await(deployment_ref(namespace), "rolled-out"),)
    return Plan(
        component=namespace,
        objects=(namespace_object(namespace), *objects),
        services=(),
        backend=backend(namespace),
        awaits=rolled_out if awaits is None else awaits,
    )


def web(namespace: str) -> Plan:
    """All of it, with a Secret and a claim that the pod mounts."""
    volumes = (
        {"name": "password", "secret": {"secretName": "password"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
    )
    mounts = [
        {"name": "page", "mountPath": "/page"},
        {"name": "password", "mountPath": "/password"},
        {"name": "data", "mountPath": "/data"},
    ]
    return plan(
        namespace,
        claim(namespace),
        secret(namespace),
        config_map(namespace),
        deployment(namespace, server(volumeMounts=mounts), volumes=volumes, strategy={"type": "Recreate"}),
        service(namespace),
    )
