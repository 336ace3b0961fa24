"""README command 1, as a newcomer types it: in a fresh clone, with an empty home."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core.local.machine.ports import is_free
from tests.e2e.local.machine import OwnHosts, free_ports
from tests.e2e.support.examples import QUICKLY
from tests.e2e.support.programs import Crane, Result, Runner
from tests.e2e.testbed.provisioner import Provisioner

_CHECKOUT = Path(__file__).parents[3]
_OWN_LINE = "cexport NEXTCLOUD_PRIVATE_REGISTRY_FQN example.com\n"


class Newcomer:
    """A fresh clone and a home in which there is nothing but a setting of another component."""

    def __init__(self, folder: Path) -> None:
        self.clone, self.home, self.port = folder / "clone", folder / "home", free_ports()
        subprocess.run(["git", "clone", "-q", _CHECKOUT, self.clone], check=True)
        self.settings = self.home / ".solakube/local/variables.sh"
        self.settings.parent.mkdir(parents=True)
        self.settings.write_text(_OWN_LINE)
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "GO", "SSL_"))}
        self.environment = {**kept, **QUICKLY, "REGISTRY_PORT": str(self.port)}

    def quickstart(self, *arguments: str) -> Result:
        return Runner(self.clone / "quickstart", OwnHosts(), self.home, self.environment)(*arguments, timeout=1500)

    def sk(self, *arguments: str) -> Result:
        return Runner(self.clone / ".venv/bin/sk", OwnHosts(), self.home, {})(*arguments)


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    made = Newcomer(tmp_path)
    yield made
    made.quickstart("--clean")


def test_the_quickstart_leaves_a_registry_and_takes_it_away_again(newcomer: Newcomer, provisioner: Provisioner) -> None:
    told = newcomer.quickstart().ok()
    host = f"127.0.0.1:{newcomer.port}"
    assert re.search(r"freed \d+\.\d (K|M)iB: ", told), told
    assert f"docker login {host}" in told

    exports = newcomer.sk("registry", "show-private", "--show-secret").ok()
    password = exports.partition("PASSWORD=")[2].strip()
    assert len(password) == 24
    assert password not in told
    assert newcomer.settings.stat().st_mode & 0o077 == 0
    crane = Crane(
        provisioner.program("crane"), OwnHosts(), newcomer.home, {"DOCKER_CONFIG": str(newcomer.clone / "docker")}
    )
    crane.login(host, "admin", password).ok()
    crane.push_new(f"{host}/mine:1", {"file": os.urandom(10_000)})
    for image in ("mine:1", "demo/hello:1.0"):
        crane("validate", "--remote", f"{host}/{image}").ok()

    again = newcomer.quickstart()
    again.ok()
    assert "nothing to change" in again.stderr
    crane("validate", "--remote", f"{host}/mine:1").ok()

    newcomer.quickstart("--clean").ok()
    assert is_free(newcomer.port)
    assert newcomer.settings.read_text() == _OWN_LINE
    assert not list(newcomer.home.rglob("*solakube/*/registry*"))
    status = subprocess.run(["git", "status", "--short", "--ignored"], cwd=newcomer.clone, capture_output=True)
    assert status.stdout.decode().split() == ["??", "docker/"]
