"""One user of one machine without a cluster: a home of their own, `sk`, and the client `crane`."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solakube_core.local.machine.ports import is_free
from solakube_core.local.machine.processes import end
from solakube_core.local.state.records import Mark
from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.programs import Crane, Result, Runner
from tests.e2e.support.waiting import PATIENCE

PASSWORD = "pa$$ \"w, ö'"
_PATIENCE = 5.0


class OwnHosts(NamedHosts):
    """This machine's own names: nothing is wrapped, so that no root is needed."""

    def __init__(self) -> None:
        """Take no file."""

    def wrap(self, command: Sequence[str | Path]) -> list[str]:
        """Return the command as it is."""
        return [str(word) for word in command]


@dataclass
class Machine:
    """A user with a private home; `environment` is what the user has set, and tests may change it."""

    home: Path
    runner: Runner
    crane: Crane
    environment: dict[str, str]
    cluster: str = "local"
    host: str = field(init=False)

    def __post_init__(self) -> None:
        self.host = f"127.0.0.1:{self.environment['REGISTRY_PORT']}"

    def sk(self, *arguments: str, timeout: float = PATIENCE, stdin: str = "", **changes: str) -> Result:
        """Run `sk` with the user's settings; `changes` are variables for this once."""
        return self.runner(*arguments, env={**self.environment, **changes}, stdin=stdin, timeout=timeout)

    def deploy(self) -> str:
        """Deploy the registry, log in, and return what `sk` told meanwhile."""
        told = self.sk("deploy", "registry")
        told.ok()
        self.crane.login(self.host, "admin", self.environment["REGISTRY_ADMIN_PASSWORD"]).ok()
        return told.stderr

    def push(self, image: str, content: Mapping[str, bytes], *options: str) -> str:
        """Push an image of one layer; returns its digest."""
        return self.crane.push_new(f"{self.host}/{image}", content, *options)

    def pulls(self, image: str) -> bool:
        """Whether the image pulls, every blob of it with the digest that its manifest names."""
        return self.crane("validate", "--remote", f"{self.host}/{image}").exit_code == 0

    @property
    def state(self) -> Path:
        """The folder of what keeps the registry up."""
        return self.home / ".local/state/solakube" / self.cluster / "registry"

    @property
    def data(self) -> Path:
        """The folder of the images."""
        return self.home / ".local/share/solakube" / self.cluster / "registry"

    def supervisor(self) -> Mark:
        """The process that keeps the registry up."""
        return Mark(**self._state()["supervisor"])

    def supervisor_command(self) -> list[str]:
        """How it is started, as by the user's systemd."""
        orders = json.loads(self.state.joinpath("wanted.json").read_text())
        return [str(word) for word in orders["supervisor"]["command"]]

    def registry(self) -> Mark | None:
        """The registry's process."""
        process = self._state()["jobs"].get("registry", {}).get("process")
        return Mark(**process) if process else None

    def clean_up(self) -> None:
        """End whatever is left, also after a test that failed half-way."""
        for orders in self.home.glob(".local/state/solakube/*/registry/wanted.json"):
            self.sk("undeploy", "registry", "--yes", SK_CLUSTER=orders.parts[-3], SK_CLUSTER_TYPE="local")
        for file in self.home.glob(".local/state/solakube/*/registry/state.json"):
            state = json.loads(file.read_text())
            for mark in (state["supervisor"], *(job["process"] for job in state["jobs"].values())):
                end(Mark(**mark) if mark else None, _PATIENCE)

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.state.joinpath("state.json").read_text())
        return state


def free_ports() -> int:
    """Return a port that is free like the next three, of those that the system gives to nobody by itself."""
    while True:
        port = random.randrange(10000, 30000, 4)
        if all(map(is_free, range(port, port + 4))):
            return port
