"""The permissions that exposing the registry takes."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import Access, Settings, Site, SolakubeError
from solakube_registry.exposure import gateway
from solakube_registry.exposure.tls import WILDCARD_NAMESPACE, tls_mode
from solakube_registry.naming import Names

_INGRESS = "networking.k8s.io"
_GATEWAY = "gateway.networking.k8s.io"
_ISSUER = "cert-manager.io"


def access(settings: Settings, site: Site) -> Iterator[Access]:
    """Name the permissions for the chosen mode; `auto` takes those of what it comes to."""
    match settings.get("REGISTRY_EXPOSE"):
        case "auto" if settings.get("REGISTRY_FQN"):
            yield from _automatic(settings, site)
        case "ingress":
            yield from _ingress(settings, site)
        case "gateway":
            yield from _gateway(settings)
        case "nodeport":
            yield Access("list", "", "nodes")


def _automatic(settings: Settings, site: Site) -> Iterator[Access]:
    if _takes_asking(site, f"{_INGRESS}/v1", "IngressClass"):
        yield from _ingress(settings, site)
        return
    yield Access("list", _INGRESS, "ingressclasses")
    if _takes_asking(site, gateway.API, "Gateway"):
        yield from _gateway(settings)


def _ingress(settings: Settings, site: Site) -> Iterator[Access]:
    yield Access("list", _INGRESS, "ingressclasses")
    yield from applying(_INGRESS, "ingresses", Names.of(settings).namespace)
    mode = tls_mode(settings)
    if mode == "wildcard":
        yield Access("get", "", "secrets", WILDCARD_NAMESPACE)
    if mode == "cert-manager" and _takes_asking(site, f"{_ISSUER}/v1", "ClusterIssuer"):
        yield Access("list", _ISSUER, "clusterissuers")
        yield from applying(_ISSUER, "certificates", Names.of(settings).namespace)


def _gateway(settings: Settings) -> Iterator[Access]:
    yield Access("list", _GATEWAY, "gateways")
    yield Access("get", _GATEWAY, "gatewayclasses")
    yield from applying(_GATEWAY, "httproutes", Names.of(settings).namespace)


def applying(group: str, resource: str, namespace: str = "") -> Iterator[Access]:
    """Name what the core does to have an object: look, and apply it."""
    return (Access(verb, group, resource, namespace) for verb in ("get", "create", "patch"))


def _takes_asking(site: Site, api_version: str, kind: str) -> bool:
    """Tell whether listing a kind takes a permission: not where the cluster has none of it."""
    try:
        return bool(site.list(api_version, kind))
    except SolakubeError:
        return True
