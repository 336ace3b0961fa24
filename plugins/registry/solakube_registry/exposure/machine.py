"""The way in on one machine: the registry listens itself, under the name and with the certificate that it is given."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import replace

from solakube_core.plugin import Address, Exposure, Problem, Settings, Site
from solakube_registry.exposure.tls import tls_mode
from solakube_registry.exposure.tls_secret import Tls
from solakube_registry.naming import COMPONENT, Names

LOOPBACK = "127.0.0.1"


def on_one_machine(settings: Settings, site: Site) -> Exposure:
    """Return how the registry is reached on one machine, by REGISTRY_LISTEN, REGISTRY_FQN and REGISTRY_TLS."""
    listen = settings.require("REGISTRY_LISTEN")
    problems = tuple(_listen_problem(listen))
    tls = Tls("", "") if problems else _certificate(settings, site)
    return Exposure(
        COMPONENT,
        "listen",
        objects=tls.objects,
        address=_address(settings, tls),
        explanation=_explanation(settings, tls),
        problems=problems + tls.problems,
    )


_BROADCAST = "255.255.255.255"
_LISTEN_REMEDY = "127.0.0.1 for this machine alone, 0.0.0.0 for every network, or one of this machine's addresses"


def own_name(settings: Settings) -> str:
    """Return REGISTRY_FQN where it was set for this machine; its default is a name of the cluster's."""
    given = settings.origin("REGISTRY_FQN").kind not in ("unset", "default")
    return settings.get("REGISTRY_FQN") or "" if given else ""


def is_fronted(settings: Settings) -> bool:
    """Tell whether a web server passes requests on: what has a name, and listens on loopback without TLS, needs one."""
    listen = settings.require("REGISTRY_LISTEN")
    return bool(own_name(settings)) and _is_loopback(listen) and tls_mode(settings) == "none"


def _listen_problem(listen: str) -> Iterator[Problem]:
    try:
        address = ipaddress.ip_address(listen)
    except ValueError:
        yield Problem(
            f"REGISTRY_LISTEN={listen} is no IP address",
            "a server listens on addresses, not on names",
            _LISTEN_REMEDY,
        )
        return
    if address.is_multicast or str(address) == _BROADCAST:
        yield Problem(f"REGISTRY_LISTEN={listen} is an address of many", "TCP is spoken between two", _LISTEN_REMEDY)


def _certificate(settings: Settings, site: Site) -> Tls:
    mode = tls_mode(settings)
    match mode:
        case "none":
            return Tls("", "without TLS")
        case "self-signed":
            from solakube_registry.exposure.self_signed import self_signed

            return self_signed(Names.of(settings), site, tuple(dict.fromkeys(_hosts(settings))))
        case "files":
            from solakube_registry.exposure.own_files import own_files

            return own_files(settings, Names.of(settings), own_name(settings))
        case _:
            problem = Problem(
                f"REGISTRY_TLS={mode} needs a cluster",
                "on one machine the registry serves its certificate itself",
                "set REGISTRY_TLS_CERTIFICATE and REGISTRY_TLS_KEY to your files, or REGISTRY_TLS=self-signed or none",
            )
            return Tls("", mode, problems=(problem,))


def _hosts(settings: Settings) -> Iterator[str]:
    """Yield every name and address by which clients may call the registry."""
    listen = settings.require("REGISTRY_LISTEN")
    if name := own_name(settings):
        yield name
    yield from ("localhost", LOOPBACK)
    yield socket.gethostname().lower() if _is_any(listen) else listen


def _address(settings: Settings, tls: Tls) -> Address:
    name, listen = own_name(settings), settings.require("REGISTRY_LISTEN")
    if is_fronted(settings):
        return Address(f"https://{name}")
    host = name or (LOOPBACK if _is_any(listen) else listen)
    address = Address.of("https" if tls.secret else "http", host, settings.integer("REGISTRY_PORT"))
    return replace(address, ca=tls.ca)


def _explanation(settings: Settings, tls: Tls) -> str:
    listen = settings.require("REGISTRY_LISTEN")
    if is_fronted(settings):
        return f"a web server of yours, which passes https://{own_name(settings)} on to {listen}"
    if _is_loopback(listen):
        return tls.explanation if tls.secret else ""
    nameless = "" if own_name(settings) or not _is_any(listen) else "; REGISTRY_FQN is the name to show"
    clear = "" if tls.secret else ": the password crosses the network in clear"
    return f"it listens on {listen}, {tls.explanation}{clear}{nameless}"


def _is_any(listen: str) -> bool:
    return listen in ("0.0.0.0", "::")


def _is_loopback(listen: str) -> bool:
    return listen == "::1" or listen.startswith("127.")
