"""Measures what users cost in one run: the proxy, and the hash of each: `python -m benchmarks.users --help`."""

from __future__ import annotations

import argparse
import http.client
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from solakube_registry.users import htpasswd, passwords

from benchmarks.timing import Action, Side, compare
from benchmarks.users.link import NONE, link
from tests.e2e.testbed.catalog import HAPROXY_IMAGE
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner
from tests.e2e.users.fronts import PASSWORDS, fronted
from tests.e2e.users.walk import Client, digest_of

_CLIENTS = 8
_PIECE = 1 << 20


class Addresses(NamedTuple):
    """Where the registry is: the proxy, and past it the process that serves pulls."""

    proxy: str
    reader: str


def pulls(addresses: Addresses, there: Callable[[Action], Action], megabytes: int, rounds: int) -> Iterator[str]:
    """Compare a pull through the proxy with one past it.

    Args:
        addresses: where the registry is.
        there: has something done where its client is.
        megabytes: MiB of the layer that is pulled.
        rounds: how often.
    """
    content = os.urandom(_PIECE) * megabytes
    digest = _client(addresses.proxy, "ci").push_blob("big", content)
    assert digest == digest_of(content)
    path = f"/v2/big/blobs/{digest}"
    through, past = (there(partial(_drain, host, path)) for host in addresses)
    sides = Side("through the proxy", through), Side("past it", past)
    yield compare(f"pull of {megabytes} MiB", *sides, rounds=rounds)


def logins(proxy: str, requests: int, rounds: int) -> Iterator[str]:
    """Compare requests of a made password with those of a chosen one."""
    web = Side("made password", _asking(proxy, "web", requests))
    admin = Side("chosen password", _asking(proxy, "admin", requests))
    yield compare(f"{requests} requests of {_CLIENTS} clients", web, admin, rounds=rounds)


def _client(host: str, user: str) -> Client:
    return Client(lambda: http.client.HTTPConnection(host, timeout=300), user, PASSWORDS[user])


def _drain(host: str, path: str) -> None:
    """Read a blob as it comes: it may be larger than memory."""
    client = _client(host, "web")
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
    parser.add_argument("--gigabits", type=float, metavar="N", help="a second, of a network that clients are behind")
    options = parser.parse_args()
    provisioner = Provisioner()
    provisioner.engine()
    provisioner.image(HAPROXY_IMAGE)
    program = provisioner.registry(REGISTRY_LINES[-1])
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        near = stack.enter_context(link(options.gigabits)) if options.gigabits else NONE
        registry, _ = stack.enter_context(fronted(program, folder, host=near.address))
        _choose_admins(folder / "config")
        port = int(registry.host.rpartition(":")[2])
        addresses = Addresses(*(f"{near.address}:{number}" for number in (port, port + 2)))
        print(f"{options.rounds} rounds in turns, medians with smallest and largest", flush=True)
        pulled = pulls(addresses, near.there, options.megabytes, options.rounds)
        for line in chain(pulled, logins(registry.host, options.requests, options.rounds)):
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
