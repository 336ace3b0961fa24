"""`sk registry ca`: the certificate authority to trust."""

from __future__ import annotations

import click

from solakube_core.plugin import Session, pass_session


@click.command()
@pass_session
def ca(session: Session) -> None:
    """Print the certificate of the authority that signed the registry's own, where it is not a public one.

    \b
    Examples:
      sk registry ca > registry-ca.crt
      sudo install -D <(sk registry ca) /etc/docker/certs.d/registry.example.com/ca.crt
    """
    from solakube_registry.exposure.authority import authority

    click.echo(authority(session.settings, session.engine.site).rstrip("\n"))
