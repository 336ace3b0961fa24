"""Running a program in a container of a pod."""

from __future__ import annotations

import codecs
from collections.abc import Generator, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api
from solakube_core.kube.client.channels import (
    CHUNK,
    V4,
    V5,
    Channels,
    ChannelsClosed,
    lost,
    open_channels,
    outcome,
    ready,
)
from solakube_core.kube.pods import picking
from solakube_core.model import ObjectRef, Program

if TYPE_CHECKING:
    from solakube_core.engine import Stdin

_STDIN, _STDOUT, _STDERR, _STATUS = range(4)
_PING_EVERY = 15.0
_PINGS_UNANSWERED = 2
_ERRORS_KEPT = 64 * 1024


def start(api: Api, program: Program, arguments: tuple[str, ...], stdin: Stdin) -> PodExecution:
    """Start a program in the container that it names.

    Args:
        arguments: appended to the program's own.
        stdin: written to its standard input, which then ends. A program that ends without having read it may leave
            up to 64 KiB, a pipe's size: with more the node does not tell its end.

    Raises:
        SolakubeError: there is no such container, or the server refuses.
    """
    pod = picking.find(api, program.component, program.namespace, program.selector, program.container)
    # Debian has no `python`; the official images of Python have both names.
    executable = "python3" if program.executable == "python" else program.executable
    command = (executable, *program.arguments, *arguments)
    query = [("command", word) for word in command]
    query += [("container", program.container), ("stdout", "true"), ("stderr", "true")]
    if stdin:
        query.append(("stdin", "true"))
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/exec"
    channels = open_channels(api.connection, path, query, f"{V5},{V4}", f"run {executable} in {pod}")
    if stdin and not channels.can_close:
        channels.close()
        raise SolakubeError(
            f"cannot run {executable} in {pod}",
            "the API server is too old to tell a program the end of its input (it offers v4.channel.k8s.io)",
            "use Kubernetes 1.30 or later",
        )
    return PodExecution(channels, pod, program.container, stdin)


class PodExecution:
    """Implements `solakube_core.engine.Execution` over a websocket. Lines are read as they are asked for."""

    def __init__(self, channels: Channels, pod: ObjectRef, container: str, stdin: Stdin) -> None:
        self._channels = channels
        self._where = f"container {container} of {pod}"
        self._stdin = _chunks([stdin.encode()] if isinstance(stdin, str) else stdin)
        self._stdin_open = bool(stdin)
        self._errors = b""
        self._status = b""
        self._exit_code: int | None = None

    def __iter__(self) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        begun = ""
        for data in self._output():
            *lines, begun = (begun + decoder.decode(data)).split("\n")
            yield from lines
        if begun:
            yield begun
        self._exit_code = self._finish()

    def pieces(self) -> Generator[bytes, None, None]:
        """Give its standard output as it comes."""
        yield from self._output()
        self._exit_code = self._finish()

    @property
    def exit_code(self) -> int:
        """The program's exit code.

        Raises:
            RuntimeError: the lines are not exhausted yet.
        """
        if self._exit_code is None:
            raise RuntimeError("the program's output has not been read to its end")
        return self._exit_code

    @property
    def errors(self) -> str:
        """The last part of what it wrote to standard error."""
        return self._errors.decode(errors="replace")

    def _output(self) -> Iterator[bytes]:
        """Yield standard output piece by piece, while feeding standard input."""
        try:
            while self._wait() and (message := self._channels.receive()):
                if message[0] == _STDOUT:
                    yield message[1]
                else:
                    self._note(*message)
        finally:
            self._channels.close()

    def _wait(self) -> bool:
        """Wait for a message, feeding standard input meanwhile; False once the connection is dead."""
        unanswered = 0
        while unanswered <= _PINGS_UNANSWERED:
            writing = [self._channels] if self._stdin_open else []
            readable, writable = ready([self._channels], writing, _PING_EVERY)
            if readable:
                return True
            if writable:
                self._feed()
            else:
                unanswered += 1
                if not self._ping():
                    return False
        return False

    def _ping(self) -> bool:
        try:
            self._channels.ping()
        except ChannelsClosed:
            return False
        return True

    def _feed(self) -> None:
        """Send the next piece of standard input, or its end; a program may well end without reading it."""
        chunk = next(self._stdin, None)
        try:
            if chunk is not None:
                self._channels.send(_STDIN, chunk)
                return
            self._channels.end(_STDIN)
        except ChannelsClosed:
            self._stdin = iter(())
        self._stdin_open = False

    def _note(self, channel: int, data: bytes) -> None:
        if channel == _STDERR:
            self._errors = (self._errors + data)[-_ERRORS_KEPT:]
        elif channel == _STATUS:
            self._status += data

    def _finish(self) -> int:
        if not self._status:
            raise lost(self._where)
        exit_code, message = outcome(self._status)
        if exit_code is None:
            raise SolakubeError(f"nothing could be run in {self._where}", message, "check the image of that container")
        return exit_code


def _chunks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    return chain.from_iterable(
        (piece[start : start + CHUNK] for start in range(0, len(piece), CHUNK)) for piece in pieces
    )
