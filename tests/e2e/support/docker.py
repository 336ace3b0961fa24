"""A Docker engine of a test's own, whose names and trusted authorities are not those of the machine."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.programs import Runner
from tests.e2e.support.waiting import PATIENCE, eventually

_OVER_ETC_DOCKER = 'mount --bind "$0" /etc/docker && exec "$@"'


@contextmanager
def own_engine(
    folder: Path, hosts: NamedHosts, environment: Mapping[str, str], settings: Mapping[str, object] | None = None
) -> Iterator[Runner]:
    """Run an engine that starts no containers; takes root.

    Args:
        folder: of all its files; what is in `etc` is its /etc/docker.
        hosts: the names that it can resolve.
        environment: of the client.
        settings: of its daemon.json.

    Yields:
        The client `docker`, which speaks to that engine.
    """
    etc, log = folder / "etc", folder / "dockerd.log"
    etc.mkdir(parents=True)
    etc.joinpath("daemon.json").write_text(json.dumps(settings or {}))
    # The path of a socket has 107 bytes at most (unix(7)), and the folders of tests are deep.
    with tempfile.TemporaryDirectory(prefix="sk-") as short, _running(folder, Path(short), hosts) as engine:
        address = {"DOCKER_HOST": f"unix://{short}/docker.sock"}
        docker = Runner(Path("docker"), hosts, folder, {**environment, **address})
        eventually(lambda: engine.poll() is not None or docker("version").exit_code == 0, "the engine answers")
        assert engine.poll() is None, log.read_text()
        yield docker


@contextmanager
def _running(folder: Path, short: Path, hosts: NamedHosts) -> Iterator[subprocess.Popen[bytes]]:
    places = [f"--host=unix://{short}/docker.sock", f"--data-root={folder}/data", f"--exec-root={short}"]
    plain = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]
    command = ["sh", "-c", _OVER_ETC_DOCKER, f"{folder}/etc", "dockerd", f"--pidfile={short}/pid", *places, *plain]
    # No proxy of the caller's knows the tests' names.
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    with folder.joinpath("dockerd.log").open("wb") as said:
        engine = subprocess.Popen(hosts.wrap(command), env=environment, stdout=said, stderr=said)
    try:
        yield engine
    finally:
        # It ends its containerd, too.
        engine.terminate()
        engine.wait(PATIENCE)
