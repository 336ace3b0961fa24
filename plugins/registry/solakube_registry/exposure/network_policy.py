"""Who may reach the registry's pods over the network, where that is asked for."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

from solakube_core.plugin import Access, Exposure, Problem, Settings, SolakubeError
from solakube_registry.exposure.access import applying
from solakube_registry.exposure.variables import FROM, ON, POLICY, SCRAPERS

_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_OUTSIDE = ("NodePort", "LoadBalancer")


@dataclass(frozen=True)
class Callers:
    """Who may reach the registry's pods: namespaces, whose pods may, and address ranges in CIDR notation.

    Attributes:
        registry: who may use the registry; None for anybody.
        metrics: who may read metrics.
    """

    registry: tuple[str, ...] | None
    metrics: tuple[str, ...]


def is_range(caller: str) -> bool:
    """Tell whether a caller is an address range rather than a namespace."""
    return "/" in caller


def is_wanted(settings: Settings) -> bool:
    """Tell whether there is to be a policy."""
    return settings.get(POLICY) == ON


def access(settings: Settings, namespace: str) -> Iterator[Access]:
    """Name the permissions that it takes."""
    if is_wanted(settings):
        yield from applying("networking.k8s.io", "networkpolicies", namespace)


def problems(settings: Settings, in_cluster: bool) -> Iterator[Problem]:
    """Tell what is wrong with the settings."""
    if is_wanted(settings) and not in_cluster:
        why = "network policies are a cluster's"
        yield Problem(
            f"{POLICY}={ON} has no effect on one machine", why, "leave it out; REGISTRY_LISTEN says who comes in"
        )
    for variable in (FROM, SCRAPERS):
        for caller in settings.items_of(variable):
            if not (_is_cidr(caller) if is_range(caller) else _NAMESPACE.fullmatch(caller)):
                why = "callers are named by their namespace, or by their addresses as a CIDR without host bits"
                remedy = "write it as traefik or 10.0.0.0/8"
                yield Problem(f"{variable} names {caller!r}, which is neither a namespace nor a CIDR", why, remedy)


def callers(settings: Settings, exposure: Exposure | None) -> Callers | None:
    """Return who may reach the registry; None for anybody.

    Raises:
        SolakubeError: the policy would shut out what exposes the registry.
    """
    if not is_wanted(settings):
        return None
    named, scrapers = settings.items_of(FROM), settings.items_of(SCRAPERS)
    if named or exposure is None or exposure.mode == "none":
        return Callers(named, scrapers)
    if exposure.service.get("type") in _OUTSIDE:
        # Clients come from everywhere, and a Service may well show the pod a node's address instead of theirs.
        return Callers(None, scrapers)
    raise SolakubeError(
        f"{POLICY}={ON} would shut out what leads to the registry",
        f"it is exposed by {exposure.mode}, and nothing tells where the pods are that pass requests on",
        f"set {FROM} to their namespace, such as traefik; where they are in the nodes' network, to the nodes' CIDR",
    )


def _is_cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
