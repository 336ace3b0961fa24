"""Websockets to the API server, whose messages carry numbered channels (exec, port-forward).

The client library brings credentials and proxy. Its own connection knows no time limit, and its readers collect all
output in memory and may split a character between two reads, hence those here.
"""

from __future__ import annotations

import json
import select
import ssl
from collections.abc import Iterable
from typing import Protocol

from kubernetes.client import Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.stream.ws_client import get_websocket_url, websocket_proxycare
from websocket import ABNF, WebSocket, WebSocketBadStatusException, WebSocketException, create_connection

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.connection import READ_TIMEOUT, Connection
from solakube_core.kube.client.faults import translate

V5 = "v5.channel.k8s.io"
"""Exec protocol in which a channel can be closed: Kubernetes 1.30 and later."""

V4 = "v4.channel.k8s.io"

CHUNK = 16 * 1024
"""Bytes in one message at most: one TLS record, so that sending it never blocks for long."""

CONTROL = -1
_CLOSE = 255


class ChannelsClosed(Exception):
    """The other side has closed the connection."""


class Pollable(Protocol):
    """Anything with a file descriptor."""

    def fileno(self) -> int: ...


def ready(
    reading: Iterable[Pollable], writing: Iterable[Pollable] = (), timeout: float | None = None
) -> tuple[list[Pollable], list[Pollable]]:
    """Wait until something can be read or written; `select.select` without its limit of 1024 descriptors.

    Args:
        timeout: seconds; None to wait for ever.

    Returns:
        What can be read and what can be written; both empty when the time is up.
    """
    buffered: list[Pollable] = [end for end in reading if isinstance(end, Channels) and end.has_buffered]
    if buffered:
        return buffered, []
    poll = select.poll()
    for end in {*reading, *writing}:
        poll.register(end, select.POLLIN * (end in reading) | select.POLLOUT * (end in writing))
    events = dict(poll.poll(None if timeout is None else timeout * 1000))
    # A connection that broke is told as neither: reading or writing it then shows what happened.
    broken = select.POLLERR | select.POLLHUP
    return (
        [end for end in reading if events.get(end.fileno(), 0) & (select.POLLIN | broken)],
        [end for end in writing if events.get(end.fileno(), 0) & (select.POLLOUT | broken)],
    )


class Channels:
    """One websocket; used by one thread at a time."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    @property
    def can_close(self) -> bool:
        """Whether single channels can be closed."""
        return V5 in (self._socket.getheaders() or {}).values()

    @property
    def has_buffered(self) -> bool:
        """Whether bytes were already taken off the connection, which `select` then does not see."""
        pending = getattr(self._socket.sock, "pending", None)
        return pending is not None and pending() > 0

    def fileno(self) -> int:
        return int(self._socket.fileno())

    def receive(self) -> tuple[int, bytes] | None:
        """Return the next message as channel and data; None once the other side has closed.

        What only keeps the connection going (an answer to `ping`) comes on the channel `CONTROL`.
        """
        try:
            opcode, frame = self._socket.recv_data_frame(control_frame=True)
        except (WebSocketException, OSError):
            return None
        if opcode == ABNF.OPCODE_CLOSE:
            return None
        if opcode in (ABNF.OPCODE_BINARY, ABNF.OPCODE_TEXT) and frame.data and frame.data[0] != _CLOSE:
            return frame.data[0], bytes(frame.data[1:])
        return CONTROL, b""

    def send(self, channel: int, data: bytes) -> None:
        """Send at most `CHUNK` bytes.

        Raises:
            ChannelsClosed: the other side does not listen any more.
        """
        self._send(bytes([channel]) + data, ABNF.OPCODE_BINARY)

    def end(self, channel: int) -> None:
        """Tell the other side that nothing more comes on a channel.

        Raises:
            ChannelsClosed: the other side does not listen any more.
        """
        self._send(bytes([_CLOSE, channel]), ABNF.OPCODE_BINARY)

    def ping(self) -> None:
        """Keep an idle connection from being cut by something in between, and see whether it still is there.

        Raises:
            ChannelsClosed: it is not.
        """
        self._send(b"", ABNF.OPCODE_PING)

    def _send(self, message: bytes, opcode: int) -> None:
        try:
            self._socket.send(message, opcode=opcode)
        except (WebSocketException, OSError) as error:
            raise ChannelsClosed from error

    def close(self) -> None:
        """Close the connection."""
        self._socket.close(timeout=1)
        # Once the other side has said goodbye, `close` leaves the socket open.
        self._socket.shutdown()


def open_channels(
    connection: Connection, path: str, query: list[tuple[str, str]], protocols: str, action: str
) -> Channels:
    """Open a websocket to the API server.

    Args:
        path: of the subresource, such as /api/v1/namespaces/x/pods/y/exec.
        query: its parameters; what is in them is logged by proxies and auditing.
        protocols: subprotocols, the preferred one first.
        action: what it is for, for messages.

    Raises:
        SolakubeError: the server refuses, or cannot be reached.
    """
    settings = connection.settings
    headers = [f"sec-websocket-protocol: {protocols}"]
    token = settings.auth_settings().get("BearerToken")
    if token:
        headers.append(f"authorization: {token['value']}")
    try:
        url, timeout = get_websocket_url(connection.server + path, query), connection.within(READ_TIMEOUT)
        return Channels(_connected(settings, url, headers, timeout))
    except WebSocketBadStatusException as error:
        raise translate(action, connection.server, _as_api_error(error)) from error
    except (WebSocketException, OSError) as error:
        raise translate(action, connection.server, error) from error


def _connected(settings: Configuration, url: str, headers: list[str], timeout: float) -> WebSocket:
    tls = {
        "cert_reqs": ssl.CERT_REQUIRED if settings.verify_ssl else ssl.CERT_NONE,
        "ca_certs": settings.ssl_ca_cert,
        "certfile": settings.cert_file,
        "keyfile": settings.key_file,
        "server_hostname": settings.tls_server_name,
    }
    websocket = create_connection(
        url,
        timeout=timeout,
        header=headers,
        sslopt={key: value for key, value in tls.items() if value is not None},
        **websocket_proxycare({}, settings, url, None),
    )
    # What runs on the other side, or whoever reads from it, may be silent for as long as it likes.
    websocket.settimeout(None)
    return websocket


def lost(what: str) -> SolakubeError:
    """Return the error for a connection that broke in the middle."""
    return SolakubeError(
        f"the connection to {what} was lost",
        "the pod ended, or something between this machine and the cluster cut the connection",
        "run the command again; `sk status` shows whether the pod is there",
    )


def _as_api_error(error: WebSocketBadStatusException) -> ApiException:
    translated = ApiException(status=error.status_code, reason="the websocket was refused")
    translated.body = (error.resp_body or b"").decode(errors="replace")
    return translated


def outcome(status: bytes) -> tuple[int | None, str]:
    """Read the `Status` that ends an exec: exit code, None where nothing could be started, and message."""
    answer = json.loads(status)
    if answer.get("status") == "Success":
        return 0, ""
    causes = (answer.get("details") or {}).get("causes") or ()
    codes = [cause["message"] for cause in causes if cause.get("reason") == "ExitCode"]
    return (int(codes[0]) if codes else None), str(answer.get("message", ""))
