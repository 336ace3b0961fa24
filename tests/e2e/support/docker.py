"""A Docker engine of a test's own, whose network, names and trusted authorities are not those of the machine."""

from __future__ import annotations

import json
import os
import random
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.programs import Runner
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.debian import ensure_program

_OVER_ETC_DOCKER = 'mount --bind "$0" /etc/docker && exec "$@"'


@contextmanager
def own_engine(
    folder: Path,
    name: str,
    hosts: NamedHosts,
    environment: Mapping[str, str],
    settings: Mapping[str, object] | None = None,
) -> Iterator[Runner]:
    """Run an engine that starts no containers; takes root.

    Args:
        folder: of all its files; what is in `etc` is its /etc/docker.
        name: of this machine, as the engine reaches it by an address that is not on loopback: what is there docker
            would trust unasked. It is added to `hosts`.
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
    with tempfile.TemporaryDirectory(prefix="sk-") as short, _network() as (space, address):
        hosts.add(name, address)
        with _running(folder, Path(short), hosts, space) as engine:
            there = {**environment, "DOCKER_HOST": f"unix://{short}/docker.sock"}
            docker = Runner(Path("docker"), hosts, folder, there)
            eventually(lambda: engine.poll() is not None or docker("version").exit_code == 0, "the engine answers")
            assert engine.poll() is None, log.read_text()
            yield docker


@contextmanager
def _network() -> Iterator[tuple[str, str]]:
    """Make a network namespace with a way to this machine; yields its name and the machine's address there.

    An engine without a bridge of its own removes `docker0` from the network that it finds itself in.
    """
    ensure_program("ip", "iproute2")
    number = random.randrange(1 << 14)
    # Of the addresses for tests of networks (RFC 2544), four for each namespace.
    first = (198 << 24) + (18 << 16) + 4 * number
    ours, its = (".".join(str((first + last) >> shift & 255) for shift in (24, 16, 8, 0)) for last in (1, 2))
    space, link = f"sk-test-{number}", f"sk-{number}"
    _ip("netns", "add", space)
    try:
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        _ip("address", "add", f"{ours}/30", "dev", link)
        _ip("link", "set", link, "up")
        _ip("-n", space, "address", "add", f"{its}/30", "dev", "eth0")
        _ip("-n", space, "link", "set", "eth0", "up")
        yield space, ours
    finally:
        # The link goes with it.
        _ip("netns", "delete", space)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextmanager
def _running(folder: Path, short: Path, hosts: NamedHosts, space: str) -> Iterator[subprocess.Popen[bytes]]:
    places = [f"--host=unix://{short}/docker.sock", f"--data-root={folder}/data", f"--exec-root={short}"]
    plain = ["--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs"]
    dockerd = ["dockerd", f"--pidfile={short}/pid", *places, *plain]
    # `ip netns exec` would put another /sys over that with the control groups.
    entering = ["nsenter", f"--net=/run/netns/{space}"]
    command = [*entering, "sh", "-c", _OVER_ETC_DOCKER, f"{folder}/etc", *dockerd]
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
