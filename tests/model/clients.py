"""Clients that push and pull images which share layers, as docker does: ask first, send what is missing."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from tests.model.distribution import Distribution, digest_of, image, index

LAYERS = tuple(bytes([65 + number]) * (number // 2 + 1) for number in range(4))
"""Small blobs, two each of a size: sizes must not tell them apart."""

REPOSITORIES = ("a", "b/c")
TAGS = ("1", "2")

_READING = 3
"""Operations of a request that only read, before the first that writes."""

Work = Generator[bool, None, None]
"""Yields True between two operations of a request, False between two requests."""


@dataclass(eq=False)
class Client:
    """A client at work.

    Attributes:
        work: what it does.
        since: when it began.
        request_since: when its current request began.
        in_request: a request is under way.
        answered: a request of it was answered in the collector's present stretch of brisk steps.
        requests: begun in that stretch.
        operations: of these requests.
        pushing: repository and tag, for a push.
    """

    work: Work
    since: float
    request_since: float
    in_request: bool = False
    answered: bool = False
    requests: int = 0
    operations: int = 0
    pushing: tuple[str, str] | None = None


@dataclass
class Clients:
    """All clients of a registry.

    Attributes:
        tags: what has been pushed: manifest by repository and tag.
        active: clients at work.
        answered: requests that were answered so far.
        known: manifests by their hex digests.
        made: layers of the images that were pushed.
        parts: images that were pushed by digest, each with its repository; an index is to name them later.
    """

    registry: Distribution
    random: random.Random
    now: Callable[[], float]
    grace: float
    tags: dict[tuple[str, str], bytes] = field(default_factory=dict)
    active: list[Client] = field(default_factory=list)
    answered: int = 0
    parts: list[tuple[str, bytes]] = field(default_factory=list)
    known: dict[str, bytes] = field(default_factory=dict)
    made: list[list[bytes]] = field(default_factory=list)
    alone: bool = False
    brisk: bool = False

    @property
    def busy(self) -> bool:
        """Whether any request is under way."""
        return any(client.in_request for client in self.active)

    def is_pushing(self, repository: str, tag: str) -> bool:
        """Whether that tag is being pushed."""
        return any(client.pushing == (repository, tag) for client in self.active)

    def stretch(self, brisk: bool, alone: bool) -> None:
        """Hear what the collector's next step may rely on (see `solakube_regtool.collect.steps`)."""
        self.brisk, self.alone = brisk, alone and brisk
        if not brisk:
            for client in self.active:
                client.answered, client.requests, client.operations = False, 0, 0

    def begin_anew(self) -> None:
        """Hear that the collector has seen no request under way: what it may rely on counts from this moment."""
        for client in self.active:
            client.requests, client.operations = 0, 0

    def may_go_on(self, client: Client) -> bool:
        """Tell whether the client's next operation can come as quickly as within the present stretch."""
        if self.brisk and not client.in_request and client.answered:
            return False
        return not (self.alone and client.operations >= _READING)

    def new_push(self) -> Client:
        """Make a client that pushes some image or index."""
        free = [(name, tag) for name in REPOSITORIES for tag in TAGS if not self.is_pushing(name, tag)]
        repository, tag = self.random.choice(free)
        kind = self.random.choices((self._push, self._push_index, self._push_part, self._merge), (6, 3, 1, 1))[0]
        work = kind(repository, tag)
        return Client(work, self.now(), self.now(), pushing=(repository, tag))

    def new_pull(self) -> Client:
        """Make a client that pulls some tag."""
        if not self.tags:
            return self.new_push()
        return Client(self._pull(*self.random.choice(sorted(self.tags))), self.now(), self.now())

    def start(self, client: Client) -> None:
        """Let a client begin."""
        self.active.append(client)

    def step(self, client: Client) -> None:
        """Let a client do its next operation."""
        was_in_request = client.in_request
        try:
            client.in_request = next(client.work)
        except StopIteration:
            client.in_request = False
            self.active.remove(client)
        if client.in_request and not was_in_request:
            client.request_since = self.now()
            client.requests += 1
        if was_in_request and not client.in_request:
            client.answered = True
            self.answered += 1
        client.operations += bool(client.requests)

    def pulls(self, repository: str, tag: str) -> bool:
        """Tell whether a tag's image is whole."""
        whole: bool = _run(self.registry.pull(repository, tag))
        return whole

    def reachable(self) -> set[str]:
        """Return the hex digests of all that the tags reach."""
        found: set[str] = set()
        waiting = [digest_of(content) for content in self.tags.values()]
        while waiting:
            digest = waiting.pop()
            found.add(digest)
            named = json.loads(self.known[digest]) if digest in self.known else {}
            for part in (*([named["config"]] if "config" in named else ()), *named.get("layers", ())):
                found.add(part["digest"][7:])
            waiting += [child["digest"][7:] for child in named.get("manifests", ())]
        return found

    def _push(self, repository: str, tag: str) -> Work:
        content = yield from self._push_content(repository, tag)
        self.tags[repository, tag] = content

    def _push_index(self, repository: str, tag: str) -> Work:
        children = []
        for _ in range(2):
            children.append((yield from self._push_content(repository, "")))
        yield from self._put_index(repository, tag, children)

    def _push_part(self, repository: str, _tag: str) -> Work:
        """Push an image by digest, as one job of several does."""
        layers = [f"part {len(self.known)}".encode(), self.random.choice(LAYERS)]
        content = yield from self._push_image(repository, "", layers)
        self.parts.append((repository, content))

    def _merge(self, repository: str, tag: str) -> Work:
        """Push an index of such images, as the last job does, perhaps hours later."""
        children = [content for name, content in self.parts if name == repository]
        # Once they are named they wait for no other index.
        self.parts = [part for part in self.parts if part[0] != repository]
        if children:
            yield from self._put_index(repository, tag, children)

    def _put_index(self, repository: str, tag: str, children: list[bytes]) -> Generator[bool, None, None]:
        content = index(children)
        self.known[digest_of(content)] = content
        yield from _request(self.registry.put_manifest(repository, content, tag))
        self.tags[repository, tag] = content

    def _push_content(self, repository: str, tag: str) -> Generator[bool, None, bytes]:
        layers = self._choose_layers()
        digest = digest_of(image(layers))
        # Many clients ask for the manifest first. Some then send it all the same, others rely on all that it names.
        there = self.random.random() < 0.5 and (
            yield from _request(self.registry.head(repository, "_manifests/revisions", digest))
        )
        if not there or self.random.random() < 0.3:
            return (yield from self._push_image(repository, tag, layers))
        if tag:
            yield from _request(self.registry.put_manifest(repository, image(layers), tag))
        return image(layers)

    def _choose_layers(self) -> list[bytes]:
        """Choose what to push: half of the time what somebody has pushed before, which is where collections matter."""
        if not self.made or self.random.random() < 0.5:
            self.made.append(self.random.sample(LAYERS, self.random.randint(1, 3)))
            return self.made[-1]
        return self.random.choice(self.made)

    def _push_image(self, repository: str, tag: str, layers: list[bytes]) -> Generator[bool, None, bytes]:
        for layer in layers:
            yield from self._push_layer(repository, layer)
        content = image(layers)
        self.known[digest_of(content)] = content
        yield from _request(self.registry.put_manifest(repository, content, tag))
        return content

    def _push_layer(self, repository: str, layer: bytes) -> Generator[bool, None, None]:
        digest = digest_of(layer)
        if (yield from _request(self.registry.head(repository, "_layers", digest))):
            return
        if self.random.random() < 0.4:
            other = self.random.choice(REPOSITORIES)
            if other != repository and (yield from _request(self.registry.mount(repository, other, digest))):
                return
        yield from _request(self.registry.upload(repository, layer))

    def _pull(self, repository: str, tag: str) -> Work:
        before = self.tags.get((repository, tag))
        pushing = self.is_pushing(repository, tag)
        whole = yield from _request(self.registry.pull(repository, tag))
        untouched = not pushing and self.tags.get((repository, tag)) is before and not self.is_pushing(repository, tag)
        assert whole or before is None or not untouched, f"a pull of {repository}:{tag} failed"


def _request(request: Generator[None, None, Any]) -> Generator[bool, None, Any]:
    """Perform a request, and pause after it."""
    try:
        while True:
            next(request)
            yield True
    except StopIteration as end:
        yield False
        return end.value


def _run(request: Generator[None, None, Any]) -> Any:
    try:
        while True:
            next(request)
    except StopIteration as end:
        return end.value
