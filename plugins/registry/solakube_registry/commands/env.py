"""`sk registry env`: what development tools need to be told."""

from __future__ import annotations

import click

from solakube_core.plugin import Session, output_option, pass_session, show_document
from solakube_registry.commands.addressing import pull_address
from solakube_registry.private.tools import PLACES, TOOLS, Reach


@click.command()
@click.argument("tool", type=click.Choice(sorted(TOOLS)), required=False)
@output_option()
@pass_session
def env(session: Session, tool: str | None, output: str) -> None:
    """Print what a development tool needs to be told to use the registry; without TOOL, of all tools.

    \b
    Examples:
      eval "$(sk registry env ko)" && ko build ./cmd/app
      sk registry env tilt >> Tiltfile
    """
    address = pull_address(session)
    reach = Reach(address.url, bool(address.ca))
    told = {name: TOOLS[name](reach) for name in ([tool] if tool else sorted(TOOLS))}
    if tool:
        session.terminal.say(PLACES[tool])
        text = told[tool]
    else:
        text = "\n".join(f"# {name}: {PLACES[name]}\n{part}" for name, part in told.items())
    show_document({"host": reach.host, **told}, output, name=reach.host, text=text)
