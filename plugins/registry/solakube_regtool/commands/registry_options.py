"""The option that names the metrics of the registry."""

from __future__ import annotations

import argparse
import os

EVERY_PROCESS = "SOLAKUBE_REGISTRY_METRICS"
"""The environment variable in which a container has the debug addresses of all processes that serve its images.

It knows them better than who asks from afar, by settings that may have changed since: a process that is left out may be
in the middle of a push of what is freed."""


def add_metrics(parser: argparse.ArgumentParser) -> None:
    """Declare it."""
    parser.add_argument("--metrics", default="", metavar="URL", help="of the registry's debug address")


def metrics(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the debug addresses that are known: the one that was given, and those of the environment."""
    return tuple(dict.fromkeys(filter(None, (options.metrics, *os.environ.get(EVERY_PROCESS, "").split()))))
