"""`metrics`: print the last runs' figures for Prometheus."""

from __future__ import annotations

import argparse

from solakube_regtool.output import Output
from solakube_regtool.serve.metrics import render
from solakube_regtool.storage.last_run import recall
from solakube_regtool.storage.tree import Tree


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """There are none."""


def run(options: argparse.Namespace, out: Output) -> int:
    """Print them."""
    text = render(recall(Tree(options.data)))
    out.record("metrics", text.rstrip("\n"), page=text)
    return 0
