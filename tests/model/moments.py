"""Putting requests at a certain moment of a collection."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from solakube_regtool.storage.untag import remove_tag

from tests.model.clients import BLOB, Client, Work
from tests.model.distribution import Distribution, Request, digest_of, image
from tests.model.world import NewCollector, World

_Answer = TypeVar("_Answer")


class Scene:
    """A registry with one repository, `a`, in which things happen in a certain order.

    Args:
        folder: for its data.
        new_collector: makes the collector.
        known: the registry's metrics are known.
        undo: seconds for which a tag can be brought back.
    """

    def __init__(self, folder: Path, new_collector: NewCollector, known: bool = False, undo: float = 0.0) -> None:
        self.world = World(
            folder, random.Random(0), in_place=False, known=known, new_collector=new_collector, undo=undo
        )
        self.registry = self.world.registry

    # Requests

    def push(self, layers: Sequence[bytes], tag: str = "", subject: str = "", repository: str = "a") -> bytes:
        """Push an image, by digest unless told otherwise; gives its manifest."""
        for layer in layers:
            answered(self.registry.upload(repository, layer))
        return self.put(image(layers, subject), tag, repository)

    def put(self, content: bytes, tag: str = "", repository: str = "a") -> bytes:
        """Push a manifest.

        Raises:
            RefusedError: something that it names is missing.
        """
        answered(self.registry.put_manifest(repository, content, tag))
        return content

    def asks(self, content: bytes) -> bool:
        """Ask for a manifest."""
        return answered(self.registry.head("a", "_manifests/revisions", digest_of(content)))

    def asks_for_layer(self, layer: bytes) -> bool:
        """Ask for a layer."""
        return answered(self.registry.head("a", "_layers", digest_of(layer)))

    def has(self, content: bytes) -> bool:
        """Whether a blob is in its place."""
        return self.registry.has_blob(digest_of(content))

    def start_upload(self) -> None:
        """Have a client begin an upload that does not end by itself."""
        clients = self.world.clients
        clients.start(Client(_uploading(self.registry), clients.now(), clients.now()))
        self.world.step(clients.active[-1])

    def start_reading(self, link: Path) -> Client:
        """Have a client begin a request that has opened a link and not read it yet."""
        clients = self.world.clients
        clients.start(Client(_reading(link), clients.now(), clients.now()))
        self.world.step(clients.active[-1])
        return clients.active[-1]

    # What was before

    def unneeded(self, *layers: bytes, subject: str = "") -> bytes:
        """Push an image whose tag is deleted; gives its manifest."""
        content = self.push(layers, "0", subject)
        assert remove_tag(self.world.tree, "a", "0", f"sha256:{digest_of(content)}")
        return content

    def lose(self, content: bytes) -> Path:
        """Lose a manifest's blob; gives its link, which leads to nothing."""
        shutil.rmtree(Path(self.registry.blob(digest_of(content))).parent)
        return self.link(content)

    def link(self, content: bytes) -> Path:
        """Give a manifest's link."""
        return Path(self.registry.root, f"repositories/a/_manifests/revisions/sha256/{digest_of(content)}/link")

    # The collector

    def begin(self, until: str = "", wait: bool = False) -> None:
        """Begin a collection, and let it work until a step."""
        self.world.begin_collection(wait)
        self.go_on(until)

    def go_on(self, until: str = "") -> None:
        """Let the collector work until a step, or to its end."""
        while (step := self.world.collect()) and step.name != until:
            pass

    def go_on_while_there(self, content: bytes) -> None:
        """Let the collector work until a blob is away, or to its end."""
        while self.has(content) and self.world.collect():
            pass


def _uploading(registry: Distribution) -> Work:
    for _ in registry.upload("a", b"of another client"):
        yield BLOB
    yield ""


def _reading(link: Path) -> Work:
    with link.open("rb") as file:
        yield BLOB
        file.read()
    yield ""


def answered(request: Request[_Answer]) -> _Answer:
    """Perform a request, or the rest of one."""
    try:
        while True:
            next(request)
    except StopIteration as end:
        answer: _Answer = end.value
        return answer


def begun(request: Request[_Answer], operations: int) -> Request[_Answer]:
    """Perform so many operations of a request, which yields before each."""
    for _ in range(operations + 1):
        next(request)
    return request
