"""Addresses that users reach: how a host and a port become one, IPv6 included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import ssl

    from solakube_core.model.objects import Manifest

_STANDARD_PORTS = {"http": 80, "https": 443}
_OF_NODES = ("ExternalIP", "InternalIP")
"""Kinds of node addresses, the one that more people can reach first."""


@dataclass(frozen=True)
class Address:
    """Where users reach a component.

    Attributes:
        url: scheme, host and, unless it is the scheme's own, port; no trailing slash.
        ca: PEM of the certificate authority to trust, "" where the system's suffice.
    """

    url: str
    ca: str = ""

    @classmethod
    def of(cls, scheme: str, host: str, port: int) -> Address:
        """Return the address of a server.

        Args:
            scheme: http or https.
            host: a name or an IP address; one of IPv6 without brackets, which a URL wants (RFC 3986, 3.2.2).
            port: the TCP port.
        """
        place = f"[{host}]" if ":" in host else host
        return cls(f"{scheme}://{place}" + ("" if port == _STANDARD_PORTS.get(scheme) else f":{port}"))

    @property
    def host(self) -> str:
        """Host, with the port where the URL states one: what image names begin with."""
        return self.url.partition("://")[2]

    def trust(self) -> ssl.SSLContext:
        """Return what the server's certificate is checked against; this machine itself needs no proof of who it is."""
        import ssl

        context = ssl.create_default_context(cadata=self.ca or None)
        if urlsplit(self.url).hostname in ("127.0.0.1", "::1"):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context


def node_host(nodes: Iterable[Manifest]) -> str:
    """Return the IP address at which a cluster's nodes are reached; "" where none tells any."""
    addresses = [entry for node in nodes for entry in (node.get("status") or {}).get("addresses") or ()]
    found = (str(entry["address"]) for kind in _OF_NODES for entry in addresses if entry["type"] == kind)
    return next(found, "")
