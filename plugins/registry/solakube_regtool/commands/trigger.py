"""`trigger`: the job of the cluster's CronJobs. It finds out who holds images, and has the registry's pod do the rest.

The work is done beside the data, since a volume that one node holds at a time cannot be reached from another pod. The
job needs no right but to list what names images. Where it may not, or the API server does not answer, that is told, no
tag is deleted, and what has no tag stays.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from solakube_regtool.cluster.api import Api
from solakube_regtool.cluster.held import Held, held_images
from solakube_regtool.cluster.kinds import kind_at
from solakube_regtool.errors import RegtoolError
from solakube_regtool.output import Output
from solakube_regtool.serve.web import BACKUP, ENDED, MAINTENANCE

_CONNECT_LIMIT = 30.0
# A node that vanishes closes no connection: ask after two idle minutes, and give up after four unanswered times.
_KEEP_ALIVE = (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--server", required=True, metavar="URL", help="where `serve` listens")
    parser.add_argument("--token", required=True, metavar="FILE", help="the token that `serve` asks for")
    parser.add_argument("--policy", required=True, metavar="FILE", help="JSON: what to do; see `maintain` and `backup`")
    parser.add_argument("--backup", action="store_true", help="ask for a backup, rather than for maintenance")


def run(options: argparse.Namespace, out: Output) -> int:
    """Ask for it, and tell what comes back."""
    order = json.loads(_read(options.policy))
    if not options.backup:
        order["held"] = _held(order.pop("cluster"), order.pop("kinds"), out)
    path = BACKUP if options.backup else MAINTENANCE
    return _carry_out(options.server, path, _read(options.token).strip(), order, out)


def _held(mode: str, kinds: Sequence[str], out: Output) -> Held | None:
    """Return which images the cluster names; None where that is not known, nothing where it does not count."""
    if mode == "ignore":
        return {}
    if mode == "keep":
        return None
    try:
        api = Api.of_this_pod()
        return held_images((kind, api.list_all(kind)) for kind in map(kind_at, kinds) if kind)
    except RegtoolError as error:
        out.problem(error.what, error.why, error.hint)
        return None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        raise RegtoolError(f"{path} cannot be read", str(error)) from error


def _carry_out(url: str, path: str, token: str, order: dict[str, Any], out: Output) -> int:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_CONNECT_LIMIT)
    try:
        connection.connect()
        _be_patient(connection.sock)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(order).encode(), headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise RegtoolError(f"what is scheduled was refused: {path}", f"{answer.status} {answer.reason}")
        return _tell(answer, out)
    except (OSError, http.client.HTTPException) as error:
        raise RegtoolError(f"{url} does not do its work", str(error) or type(error).__name__) from error
    finally:
        connection.close()


def _be_patient(connected: socket.socket) -> None:
    """A collection may say nothing for long; that the other side is still there is asked by TCP itself."""
    connected.settimeout(None)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEP_ALIVE:
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _tell(answer: http.client.HTTPResponse, out: Output) -> int:
    try:
        for raw in answer:
            line = raw.decode("utf-8", "replace").rstrip("\n")
            if line.startswith(ENDED):
                return int(line[len(ENDED) :])
            out.progress(line)
        why = "the answer has no end"
    except (OSError, http.client.HTTPException) as error:
        why = str(error) or type(error).__name__
    raise RegtoolError("what is scheduled was cut off", f"the registry's pod ended meanwhile ({why})", "run it again")
