"""`sk registry forward`: reach the registry from this machine, whatever exposes it."""

from __future__ import annotations

import contextlib
import signal
from types import FrameType
from urllib.parse import urlsplit

import click

from solakube_core.plugin import Session, output_option, pass_session, show_document


@click.command()
@click.option("--port", "-p", type=click.IntRange(0, 65535), default=5000, show_default=True, help="0: any free one.")
@output_option()
@pass_session
def forward(session: Session, port: int, output: str) -> None:
    """Lead a port of this machine to the registry until Ctrl-C is pressed.

    Docker takes a registry on localhost without a certificate. The way stays open when the registry's pod is
    replaced: connections then wait for the new one.

    \b
    Examples:
      sk registry forward
      docker login localhost:5000 --username admin
      docker tag my-image localhost:5000/my-image && docker push localhost:5000/my-image
    """
    from solakube_registry.naming import Names
    from solakube_registry.place import in_cluster

    backend = Names.of(session.settings).backend
    if not in_cluster(session.engine.site) and (address := session.engine.address(backend)):
        _show(address.url, output)
        session.terminal.say("the registry listens on this machine: nothing to forward")
        return
    with session.engine.open(backend, port) as url, contextlib.suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, _interrupt)
        _show(url, output)
        session.terminal.say(f"log in with: docker login localhost:{urlsplit(url).port} --username admin")
        session.terminal.say("Ctrl-C ends it")
        while True:
            signal.pause()


def _show(url: str, output: str) -> None:
    host = urlsplit(url).netloc
    show_document({"url": url, "host": host}, output, name=host, text=url)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End as with Ctrl-C when another program says so, and leave nothing open."""
    raise KeyboardInterrupt
