"""Whether clients fetch layers from the object storage itself, where the registry would send them.

A node follows the redirect only where it can resolve, reach and trust the endpoint. Where that is not sure, the
registry passes the bytes on, which always works and costs its own network.
"""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from solakube_regtool.s3.address import Address

from solakube_registry.object_storage.variables import AUTO, ON

_PRIVATE_ENDINGS = (".svc", ".local", ".internal", ".lan", ".home", ".localhost", ".test", ".home.arpa")


class Redirect(NamedTuple):
    """The choice.

    Attributes:
        on: clients are redirected.
        reason: why, the rest of a sentence.
    """

    on: bool
    reason: str

    def __str__(self) -> str:
        if self.on:
            return f"layers are fetched from the object storage itself: {self.reason}"
        return f"layers are passed on by the registry, not redirected: {self.reason}"


def redirect(wanted: str, address: Address) -> Redirect:
    """Choose.

    Args:
        wanted: REGISTRY_S3_REDIRECT.
        address: of the bucket.
    """
    if wanted != AUTO:
        return Redirect(wanted == ON, f"REGISTRY_S3_REDIRECT={wanted}")
    if address.authority:
        return Redirect(False, "nodes do not trust the authority of its certificate")
    if address.server.startswith("http:"):
        return Redirect(False, "its endpoint speaks plain HTTP")
    if private := _private(address.host):
        return Redirect(False, private)
    return Redirect(True, f"{address.host} is a public name")


def _private(host: str) -> str:
    """Say why nodes may not reach a host; "" where it is public."""
    try:
        ip = ipaddress.ip_address(host)
    except ValueError:
        if "." not in host or host.endswith(_PRIVATE_ENDINGS):
            return f"{host} is a name of the cluster or of one's own network"
        return ""
    return "" if ip.is_global else f"{host} is no public address"
