"""Collecting everything at once from a small tree."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator

from solakube_regtool.collect.report import Options, Report
from solakube_regtool.collect.run import collect
from solakube_regtool.storage.tree import Tree

from tests.loopback import LoopbackServer, QuietHandler, serving
from tests.unit.retention.trees import SmallTree


def age(tree: SmallTree) -> None:
    """Make everything old, so that no grace period spares it."""
    for folder, _, files in os.walk(tree.data, followlinks=True):
        for name in (folder, *(f"{folder}/{file}" for file in files)):
            os.utime(name, (1, 1))


def collected(tree: SmallTree, *held: bytes, metrics: str = "", keep: float = 0.0) -> Report:
    """Collect with no grace at all; uploads are given the grace that they have otherwise."""
    age(tree)
    known = (metrics,) if metrics else ()
    options = Options(grace=0, settle=0, wait=False, untagged_grace=0, held=frozenset(held), metrics=known, keep=keep)
    return collect(Tree(str(tree.data)), options)


@contextlib.contextmanager
def metrics_page(page: str) -> Iterator[str]:
    """Serve a page of metrics; gives its address."""
    with served_pages(itertools.repeat(f"{page}\n")) as address:
        yield address


@contextlib.contextmanager
def served_pages(pages: Iterator[str]) -> Iterator[str]:
    """Serve another page at each request; gives their address."""

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(next(pages).encode())

    with serving(LoopbackServer(Handler)) as server:
        yield server.url


def blobs(tree: SmallTree) -> set[str]:
    """The digests of all blobs."""
    return {f"sha256:{file.parent.name}" for file in tree.root.glob("blobs/*/*/*/data")}


@contextlib.contextmanager
def another_user() -> Iterator[None]:
    """Be a user who owns nothing here."""
    os.setegid(1000)
    os.seteuid(1000)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
