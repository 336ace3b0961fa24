"""Exposure by an HTTPRoute on a Gateway (gateway.networking.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import Await, Backend, Manifest, ObjectRef, Problem, Settings, Site

API = "gateway.networking.k8s.io/v1"
NAME = "docker-registry"
STANDARD_PORTS = {"HTTP": 80, "HTTPS": 443}
_TRAEFIK = "traefik.io/gateway-controller"


def find_gateway(settings: Settings, site: Site, namespace: str) -> tuple[Manifest | None, Problem | None]:
    """Return the Gateway to attach to, or why there is none.

    Args:
        settings: REGISTRY_GATEWAY names one; else the only one that fits is taken.
        site: where they are.
        namespace: of the route.
    """
    gateways = {_name(item): item for item in site.list(API, "Gateway")}
    wanted = settings.get("REGISTRY_GATEWAY")
    there = ", ".join(sorted(gateways)) or "none"
    if wanted:
        problem = Problem(f"there is no Gateway {wanted}", f"the cluster has: {there}", "correct REGISTRY_GATEWAY")
        return gateways.get(wanted), None if wanted in gateways else problem
    fqn = settings.get("REGISTRY_FQN") or ""
    fitting = [item for item in gateways.values() if list(listeners(item, fqn, namespace))]
    if len(fitting) == 1:
        return fitting[0], None
    what = "several Gateways fit" if fitting else f"no Gateway has a listener for {fqn} and namespace {namespace}"
    return None, Problem(what, f"the cluster has: {there}", "set REGISTRY_GATEWAY to NAMESPACE/NAME of one")


def listeners(gateway: Manifest, fqn: str, namespace: str) -> Iterator[Manifest]:
    """Yield the listeners that serve a name to routes of a namespace, HTTPS ones first."""
    fitting = [
        listener
        for listener in gateway["spec"]["listeners"]
        if listener["protocol"] in ("HTTP", "HTTPS")
        and _serves(listener.get("hostname"), fqn)
        and _admits(listener, gateway["metadata"]["namespace"], namespace)
    ]
    yield from sorted(fitting, key=lambda listener: listener["protocol"] != "HTTPS")


def _serves(hostname: str | None, fqn: str) -> bool:
    if not hostname:
        return True
    # A wildcard of the Gateway API stands for one label or more (spec of Hostname in v1).
    return fqn.endswith(hostname[1:]) if hostname.startswith("*.") else hostname == fqn


def _admits(listener: Manifest, own: str, namespace: str) -> bool:
    """Whether routes of a namespace may attach; a selector is left to the controller to judge."""
    source = ((listener.get("allowedRoutes") or {}).get("namespaces") or {}).get("from", "Same")
    return source in ("All", "Selector") or own == namespace


def http_route(fqn: str, gateway: Manifest, listener: Manifest, backend: Backend, app: str) -> Manifest:
    """Return the HTTPRoute, attached to one listener, so that HTTPS is not served by plain HTTP, too."""
    metadata = gateway["metadata"]
    parent = {"name": metadata["name"], "namespace": metadata["namespace"], "sectionName": listener["name"]}
    return {
        "apiVersion": API,
        "kind": "HTTPRoute",
        "metadata": {
            "name": NAME,
            "namespace": backend.namespace,
            "labels": {"app": "docker-registry", "instance": app},
        },
        "spec": {
            "parentRefs": [parent],
            "hostnames": [fqn],
            "rules": [{"backendRefs": [{"name": backend.service, "port": backend.port}]}],
        },
    }


def working(backend: Backend) -> tuple[Await, ...]:
    """What is awaited of a route, as `observe` tells it: its Gateway took it, and its Service is there."""
    return (Await(ObjectRef(API, "HTTPRoute", NAME, backend.namespace), "observed"),)


def public_port(listener: Manifest, gateway: Manifest, site: Site) -> int:
    """Return the port at which users reach a listener.

    It is the listener's own, but for Traefik: there it has to be the port that Traefik's entry point has inside its pod
    (8443 in its Helm chart), in front of which a Service or the node's ports offer the usual one.
    """
    class_ref = ObjectRef(API, "GatewayClass", gateway["spec"]["gatewayClassName"])
    controller = ((site.get(class_ref) or {}).get("spec") or {}).get("controllerName")
    if controller == _TRAEFIK:
        return STANDARD_PORTS[listener["protocol"]]
    return int(listener["port"])


def _name(gateway: Manifest) -> str:
    return f"{gateway['metadata']['namespace']}/{gateway['metadata']['name']}"
