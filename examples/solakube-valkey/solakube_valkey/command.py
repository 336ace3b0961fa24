"""`sk valkey`: what the cache says, whichever engine it runs on."""

from __future__ import annotations

import socket
from io import BufferedIOBase
from urllib.parse import urlsplit

import click

from solakube_core.plugin import NotDeployed, Session, SolakubeError, pass_session
from solakube_valkey.plan import BACKEND, NAME, password


@click.group()
def valkey() -> None:
    """Talk to the cache."""


@valkey.command("password")
@pass_session
def show_password(session: Session) -> None:
    """Print the password."""
    click.echo(_password(session))


@valkey.command()
@click.argument("words", nargs=-1, required=True)
@pass_session
def call(session: Session, words: tuple[str, ...]) -> None:
    """Send a command and print the answer.

    \b
    Example:
      sk valkey call SET greeting hello
    """
    secret = _password(session)
    # The core forwards a port where the cache is in a cluster, and gives its own address on this machine.
    with session.engine.open(BACKEND) as url:
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port), 30) as connection:
            stream = connection.makefile("rwb")
            answers = [_answer(stream, *command) for command in (("AUTH", secret), words)]
    click.echo(answers[-1])


def _password(session: Session) -> str:
    found = password(session.engine.site)
    if found is None:
        raise NotDeployed(NAME, session.engine.site.describe(NAME))
    return found


def _answer(stream: BufferedIOBase, *words: str) -> str:
    """Send one command and read its answer (https://valkey.io/topics/protocol/)."""
    encoded = [word.encode() for word in words]
    stream.write(b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded))
    stream.flush()
    return _read(stream)


def _read(stream: BufferedIOBase) -> str:
    kind, text = (line := stream.readline().decode().rstrip())[:1], line[1:]
    if kind in ("", "-"):
        raise SolakubeError("the cache refuses", text or "it ended the connection")
    if kind == "$":
        return stream.read(int(text) + 2).decode()[:-2] if int(text) >= 0 else "(nothing)"
    return "\n".join(_read(stream) for _ in range(int(text))) if kind == "*" else text
