"""`sk registry show-private`: which private registry an application has."""

from __future__ import annotations

import click

from solakube_core.plugin import Session, output_option, pass_session, show_document, show_secrets_option
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.exports import export_lines
from solakube_registry.private.finding import private_registry


@click.command()
@click.argument("app", default="")
@show_secrets_option
@output_option()
@pass_session
def show_private(session: Session, app: str, show_secrets: bool, output: str) -> None:
    """Print the private registry of APP, or that of all without one of their own, as lines for `eval`.

    \b
    Examples:
      sk registry show-private nextcloud
      eval "$(sk registry show-private nextcloud --show-secrets)"
    """
    registry = private_registry(session, app)
    session.terminal.say(f"{registry.fqn}: {registry.reason}")
    lines = "".join(f"{line}\n" for line in export_lines(registry, show_secrets))
    show_document(_document(registry, show_secrets), output, name=registry.fqn, text=lines)
    if not show_secrets:
        session.terminal.say("the password is left out; --show-secrets prints it")


def _document(registry: PrivateRegistry, show_secrets: bool) -> dict[str, str]:
    shown = {"fqn": registry.fqn, "username": registry.username, "reason": registry.reason}
    return {**shown, **({"password": registry.password} if show_secrets else {})}
