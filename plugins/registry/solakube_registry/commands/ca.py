"""`sk registry ca`: the certificate authority to trust."""

from __future__ import annotations

import click

from solakube_core.plugin import Session, output_option, pass_session, show_document


@click.command()
@output_option()
@pass_session
def ca(session: Session, output: str) -> None:
    """Print the certificate of the authority that signed the registry's own, where it is not a public one.

    \b
    Examples:
      sk registry ca > registry-ca.crt
      sudo install -D <(sk registry ca) /etc/docker/certs.d/registry.example.com/ca.crt
    """
    from solakube_registry.exposure.authority import authority, described

    found = authority(session.settings, session.engine.site)
    told = described(found)
    show_document(told, output, name=str(told["sha256"]), text=found)
