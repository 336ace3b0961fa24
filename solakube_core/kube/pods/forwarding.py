"""A local TCP port that leads to a component's pod, whichever that is at the moment."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api
from solakube_core.kube.client.channels import CHUNK, V4, Channels, ChannelsClosed, Pollable, open_channels, ready
from solakube_core.kube.client.faults import Forbidden
from solakube_core.kube.pods import picking
from solakube_core.model import Backend, ObjectRef

RECONNECT_TIMEOUT = 30.0
"""Seconds for which a new connection waits for a ready pod, so that a rollout only delays it."""

_PAUSE = 0.3
_DATA, _ERROR = range(2)
_PORT_BYTES = 2
_AFTER_END = 2.0
"""Seconds for which the pod's answer may still come once the local side has ended its request."""


@contextlib.contextmanager
def forwarded(api: Api, backend: Backend, port: int) -> Iterator[str]:
    """Forward a local port to the component while the context lasts, and yield its URL.

    Args:
        port: the local TCP port; 0 for any free one.

    Raises:
        SolakubeError: the port is taken, no pod is ready, or one may not forward to it.
    """
    target = Target(api, backend)
    target.find()
    target.connect().close()
    try:
        server = _Server(("127.0.0.1", port), target)
    except OSError as error:
        raise SolakubeError(
            f"cannot listen on port {port} of this machine",
            str(error),
            "choose another port, or 0 for any free one",
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"{backend.scheme}://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class Target:
    """The pod that connections go to; used by several threads."""

    def __init__(self, api: Api, backend: Backend) -> None:
        self._api = api
        self._backend = backend
        self._pod: ObjectRef | None = None

    def find(self) -> ObjectRef:
        """Return the pod, looking for one only if none is known to work."""
        if self._pod is None:
            backend = self._backend
            self._pod = picking.find(self._api, backend.component, backend.namespace, backend.selector)
        return self._pod

    def forget(self) -> None:
        """Look for another pod next time."""
        self._pod = None

    def connect(self) -> Channels:
        """Connect to the pod, waiting some time for one.

        Raises:
            SolakubeError: there is none, or one may not.
        """
        deadline = time.monotonic() + RECONNECT_TIMEOUT
        while True:
            try:
                return self._dial(self.find())
            except SolakubeError as error:
                self.forget()
                if isinstance(error, Forbidden) or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)

    def _dial(self, pod: ObjectRef) -> Channels:
        path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/portforward"
        query = [("ports", str(self._backend.target_port))]
        return open_channels(self._api.connection, path, query, V4, f"forward a port to {pod}")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], target: Target) -> None:
        self.target = target
        super().__init__(address, _Handler)

    def handle_error(self, *_: object) -> None:
        """A connection that breaks is closed; its client sees that and needs no trace of it here."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        channels = self.server.target.connect()
        try:
            if not relay(self.request, channels):
                self.server.target.forget()
        except ChannelsClosed:
            self.server.target.forget()
        finally:
            channels.close()


def relay(local: socket.socket, channels: Channels) -> bool:
    """Carry bytes both ways until one side ends; tell whether the pod took the connection.

    Nothing is kept in memory but one message: a slow side slows the other down.
    """
    greeted: set[int] = set()
    local_open = True
    while True:
        sides: list[Pollable] = [channels, local] if local_open else [channels]
        readable, _ = ready(sides, timeout=None if local_open else _AFTER_END)
        if not readable:
            return True
        if local in readable:
            data = local.recv(CHUNK)
            local_open = bool(data)
            if data:
                channels.send(_DATA, data)
        if channels in readable:
            message = channels.receive()
            if message is None:
                return True
            channel, data = message
            # The first message on each channel only repeats the port number.
            if channel not in greeted and len(data) == _PORT_BYTES:
                greeted.add(channel)
            elif channel == _ERROR:
                return False
            elif channel == _DATA:
                local.sendall(data)
