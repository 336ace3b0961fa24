"""The nodes whose files can be written from here: containers of kind, and this machine where it runs k3s."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from solakube_core.plugin import SolakubeError
from solakube_registry.private.trust.node_files import K3S_REGISTRIES, NodeFile

if TYPE_CHECKING:
    from solakube_core.plugin import Site

_TIMEOUT = 60.0
RESTART_K3S = "systemctl restart k3s || systemctl restart k3s-agent"


class Node(Protocol):
    """A node that can be written to."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    def write(self, file: NodeFile) -> None:
        """Write a file, folders included.

        Raises:
            SolakubeError: it could not be written.
        """


@dataclass(frozen=True)
class KindNode:
    """A node of kind: a container named like the node, of the program that kind uses."""

    name: str
    program: str

    def write(self, file: NodeFile) -> None:
        """Write a file through the container program."""
        folder = file.path.rpartition("/")[0]
        self._run("mkdir", "-p", folder)
        self._run("tee", file.path, text=file.content)

    def _run(self, *command: str, text: str = "") -> None:
        words = [self.program, "exec", "-i", self.name, *command]
        try:
            done = subprocess.run(words, input=text, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
        except (OSError, subprocess.TimeoutExpired) as cause:
            raise self._failure(str(cause)) from cause
        if done.returncode:
            raise self._failure(done.stderr.strip())

    def _failure(self, why: str) -> SolakubeError:
        remedy = f"check that this is the machine of the kind cluster and that `{self.program} ps` shows the node"
        return SolakubeError(f"the node {self.name} could not be written to", why, remedy)


@dataclass(frozen=True)
class ThisMachine:
    """The machine that `sk` runs on."""

    name: str = "this machine"

    def write(self, file: NodeFile) -> None:
        """Write a file."""
        try:
            Path(file.path).parent.mkdir(parents=True, exist_ok=True)
            Path(file.path).write_text(file.content, encoding="utf-8")
        except OSError as cause:
            raise SolakubeError(f"{file.path} could not be written", str(cause), "run it as root") from cause


def reachable_nodes(cluster_type: str, site: Site) -> Iterator[Node]:
    """Yield the nodes that can be written to from here; none where only the user can get at them."""
    if cluster_type == "kind":
        program = os.environ.get("KIND_EXPERIMENTAL_PROVIDER") or "docker"
        for node in site.list("v1", "Node"):
            yield KindNode(node["metadata"]["name"], program)
    elif cluster_type == "k3s" and Path(K3S_REGISTRIES).parent.is_dir():
        yield ThisMachine()


def present_registries() -> str:
    """Return this machine's registries.yaml, "" where there is none."""
    try:
        return Path(K3S_REGISTRIES).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except OSError as cause:
        raise SolakubeError(f"{K3S_REGISTRIES} cannot be read", str(cause), "run it as root") from cause
