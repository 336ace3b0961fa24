"""DNS names for tests, without a change to this machine's /etc/hosts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.e2e.testbed.cluster import Cluster

_OVER_ETC_HOSTS = 'mount --bind "$0" /etc/hosts && exec "$@"'


class NamedHosts:
    """Names that only commands wrapped by `wrap` (and, when told so, the cluster's node) can resolve."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._file.write_text(Path("/etc/hosts").read_text())

    def add(self, name: str, address: str) -> None:
        """Let wrapped commands resolve a name to an IP address."""
        with self._file.open("a") as file:
            file.write(f"\n{address} {name}\n")

    def add_on_node(self, cluster: Cluster, name: str, address: str, node: str = "") -> None:
        """Let the cluster's (first) node resolve it too: it is the node that pulls the pods' images."""
        cluster.on_node("tee", "-a", "/etc/hosts", stdin=f"{address} {name}\n", node=node)

    def wrap(self, command: Sequence[str | Path]) -> list[str]:
        """The command in a mount namespace of its own, where our file lies over /etc/hosts; takes root."""
        words = [str(word) for word in command]
        return ["unshare", "--mount", "--propagation=private", "sh", "-c", _OVER_ETC_HOSTS, str(self._file), *words]
