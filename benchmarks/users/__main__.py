"""Measures what users cost in one run: the proxy, and the hash of each: `python -m benchmarks.users --help`."""

from __future__ import annotations

import argparse
import http.client
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from solakube_registry.users import htpasswd, passwords

from benchmarks.timing import Action, Side, compare
from tests.e2e.testbed.catalog import HAPROXY_IMAGE
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner
from tests.e2e.users.fronts import PASSWORDS, fronted
from tests.e2e.users.walk import Client, digest_of

_CLIENTS = 8
_PIECE = 1 << 20


def measure(proxy: str, reader: str, megabytes: int, requests: int, rounds: int) -> Iterator[str]:
    """Compare a pull through the proxy with one past it, and requests of a made password with those of a chosen one."""
    content = os.urandom(_PIECE) * megabytes
    digest = _client(proxy, "ci").push_blob("big", content)
    path = f"/v2/big/blobs/{digest}"
    assert digest == digest_of(content)
    through = Side("through the proxy", lambda: _drain(_client(proxy, "web"), path))
    past = Side("past it", lambda: _drain(_client(reader, "web"), path))
    yield compare(f"pull of {megabytes} MiB", through, past, rounds=rounds)
    web = Side("made password", _asking(proxy, "web", requests))
    admin = Side("chosen password", _asking(proxy, "admin", requests))
    yield compare(f"{requests} requests of {_CLIENTS} clients", web, admin, rounds=rounds)


def _client(host: str, user: str) -> Client:
    return Client(lambda: http.client.HTTPConnection(host, timeout=300), user, PASSWORDS[user])


def _drain(client: Client, path: str) -> None:
    """Read a blob as it comes: it may be larger than memory."""
    connection = client.connect()
    connection.request("GET", path, headers=client.login())
    answer = connection.getresponse()
    assert answer.status == http.client.OK, answer.status
    while answer.read(_PIECE):
        pass
    connection.close()


def _asking(host: str, user: str, requests: int) -> Action:
    """Return a function that sends requests by several clients at once, each on one connection."""

    def ask() -> None:
        client = _client(host, user)
        connection = client.connect()
        for _ in range(requests // _CLIENTS):
            connection.request("GET", "/v2/", headers=client.login())
            answer = connection.getresponse()
            answer.read()
            assert answer.status == http.client.OK, answer.status
        connection.close()

    def act() -> None:
        threads = [threading.Thread(target=ask) for _ in range(_CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    return act


def main() -> None:
    """Run a registry of two processes behind the proxy on this machine, measure, and end it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.users", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1024, metavar="MIB", help="size of the layer that is pulled")
    parser.add_argument("--requests", type=int, default=800, metavar="N")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    provisioner = Provisioner()
    provisioner.engine()
    provisioner.image(HAPROXY_IMAGE)
    with (
        tempfile.TemporaryDirectory() as folder,
        fronted(provisioner.registry(REGISTRY_LINES[-1]), Path(folder)) as (registry, _),
    ):
        _choose_admins(Path(folder) / "config")
        reader = f"localhost:{int(registry.host.rpartition(':')[2]) + 2}"
        print(f"{options.rounds} rounds in turns, medians with smallest and largest", flush=True)
        for line in measure(registry.host, reader, options.megabytes, options.requests, options.rounds):
            print(line, flush=True)


def _choose_admins(config: Path) -> None:
    """Give the admin a hash as of a password that somebody chose."""
    for file in config.glob("htpasswd*"):
        lines = htpasswd.read(file.read_text())
        file.write_text(
            htpasswd.written({**lines, "admin": passwords.hashed(PASSWORDS["admin"], passwords.CHOSEN)}, {})
        )


if __name__ == "__main__":
    main()
