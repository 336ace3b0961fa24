"""What every unit test gets: a private home, no network, nothing of the caller's environment."""

from __future__ import annotations

import gc
import socket
import tempfile
from pathlib import Path
from typing import Any

import pytest
from solakube_registry.users import passwords

from tests.unit.temporary import use_private_folder


def pytest_configure(config: pytest.Config) -> None:
    use_private_folder(config)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported: it would look at all of it again in each of its rounds."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all homes: among thousands, pytest would look at each for the next free number."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def private_home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder, and no variable that would lead out of it."""
    home = Path(tempfile.mkdtemp(dir=homes))
    monkeypatch.setenv("HOME", str(home))
    for name in ("KUBECONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in (
        "SK_CLUSTER",
        "SK_CLUSTER_TYPE",
        "SK_CONTEXT",
        "SK_ROOTS",
        "SK_PROJECT_HOME",
        "SK_NO_PLUGINS",
        "NO_COLOR",
    ):
        monkeypatch.delenv(name, raising=False)
    # In no other language, for whose words argparse and click would look at each of theirs.
    monkeypatch.setenv("LANGUAGE", "C")
    return home


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections to anything but this machine: a unit test must not need a network."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if self.family != socket.AF_UNIX and not str(host).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a unit test connects to {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash what people chose at the least cost that bcrypt has; a test of the real one overrides this."""
    monkeypatch.setattr(passwords, "CHOSEN", passwords.MADE)
