"""The permissions that exposing the registry takes."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.model import Access
from solakube_core.settings import Settings
from solakube_registry.exposure.tls import WILDCARD_NAMESPACE, tls_mode
from solakube_registry.naming import Names

_VERBS = ("get", "create", "patch", "delete")


def access(settings: Settings) -> Iterator[Access]:
    """Name the permissions for the chosen mode; `auto` may need those of an Ingress."""
    namespace = Names.of(settings).namespace
    mode = settings.get("REGISTRY_EXPOSE")
    if mode in ("auto", "ingress"):
        yield from _certificate(settings, namespace)
        yield Access("list", "networking.k8s.io", "ingressclasses")
        for verb in _VERBS:
            yield Access(verb, "networking.k8s.io", "ingresses", namespace)
    if mode == "gateway":
        yield Access("list", "gateway.networking.k8s.io", "gateways")
        for verb in _VERBS:
            yield Access(verb, "gateway.networking.k8s.io", "httproutes", namespace)
    if mode == "nodeport":
        yield Access("list", "", "nodes")


def _certificate(settings: Settings, namespace: str) -> Iterator[Access]:
    if tls_mode(settings) == "wildcard":
        yield Access("get", "", "secrets", WILDCARD_NAMESPACE)
    if tls_mode(settings) == "cert-manager":
        yield Access("list", "cert-manager.io", "clusterissuers")
        for verb in _VERBS:
            yield Access(verb, "cert-manager.io", "certificates", namespace)
