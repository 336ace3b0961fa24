"""The files that tell a node's container runtime how to reach the registry. Pure: files are returned."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from solakube_core.plugin import Address

CONTAINERD_FOLDER = "/etc/containerd/certs.d"
K3S_REGISTRIES = "/etc/rancher/k3s/registries.yaml"
KEEP_REGISTRIES = f"test ! -e {K3S_REGISTRIES} || {{ echo '{K3S_REGISTRIES} exists: merge by hand' >&2; exit 1; }}"
"""A shell command that keeps the rest of the script from replacing a file which nobody here has seen."""


@dataclass(frozen=True)
class NodeFile:
    """A file on a node.

    Attributes:
        path: where, absolute.
        content: its whole text.
    """

    path: str
    content: str


def needs_nothing(address: Address) -> bool:
    """Whether nodes pull from there as they are: over HTTPS, with a certificate of a public authority."""
    return address.url.startswith("https://") and not address.ca


def for_containerd(address: Address) -> tuple[NodeFile, ...]:
    """Return hosts.toml, and the authority's certificate where there is one.

    containerd reads them at the next pull, without a restart, where its configuration has config_path =
    "/etc/containerd/certs.d" (docs/hosts.md of containerd); kind's nodes have.
    """
    folder = f"{CONTAINERD_FOLDER}/{address.host}"
    lines = [
        f'server = "{address.url}"',
        "",
        f'[host."{address.url}"]',
        '  capabilities = ["pull", "resolve"]',
    ]
    if not address.ca:
        return (NodeFile(f"{folder}/hosts.toml", "\n".join(lines) + "\n"),)
    lines.append(f'  ca = "{folder}/ca.crt"')
    return (NodeFile(f"{folder}/ca.crt", address.ca), NodeFile(f"{folder}/hosts.toml", "\n".join(lines) + "\n"))


def for_k3s(address: Address, present: str = "") -> tuple[NodeFile, ...]:
    """Return registries.yaml, and the authority's certificate where there is one; k3s reads them when it starts.

    Args:
        present: the text of the node's registries.yaml as it is; what it says of other registries stays.
    """
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.preserve_quotes = True
    registries: dict[str, Any] = yaml.load(present) or {}
    registries.setdefault("mirrors", {})[address.host] = {"endpoint": [address.url]}
    files = []
    if address.ca:
        certificate = f"/etc/rancher/k3s/registry-ca/{address.host.replace(':', '_')}.crt"
        files.append(NodeFile(certificate, address.ca))
        configs = registries.setdefault("configs", {})
        configs[address.host] = {**(configs.get(address.host) or {}), "tls": {"ca_file": certificate}}
    text = io.StringIO()
    yaml.dump(registries, text)
    return (*files, NodeFile(K3S_REGISTRIES, text.getvalue()))


def as_script(files: tuple[NodeFile, ...], before: str = "", after: str = "") -> str:
    """Return shell commands, to be run as root on a node, that write the files.

    Args:
        files: what to write.
        before: a command to begin with, "" for none.
        after: a command to end with, "" for none.
    """
    lines = [before] if before else []
    for file in files:
        folder = file.path.rpartition("/")[0]
        lines += [f"mkdir -p '{folder}'", f"cat > '{file.path}' <<'END'", file.content.rstrip("\n"), "END"]
    return "\n".join([*lines, after] if after else lines)
