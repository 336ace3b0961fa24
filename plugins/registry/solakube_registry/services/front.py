"""What answers the registry's users on one machine: one process or, where somebody may only pull, two and a proxy.

It is what the pod has. Both processes then listen on sockets in a folder that is closed to other users of the machine:
nobody gets past the proxy.
"""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import DATA_ANNOTATION, Exposure, File, Service, SolakubeError
from solakube_registry.exposure.tls_secret import SECRET
from solakube_registry.naming import PROXY_CONFIG, PROXY_CONTAINER
from solakube_registry.processes.proxy import CERTIFICATE, RUN, on_machine, proxy_config
from solakube_registry.services.registry import READER_SOCKET, WRITER_SOCKET, Registry
from solakube_registry.users import declared
from solakube_registry.users.variables import ANONYMOUS_PULL, PROXY_BINARY

_TOLD = r"HAProxy version ((?:2\.(?:[4-9]|\d\d)|[3-9]|\d\d)\S*)"
_NEEDS = (
    "HAProxy 2.4 or later, the proxy in front of a registry from which somebody may only pull (Debian: apt-get install "
    "haproxy)"
)
_LONGEST = 103
"""Bytes of a socket's path: macOS takes so many, Linux four more (unix(7))."""


def registry_services(registry: Registry, exposure: Exposure | None = None) -> tuple[Service, ...]:
    """Describe the processes, first the one at whose address users are.

    Args:
        registry: what they are made from.
        exposure: its secrets are files here: what HTTPS is served with.

    Raises:
        SolakubeError: there are users who may only pull, and no place for sockets.
    """
    files, folder = tuple(_secret_files(exposure)), registry.layout.config
    tls = {part: f"{folder}/{SECRET}.tls.{ending}" for part, ending in (("certificate", "crt"), ("key", "key"))}
    if not registry.credentials.reader_htpasswd:
        return (registry.alone(tls if files else None, files),)
    _require_sockets(registry.layout.run)
    return (_proxy(registry, tls["certificate"], files), registry.writer(), registry.reader())


def _proxy(registry: Registry, certificate: str, files: tuple[File, ...]) -> Service:
    settings, listen = registry.settings, registry.settings.require("REGISTRY_LISTEN")
    places = on_machine(listen, registry.port(), READER_SOCKET, WRITER_SOCKET, bool(files))
    config = proxy_config(declared.wants(settings, ANONYMOUS_PULL), places)
    return Service(
        name=PROXY_CONTAINER,
        binary=settings.get(PROXY_BINARY) or "",
        candidates=("haproxy",),
        image="",
        arguments=("-db", "-f", f"{registry.layout.config}/{PROXY_CONFIG}"),
        environment={RUN: registry.layout.run, **({CERTIFICATE: certificate} if files else {})},
        files=(File(PROXY_CONFIG, config), *files),
        port=registry.port(),
        listen=listen,
        tls=bool(files),
        settings=(PROXY_BINARY, "REGISTRY_PORT"),
        told=_TOLD,
        needs=_NEEDS,
        ends_by="SIGUSR1",
    )


def _require_sockets(folder: str) -> None:
    longest = max(len(f"{folder}/{name}".encode()) for name in (READER_SOCKET, WRITER_SOCKET))
    if longest > _LONGEST:
        raise SolakubeError(
            f"the path {folder} is too long by {longest - _LONGEST} bytes",
            "who may only pull is served by a process that listens on a socket there, which has a short path",
            "name a folder with a shorter path by XDG_STATE_HOME",
        )


def _secret_files(exposure: Exposure | None) -> Iterator[File]:
    for item in exposure.objects if exposure else ():
        if item["kind"] == "Secret":
            lasting = DATA_ANNOTATION in item["metadata"].get("annotations", {})
            for key, content in item["stringData"].items():
                yield File(f"{item['metadata']['name']}.{key}", content, secret=True, lasting=lasting)
