"""`sk registry trust`: what nodes need to pull from the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from solakube_core.plugin import (
    Listing,
    Session,
    SolakubeError,
    output_option,
    pass_session,
    show,
    yes_option,
)
from solakube_registry.commands.addressing import pull_address


@click.command()
@click.option("--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The authority (PEM file).")
@click.option("--apply", is_flag=True, help="Write the files, after asking: on kind's nodes and on a k3s machine.")
@yes_option
@output_option()
@pass_session
def trust(session: Session, ca: Path | None, apply: bool, yes: bool, output: str) -> None:
    """Print what a node needs to pull from the registry, as commands to run on it as root.

    That is the authority of the registry's certificate, or the word that it speaks plain HTTP: hosts.toml for
    containerd, registries.yaml for k3s. The login is not part of it: see `sk registry grant`.

    \b
    Examples:
      sk registry trust
      sk registry trust --apply
      sk registry trust | ssh root@node sh
    """
    from solakube_registry.private.trust import node_files, nodes

    if apply:
        session.announce("nodes' trust")
    address = pull_address(session, ca)
    if node_files.needs_nothing(address):
        session.terminal.say(
            f"nodes need nothing for {address.host}, provided that its certificate is of a public authority; "
            "for a private one name it: --ca FILE"
        )
        show(Listing((), _path, around={"host": address.host}), output)
        return
    k3s = session.settings.cluster_type == "k3s"
    there = tuple(nodes.reachable_nodes(session.settings.cluster_type, session.engine.site)) if apply else ()
    present = nodes.present_registries() if k3s else ""
    files = node_files.for_k3s(address, present) if k3s else node_files.for_containerd(address)
    first = "" if present or not k3s else node_files.KEEP_REGISTRIES
    restart = nodes.RESTART_K3S if k3s else ""
    script = node_files.as_script(files, first, restart)
    told = {"host": address.host, "restart": restart or None}
    show(Listing([asdict(file) for file in files], _path, around=told, below=(script,)), output)
    if not apply:
        return
    if not there:
        raise SolakubeError(
            "no node can be written to from here",
            f"the cluster type is {session.settings.cluster_type}: only nodes of kind, and of k3s on this machine, can",
            "run the commands above on each node as root",
        )
    session.terminal.confirm(f"Write these files on {', '.join(node.name for node in there)}?", yes)
    session.terminal.changing()
    for node in there:
        for file in files:
            node.write(file)
            session.terminal.say(f"{node.name}: wrote {file.path}")
    if k3s:
        session.terminal.say(f"k3s reads them when it starts: {nodes.RESTART_K3S}")


def _path(file: Mapping[str, Any]) -> str:
    return str(file["path"])
