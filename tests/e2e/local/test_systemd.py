"""The registry as a unit of the user's own systemd, in a container where one runs."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.e2e.support.waiting import eventually
from tests.e2e.testbed.process import run
from tests.e2e.testbed.provisioner import Provisioner

_CHECKOUT = Path(__file__).parents[3]

# What systemd-logind does at a login: it is not in the image.
_USER_MANAGER = """
[Service]
Type=notify
Delegate=pids memory cpu
Environment=XDG_RUNTIME_DIR=/run/user/0 HOME=/root
ExecStart=/lib/systemd/systemd --user
KillMode=mixed
"""

_BOOT_STATE = "systemctl is-system-running || true"


class Booted:
    """A container with systemd, in which the tests' own Python and checkout are."""

    def __init__(self, name: str, registry: Path) -> None:
        self._name = name
        environment = {
            "HOME": "/root",
            "XDG_RUNTIME_DIR": "/run/user/0",
            "REGISTRY_BINARY": str(registry),
            "REGISTRY_ADMIN_PASSWORD": "secret",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._environment = [word for entry in environment.items() for word in ("--env", "=".join(entry))]

    def __call__(self, *command: str | Path, stdin: str = "") -> str:
        """Run a command in it; returns its output."""
        return run(["docker", "exec", "-i", *self._environment, self._name, *map(str, command)], stdin=stdin)

    def sk(self, *arguments: str) -> str:
        """Run `sk` in it."""
        return self(Path(sys.executable).with_name("sk"), *arguments)

    def works(self) -> bool:
        """Whether everything runs."""
        told = self("sh", "-c", '"$0" status registry --json; true', Path(sys.executable).with_name("sk"))
        return '"healthy": true' in told and "systemd user unit solakube-local-registry" in told

    def supervisor(self) -> str:
        """The process that keeps the registry up."""
        state = json.loads(self("cat", "/root/.local/state/solakube/local/registry/state.json"))
        return str(state["supervisor"]["pid"])


@pytest.fixture
def booted(docker_engine: None, provisioner: Provisioner, registry_binaries: Mapping[str, Path]) -> Iterator[Booted]:
    """The container, with the user's systemd at work."""
    if sys.base_prefix == "/usr":
        pytest.skip("the system's own Python cannot be mounted into a container of another system")
    name, registry = f"solakube-systemd-{uuid.uuid4().hex[:8]}", registry_binaries["3"]
    folders = {str(folder) for folder in (sys.base_prefix, sys.prefix, _CHECKOUT, registry.parent)}
    mounts = [f"--volume={folder}:{folder}:ro" for folder in sorted(folders)]
    options = [
        "--privileged",
        "--cgroupns=private",
        "--tmpfs=/run",
        "--tmpfs=/tmp",
        "--entrypoint=/lib/systemd/systemd",
    ]
    run(["docker", "run", "--detach", "--rm", f"--name={name}", *options, *mounts, provisioner.node_image()])
    try:
        machine = Booted(name, registry)
        eventually(lambda: machine("sh", "-c", _BOOT_STATE).strip() in ("running", "degraded"), "systemd has started")
        machine("mkdir", "-p", "-m", "700", "/run/user/0")
        machine("tee", "/run/systemd/system/user-manager.service", stdin=_USER_MANAGER)
        machine("systemctl", "start", "user-manager.service")
        yield machine
    finally:
        run(["docker", "rm", "--force", name])


def test_systemd_keeps_the_registry_up(booted: Booted) -> None:
    booted.sk("deploy", "registry")
    assert booted.works()
    first = booted.supervisor()
    booted("kill", "-KILL", first)
    eventually(lambda: booted.works() and booted.supervisor() != first, "another supervisor works")

    booted("systemctl", "restart", "user-manager.service")  # As at a reboot.
    eventually(booted.works, "the registry is back")

    booted.sk("deploy", "registry")
    booted.sk("undeploy", "registry", "--yes")
    assert "solakube" not in booted("systemctl", "--user", "list-units", "--all", "--type=service")
    assert not booted("find", "/root/.config", "-type", "f")
