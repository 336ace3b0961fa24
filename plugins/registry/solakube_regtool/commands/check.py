"""`check`: is every image that the cluster names, and this registry serves, whole?"""

from __future__ import annotations

import argparse
from collections.abc import Collection

from solakube_regtool.alive.held import Held, read
from solakube_regtool.commands.alive_options import add_addresses
from solakube_regtool.output import Output
from solakube_regtool.sources.data import DataSource
from solakube_regtool.sources.named import Named
from solakube_regtool.sources.opening import open_data
from solakube_regtool.storage.last_run import noted
from solakube_regtool.wording import counted


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument(
        "--held", required=True, metavar="FILE", help="JSON: who holds which images; - is standard input"
    )
    add_addresses(parser)


def run(options: argparse.Namespace, out: Output) -> int:
    """Check them, and remember how it went; 1 where any is not whole."""
    return 0 if check(open_data(options), read(options.held), options.address, out) else 1


def check(source: DataSource, held: Held, addresses: Collection[str], out: Output) -> bool:
    """Check the images that a cluster names, and remember how it went.

    Args:
        source: the registry's data.
        held: who holds which images.
        addresses: hosts, with their ports, whose images must be here.
        out: where to tell it.

    Returns:
        Whether all are whole.

    Raises:
        OSError: the volume failed.
        RegtoolError: the bucket did not tell.
    """
    with noted(source.tree, "check", out) as noting:
        images = damaged = 0
        for image, holders, faults in Named(held, addresses).find(source):
            images += 1
            damaged += bool(faults)
            for fault in faults:
                text = f"{image}: {fault}; held by {', '.join(holders)}"
                out.record("damage", text, image=str(image), holders=holders, fault=fault)
        named = f"the cluster names {counted(images, 'image')} of this registry"
        noting.sentence = f"{named}, {damaged or 'none'} of them damaged"
        noting.figures = {"images": images, "damaged_images": damaged}
        noting.success = not damaged
    out.record("checked", noting.sentence, summary=noting.sentence, images=images, damaged=damaged)
    return not damaged
