"""What development tools need to be told to use the registry."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DOCKER_CERTS = "/etc/docker/certs.d"
_BUILDKIT_CERTS = "/etc/buildkit/certs"


@dataclass(frozen=True)
class Reach:
    """How a tool reaches the registry.

    Attributes:
        url: its address, https or http.
        own_authority: its certificate is signed by an authority that must be told.
    """

    url: str
    own_authority: bool = False

    @property
    def host(self) -> str:
        """What image names begin with."""
        return urlsplit(self.url).netloc

    @property
    def is_plain(self) -> bool:
        """Whether tools must be told that it speaks plain HTTP: on loopback addresses they expect that."""
        address = urlsplit(self.url)
        return address.scheme == "http" and address.hostname not in _LOOPBACK


def docker(reach: Reach) -> str:
    """Return commands, to be run once on each machine."""
    lines = []
    if reach.own_authority:
        file = shlex.quote(f"{_DOCKER_CERTS}/{reach.host}/ca.crt")
        lines.append(f"sk registry ca | sudo install -D -m 644 /dev/stdin {file}")
    if reach.is_plain:
        entry = json.dumps({"insecure-registries": [reach.host]})
        lines.append(f"# in /etc/docker/daemon.json, then restart Docker: {entry}")
    lines.append(f"docker login {shlex.quote(reach.host)} --username admin")
    return _text(lines)


def buildkit(reach: Reach) -> str:
    """Return a part of buildkitd.toml (https://docs.docker.com/build/buildkit/toml-configuration/)."""
    lines = [f"[registry.{json.dumps(reach.host)}]"]
    if reach.own_authority:
        file = f"{_BUILDKIT_CERTS}/{reach.host}/ca.crt"
        lines += [f"  ca = [{json.dumps(file)}]", f"# sk registry ca | sudo install -D -m 644 /dev/stdin {file}"]
    if reach.is_plain:
        lines.append("  http = true")
    return _text(lines)


def skaffold(reach: Reach) -> str:
    """Return variables (https://skaffold.dev/docs/environment/image-registries/)."""
    insecure = [f"export SKAFFOLD_INSECURE_REGISTRY={shlex.quote(reach.host)}"] if reach.is_plain else []
    return _text([f"export SKAFFOLD_DEFAULT_REPO={shlex.quote(reach.host)}", *insecure])


def ko(reach: Reach) -> str:
    """Return variables (https://ko.build/configuration/)."""
    lines = [f"export KO_DOCKER_REPO={shlex.quote(reach.host)}"]
    if reach.own_authority:
        # It replaces the system's authorities, from which base images come.
        own = "cat /etc/ssl/certs/ca-certificates.crt <(sk registry ca) > ~/.ko-authorities.crt"
        lines += [own, "export SSL_CERT_FILE=~/.ko-authorities.crt"]
    if reach.is_plain:
        lines.append("# build with: ko build --insecure-registry")
    return _text(lines)


def tilt(reach: Reach) -> str:
    """Return a line of a Tiltfile (https://docs.tilt.dev/api.html#api.default_registry)."""
    return _text([f"default_registry({json.dumps(reach.host)})"])


TOOLS: Mapping[str, Callable[[Reach], str]] = {
    "buildkit": buildkit,
    "docker": docker,
    "ko": ko,
    "skaffold": skaffold,
    "tilt": tilt,
}
"""Tool to what it wants."""

PLACES = {
    "buildkit": "for /etc/buildkit/buildkitd.toml, or `docker buildx create --buildkitd-config FILE`",
    "docker": "commands for each machine that pushes",
    "ko": "variables for the shell that builds",
    "skaffold": "variables for the shell that builds",
    "tilt": "for the Tiltfile; not needed with REGISTRY_ANNOUNCE=Y",
}
"""Tool to where that goes."""


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
