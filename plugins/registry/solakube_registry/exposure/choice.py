"""Which way in is taken. Each returns what should exist and says why."""

from __future__ import annotations

from dataclasses import replace

from solakube_core.plugin import Address, Adoptable, Backend, Exposure, Problem, Settings, Site, node_host
from solakube_registry.exposure.gateway import (
    find_gateway,
    http_route,
    listeners,
    public_port,
    working,
)
from solakube_registry.exposure.ingress import ingress, ingress_class
from solakube_registry.exposure.machine import on_one_machine
from solakube_registry.exposure.tls import certificate
from solakube_registry.exposure.tls_secret import Tls
from solakube_registry.naming import COMPONENT, Names
from solakube_registry.place import in_cluster


def expose(settings: Settings, backend: Backend, site: Site) -> Exposure:
    """Return how the registry is reached, by REGISTRY_EXPOSE.

    Args:
        settings: the settings.
        backend: the Service to lead to.
        site: controllers, gateways, certificates and secrets that are there.
    """
    if not in_cluster(site):
        return on_one_machine(settings, site)
    match settings.get("REGISTRY_EXPOSE"):
        case "ingress":
            return _by_ingress(settings, backend, site)
        case "gateway":
            return _by_gateway(settings, backend, site)
        case "nodeport":
            return _by_node_port(settings, backend, site)
        case "loadbalancer":
            explanation = "a Service of type LoadBalancer, without TLS: `sk status` tells its address"
            return Exposure(COMPONENT, "loadbalancer", explanation=explanation, service={"type": "LoadBalancer"})
        case "none":
            return _none("REGISTRY_EXPOSE=none")
        case _:
            return _automatic(settings, backend, site)


def _automatic(settings: Settings, backend: Backend, site: Site) -> Exposure:
    """Take an ingress controller, else a Gateway, else nothing."""
    if not settings.get("REGISTRY_FQN"):
        return _none("there is no name to serve (REGISTRY_FQN, or CLUSTER_FQN for registry.CLUSTER_FQN)")
    if site.list("networking.k8s.io/v1", "IngressClass"):
        return _chosen(_by_ingress(settings, backend, site), "there is an ingress controller")
    gateway, _ = find_gateway(settings, site, backend.namespace)
    if gateway is not None:
        return _chosen(_by_gateway(settings, backend, site), "there is a Gateway that fits, and no ingress controller")
    return _none("there is neither an ingress controller nor a Gateway that fits")


def _chosen(exposure: Exposure, why: str) -> Exposure:
    return replace(exposure, explanation=f"{exposure.explanation}; chosen since {why}")


def _none(why: str) -> Exposure:
    explanation = f"none, since {why}" if not why.startswith("REGISTRY") else f"none ({why})"
    return Exposure(COMPONENT, "none", explanation=f"{explanation}; `sk registry forward` leads there")


def _by_ingress(settings: Settings, backend: Backend, site: Site) -> Exposure:
    fqn = settings.get("REGISTRY_FQN") or ""
    chosen, problem = ingress_class(settings, site)
    tls = certificate(settings, Names.of(settings), site)
    exposure = _with_tls(Exposure(COMPONENT, "ingress", problems=_name_problem(fqn)), fqn, tls)
    if chosen is None:
        return replace(exposure, problems=exposure.problems + ((problem,) if problem else ()))
    item = ingress(fqn, tls.secret, chosen, backend, Names.of(settings).app)
    controller = chosen["spec"].get("controller", "unknown")
    explanation = f"ingress class {chosen['metadata']['name']} ({controller}), {tls.explanation}"
    # The original's Ingress has these labels.
    adopts = (*exposure.adopts, Adoptable(item["metadata"]["labels"]))
    return replace(exposure, objects=(*exposure.objects, item), explanation=explanation, adopts=adopts)


def _by_gateway(settings: Settings, backend: Backend, site: Site) -> Exposure:
    fqn = settings.get("REGISTRY_FQN") or ""
    gateway, problem = find_gateway(settings, site, backend.namespace)
    problems = _name_problem(fqn) + ((problem,) if problem else ())
    if gateway is None:
        return Exposure(COMPONENT, "gateway", problems=problems)
    name = f"{gateway['metadata']['namespace']}/{gateway['metadata']['name']}"
    listener = next(listeners(gateway, fqn, backend.namespace), None)
    if listener is None:
        why = "its listeners serve other names, other protocols or other namespaces"
        unfit = Problem(f"the Gateway {name} has no listener for {fqn}", why, "add one, or name another Gateway")
        return Exposure(COMPONENT, "gateway", problems=(*problems, unfit))
    protocol = listener["protocol"]
    own = "the Gateway's own certificate" if protocol == "HTTPS" else "without TLS"
    return Exposure(
        COMPONENT,
        "gateway",
        (http_route(fqn, gateway, listener, backend, Names.of(settings).app),),
        Address.of(protocol.lower(), fqn, public_port(listener, gateway, site)),
        working(backend),
        f"HTTPRoute on the Gateway {name}, listener {listener['name']}, {own}",
        problems=problems,
    )


def _by_node_port(settings: Settings, backend: Backend, site: Site) -> Exposure:
    port = settings.integer("REGISTRY_NODE_PORT")
    entry = {
        "name": backend.port_name,
        "port": backend.port,
        "protocol": "TCP",
        "targetPort": backend.target_port,
        "nodePort": port,
    }
    host = node_host(site.list("v1", "Node"))
    return Exposure(
        COMPONENT,
        "nodeport",
        address=Address.of("http", host, port) if host else None,
        explanation=f"port {port} of every node, without TLS: clients must be told that it is insecure",
        service={"type": "NodePort", "ports": [entry]},
    )


def _with_tls(exposure: Exposure, fqn: str, tls: Tls) -> Exposure:
    return replace(
        exposure,
        objects=tls.objects,
        awaits=tls.awaits,
        address=Address(f"{'https' if tls.secret else 'http'}://{fqn}", tls.ca),
        problems=exposure.problems + tls.problems,
        adopts=tls.adopts,
    )


def _name_problem(fqn: str) -> tuple[Problem, ...]:
    if fqn:
        return ()
    what, why = "the registry has no public name", "neither REGISTRY_FQN nor CLUSTER_FQN is set"
    return (Problem(what, why, "set one of them, or REGISTRY_EXPOSE=none"),)
