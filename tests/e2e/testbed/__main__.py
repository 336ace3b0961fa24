"""`python -m tests.e2e.testbed`: make everything, or one part, ahead of the tests."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

from tests.e2e.testbed import catalog
from tests.e2e.testbed.console import say, step
from tests.e2e.testbed.errors import TestbedError
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner

_ALWAYS_NEEDED = ("crane", "regctl", "kind", "operator", "seaweedfs")


def main() -> int:
    """Make the parts asked for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.testbed", description=__doc__)
    parser.add_argument("--only", choices=_PARTS, action="append", help="this part alone; may be repeated")
    chosen = parser.parse_args().only or list(_PARTS)
    provisioner = Provisioner()
    try:
        with step(f"make the test bed in {provisioner.cache.root}"):
            for part in chosen:
                _PARTS[part](provisioner)
    except TestbedError as error:
        say(f"failed: {error}")
        return 1
    return 0


def _binaries(provisioner: Provisioner) -> None:
    for name in _ALWAYS_NEEDED:
        say(f"{name}: {provisioner.program(name)}")
    for line in REGISTRY_LINES:
        say(f"registry {line}: {provisioner.registry(line)}")


def _engine(provisioner: Provisioner) -> None:
    provisioner.engine()


def _images(provisioner: Provisioner) -> None:
    for name in catalog.WORKLOAD_IMAGES:
        provisioner.image(name)


def _node(provisioner: Provisioner) -> None:
    provisioner.node_image()
    say(f"kubectl: {provisioner.kubectl()}")
    provisioner.gateway_api_definitions()
    provisioner.traefik_definitions()


_PARTS: Mapping[str, Callable[[Provisioner], None]] = {
    "binaries": _binaries,
    "engine": _engine,
    "images": _images,
    "node": _node,
}


if __name__ == "__main__":
    sys.exit(main())
