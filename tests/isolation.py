"""What the tests of unit/ and processes/ get: a private home, no network, nothing of the caller's environment.

The conftest.py of each of these folders takes all of it.
"""

from __future__ import annotations

import gc
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from solakube_registry.users import passwords

from tests.temporary import use_private_folder

CALLERS = (
    "KUBECONFIG",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "SK_CLUSTER",
    "SK_CLUSTER_TYPE",
    "SK_CONTEXT",
    "SK_ROOTS",
    "SK_PROJECT_HOME",
    "SK_NO_PLUGINS",
    "NO_COLOR",
    "SSL_CERT_DIR",
)
"""Variables of whoever runs the tests that would lead out of a test's home, or change what it sees."""


def pytest_configure(config: pytest.Config) -> None:
    use_private_folder(config)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what was imported: it would look at all of it again in each of its rounds.

    And have it make fewer of them: thousands of short tests leave little behind.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of all homes: among thousands, pytest would look at each for the next free number."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(scope="session", autouse=True)
def nothing_of_the_caller(homes: Path) -> Iterator[None]:
    """No variable that would lead out of a test's home, and no authority that this machine trusts."""
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLERS:
            patch.delenv(name, raising=False)
        # In no other language, for whose words argparse and click would look at each of theirs.
        patch.setenv("LANGUAGE", "C")
        # Reading some 150 authorities takes longer than most tests.
        none = homes / "authorities.pem"
        none.touch()
        patch.setenv("SSL_CERT_FILE", str(none))
        yield


@pytest.fixture(scope="session", autouse=True)
def only_loopback() -> Iterator[None]:
    """Refuse connections to anything but this machine: these tests must not need a network."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
        if self.family != socket.AF_UNIX and not str(host).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a test connects to {host}: only those of tests/e2e may")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        yield


@pytest.fixture(autouse=True)
def private_home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder."""
    home = Path(tempfile.mkdtemp(dir=homes))
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash what people chose at the least cost that bcrypt has; a test of the real one overrides this."""
    monkeypatch.setattr(passwords, "CHOSEN", passwords.MADE)
