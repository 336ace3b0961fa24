"""The IngressRoute (traefik.io/v1alpha1). Pure: it is returned, and the core applies it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_core.plugin import Access, Address, Backend, Exposure, Manifest, ObjectRef, Problem

if TYPE_CHECKING:
    from solakube_core.plugin import Settings, Site

PROVIDER = "traefik-ingressroute"
NAME = "docker-registry"
DEFINITION = ObjectRef("apiextensions.k8s.io/v1", "CustomResourceDefinition", "ingressroutes.traefik.io")


def access(namespace: str) -> tuple[Access, ...]:
    """Return the permissions that the route takes."""
    own = (Access(verb, "traefik.io", "ingressroutes", namespace) for verb in ("get", "create", "patch"))
    return (Access("get", "apiextensions.k8s.io", "customresourcedefinitions"), *own)


def exposure(settings: Settings, backend: Backend, site: Site) -> Exposure:
    """Return the route, its address, and everything that stands in the way.

    Args:
        settings: REGISTRY_FQN and REGISTRY_TLS_SECRET_NAME, as for the built-in Ingress.
        backend: the registry's Service.
        site: tells whether Traefik is there.
    """
    fqn, secret = settings.get("REGISTRY_FQN") or "", settings.get("REGISTRY_TLS_SECRET_NAME") or ""
    entry_point = settings.require("INGRESSROUTE_ENTRY_POINT")
    return Exposure(
        PROVIDER,
        "ingressroute",
        (_route(fqn, secret, entry_point, backend),),
        Address(f"https://{fqn}"),
        explanation=f"IngressRoute at Traefik's entry point {entry_point}, "
        + (f"own certificate {secret}" if secret else "Traefik's own certificate"),
        problems=tuple(_problems(fqn, secret, backend, site)),
    )


def _problems(fqn: str, secret: str, backend: Backend, site: Site) -> list[Problem]:
    problems = []
    if not fqn:
        why = "neither REGISTRY_FQN nor CLUSTER_FQN is set"
        problems.append(Problem("the registry has no public name", why, "set one of them"))
    if site.get(DEFINITION) is None:
        why = f"the cluster has no {DEFINITION.kind} {DEFINITION.name}"
        problems.append(Problem("the cluster knows no IngressRoute", why, "install Traefik 3 with its definitions"))
    if secret and site.get(ObjectRef("v1", "Secret", secret, backend.namespace)) is None:
        what = f"there is no TLS secret {backend.namespace}/{secret}"
        remedy = f"kubectl create secret tls {secret} --namespace {backend.namespace} --cert=FILE --key=FILE"
        problems.append(Problem(what, "REGISTRY_TLS_SECRET_NAME names it", remedy))
    return problems


def _route(fqn: str, secret: str, entry_point: str, backend: Backend) -> Manifest:
    service = {"name": backend.service, "port": backend.port}
    return {
        "apiVersion": "traefik.io/v1alpha1",
        "kind": "IngressRoute",
        "metadata": {"name": NAME, "namespace": backend.namespace},
        "spec": {
            "entryPoints": [entry_point],
            "routes": [{"match": f"Host(`{fqn}`)", "kind": "Rule", "services": [service]}],
            "tls": {"secretName": secret} if secret else {},
        },
    }
