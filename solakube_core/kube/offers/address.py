"""The address that a Service gets from its type, where nothing in front of it exposes the component."""

from __future__ import annotations

from collections.abc import Iterable

from solakube_core.kube.client.api import Api
from solakube_core.model import Address, Backend, Manifest, ObjectRef, node_host


def find(api: Api, backend: Backend) -> Address | None:
    """Return the address of a LoadBalancer or NodePort Service; None for one that only the cluster reaches."""
    service = backend.service and api.get(ObjectRef("v1", "Service", backend.service, backend.namespace))
    if not service:
        return None
    kind = service["spec"]["type"]
    if kind == "LoadBalancer":
        return balanced(service, backend)
    return on_node(service, backend, api.list_all("v1", "Node")) if kind == "NodePort" else None


def balanced(service: Manifest, backend: Backend) -> Address | None:
    """Return the load balancer's address; None while it has none. Pure."""
    balancer = (service.get("status") or {}).get("loadBalancer") or {}
    hosts = [entry.get("hostname") or entry.get("ip") for entry in balancer.get("ingress") or ()]
    return Address.of(backend.scheme, hosts[0], backend.port) if hosts else None


def on_node(service: Manifest, backend: Backend, nodes: Iterable[Manifest]) -> Address | None:
    """Return the address of a Service's node port on one of the nodes. Pure."""
    node_ports = [entry.get("nodePort") for entry in service["spec"]["ports"] if entry["port"] == backend.port]
    host = node_host(nodes)
    return Address.of(backend.scheme, host, node_ports[0]) if host and node_ports else None
