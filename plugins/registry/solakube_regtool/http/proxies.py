"""The proxy that leads to a server, by the environment: HTTP_PROXY, HTTPS_PROXY, NO_PROXY, in either case."""

from __future__ import annotations

import base64
import ipaddress
import os
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from solakube_regtool.errors import RegtoolError


class Proxy(NamedTuple):
    """An HTTP proxy.

    Attributes:
        host: its name or address.
        port: its TCP port.
        headers: what it wants to be told: the login in its URL.
    """

    host: str
    port: int
    headers: Mapping[str, str]


def proxy_for(url: SplitResult) -> Proxy | None:
    """Return the proxy for a URL; None for none, as always for this machine itself (as Go's programs do it).

    Raises:
        RegtoolError: the environment names one that cannot be used.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ) or _is_this_machine(url.hostname or ""):
        return None
    # It brings in half a dozen modules, for those who have a proxy.
    from urllib.request import getproxies_environment, proxy_bypass

    proxies = getproxies_environment()
    chosen = proxies.get(url.scheme) or proxies.get("all")
    if not chosen or proxy_bypass(url.netloc.rpartition("@")[2]):
        return None
    return _parsed(chosen if "://" in chosen else f"http://{chosen}")


def _parsed(url: str) -> Proxy:
    parts = urlsplit(url)
    try:
        port = parts.port or 80
    except ValueError:
        port = 0
    if parts.scheme != "http" or not parts.hostname or not port:
        where = parts.netloc.rpartition("@")[2]
        raise RegtoolError(
            f"the proxy {parts.scheme}://{where} cannot be used",
            "the environment names it, and only a proxy of the form http://HOST:PORT can",
            "correct HTTP_PROXY or HTTPS_PROXY, or name the registry in NO_PROXY",
        )
    return Proxy(parts.hostname, port, _login(parts))


def _login(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return {"Proxy-Authorization": "Basic " + base64.b64encode(pair).decode()}


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
