"""Clients that push, sign, pull and run images which share layers, as docker does: ask first, send what is missing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.model.alive import Alive, Attached
from tests.model.damage import Damage
from tests.model.distribution import RefusedError, Registry, digest_of, image, index
from tests.model.windows import Windows

LAYERS = tuple(bytes([65 + number]) * (number // 2 + 1) for number in range(4))
"""Small blobs, two each of a size: sizes must not tell them apart."""

REPOSITORIES = ("a", "b/c")
TAGS = ("1", "2")

_READING = 3
"""Operations of a request that only read, before the first that writes."""

BLOB, MANIFEST = "blob", "manifest"
"""What a request is about, as the registry's metrics tell it."""

Work = Generator[str, None, None]
"""Yields between two operations of a request what that is about, and "" between two requests."""


@dataclass(eq=False)
class Client:
    """A client at work.

    Attributes:
        work: what it does.
        since: when it began.
        request_since: when its current request began.
        request: what that is about; "" for none.
        replica: the number of the registry's process that it was sent to, where there are several.
        answered: a request of it was answered in the collector's present stretch of brisk steps.
        requests: begun in that stretch.
        operations: of these requests.
        pushing: repository and tag, for a push.
    """

    work: Work
    since: float
    request_since: float
    request: str = ""
    replica: int = 0
    answered: bool = False
    requests: int = 0
    operations: int = 0
    pushing: tuple[str, str] | None = None

    @property
    def in_request(self) -> bool:
        """A request is under way."""
        return bool(self.request)


@dataclass
class Clients:
    """All clients of a registry.

    Attributes:
        repositories: what they push to.
        alive: what was pushed, and must stay.
        damage: what cannot be read at the moment.
        missing: hex digests of manifests that were there while a client stored them again, and were moved away before
            it was answered; each with the time of that. They are to go back soon; their clients wait for it.
        reads_tell: who asks for an image leaves a trace that the collector sees. Where he does not, the model has the
            cluster run what a tag points to at that very moment.
        may_run: the cluster may begin to run an image. It is asked when a collection begins, so that must not last
            longer than the grace period.
        active: clients at work.
        answered: requests that were answered so far.
        made: layers of the images that were pushed.
        windows: when a push may be refused, and tried again.
        refused: how often one was.
        parts: images that were pushed by digest, each with its repository; an index is to name them later.
    """

    registry: Registry
    random: random.Random
    now: Callable[[], float]
    repositories: Sequence[str]
    alive: Alive
    damage: Damage = field(default_factory=Damage)
    missing: dict[str, float] = field(default_factory=dict)
    reads_tell: bool = True
    may_run: bool = True
    active: list[Client] = field(default_factory=list)
    answered: int = 0
    parts: list[tuple[str, bytes]] = field(default_factory=list)
    made: list[list[bytes]] = field(default_factory=list)
    windows: Windows = field(default_factory=Windows)
    refused: int = 0
    _set: dict[tuple[str, str], int] = field(default_factory=dict)
    _images: dict[bytes, tuple[Sequence[bytes], str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _stretch: bool = False
    _brisk: bool = False
    _alone: bool = False

    @property
    def busy(self) -> bool:
        """Whether any request is under way."""
        return any(client.in_request for client in self.active)

    def is_pushing(self, repository: str, tag: str) -> bool:
        """Whether that tag is being pushed."""
        return any(client.pushing == (repository, tag) for client in self.active)

    def stretch(self, goes_on: bool, brisk: bool, alone: bool) -> None:
        """Hear what the collector's next step may rely on (see `solakube_regtool.collect.steps`).

        Args:
            goes_on: it follows the step before within milliseconds.
            brisk: no client has a request answered and another one looked into in such a stretch.
            alone: no request was under way when the stretch began.
        """
        if not (goes_on and self._stretch):
            self.begin_anew()
        self._stretch, self._brisk, self._alone = goes_on, goes_on and brisk, goes_on and alone

    def begin_anew(self) -> None:
        """Hear that the collector looks at all that goes on: what it may rely on counts from this moment."""
        for client in self.active:
            client.answered, client.requests, client.operations = False, 0, 0

    def may_go_on(self, client: Client) -> bool:
        """Tell whether the client's next operation can come as quickly as within the present stretch."""
        if self._brisk and not client.in_request and client.answered:
            return False
        return not (self._alone and client.operations >= _READING)

    def new_push(self) -> Client:
        """Make a client that pushes some image or index, or signs one."""
        free = [(name, tag) for name in self.repositories for tag in TAGS if not self.is_pushing(name, tag)]
        if not free:
            repository = self.random.choice(self.repositories)
            return self._client(self._push_part(repository, ""))
        repository, tag = self.random.choice(free)
        kinds = (self._push, self._push_index, self._push_part, self._merge, self._sign)
        kind = self.random.choices(kinds, (6, 3, 1, 1, 3))[0]
        return self._client(kind(repository, tag), (repository, tag))

    def new_pull(self) -> Client:
        """Make a client that pulls some tag, or a node that is to run it."""
        if not self.alive.tags:
            return self.new_push()
        kind = self.random.choice((self._pull, self._run))
        return self._client(kind(*self.random.choice(sorted(self.alive.tags))))

    def _client(self, work: Work, pushing: tuple[str, str] | None = None) -> Client:
        return Client(work, self.now(), self.now(), pushing=pushing)

    def find_missing(self, before: float) -> None:
        """Look for the manifests that were missing.

        Raises:
            AssertionError: one has been missing since before that time.
        """
        for digest, since in list(self.missing.items()):
            if self.registry.has_blob(digest):
                del self.missing[digest]
            else:
                assert since >= before, f"the manifest {digest[:8]} was stored, and is gone"

    def stop_running(self) -> None:
        """Have the cluster no longer run an image."""
        if self.alive.held:
            del self.alive.held[self.random.choice(sorted(self.alive.held))]
            self.alive.loosen()

    def start(self, client: Client) -> None:
        """Let a client begin."""
        self.active.append(client)

    def step(self, client: Client) -> None:
        """Let a client do its next operation."""
        was_in_request = client.in_request
        try:
            client.request = next(client.work)
        except StopIteration:
            client.request = ""
            self.active.remove(client)
        if client.in_request and not was_in_request:
            client.request_since = self.now()
            client.requests += 1
        if was_in_request and not client.in_request:
            client.answered = True
            self.answered += 1
        client.operations += bool(client.requests)

    def pulls(self, repository: str, digest: str) -> bool:
        """Tell whether an image is whole, by its hex digest."""
        whole: bool = _finish(self.registry.pull_manifest(repository, f"sha256:{digest}"))
        return whole

    def _push(self, repository: str, tag: str) -> Work:
        content = yield from self._push_content(repository, tag)
        self._has_set(repository, tag, content)

    def _has_set(self, repository: str, tag: str, content: bytes) -> None:
        self.alive.set_tag(repository, tag, content)
        self._set[repository, tag] = self.windows.moment

    def _push_index(self, repository: str, tag: str) -> Work:
        began, children = self.windows.moment, []
        for _ in range(2):
            children.append((yield from self._push_content(repository, "")))
        while not (yield from self._is_accepted(began, self._put_index(repository, tag, children))):
            began = self.windows.moment
            for child in children:
                yield from self._push_image(repository, "", *self._images[child])

    def _push_part(self, repository: str, _tag: str) -> Work:
        """Push an image by digest, as one job of several does."""
        layers = [f"part {next(self._numbers)}".encode(), self.random.choice(LAYERS)]
        content = yield from self._push_image(repository, "", layers)
        self.parts.append((repository, content))

    def _merge(self, repository: str, tag: str) -> Work:
        """Push an index of such images, as the last job does, perhaps hours later."""
        children = [content for name, content in self.parts if name == repository]
        # Once they are named they wait for no other index.
        self.parts = [part for part in self.parts if part[0] != repository]
        if children:
            yield from self._put_index(repository, tag, children)

    def _put_index(self, repository: str, tag: str, children: list[bytes]) -> Work:
        content = index(children)
        yield from self._put_manifest(repository, content, tag)
        self._has_set(repository, tag, content)

    def _push_content(self, repository: str, tag: str) -> Generator[str, None, bytes]:
        began, layers = self.windows.moment, self._choose_layers()
        self._images[image(layers)] = (layers, "")
        digest = digest_of(image(layers))
        # Many clients ask for the manifest first. Some then send it all the same, others rely on all that it names.
        there = self.random.random() < 0.5 and (
            yield from _request(MANIFEST, self.registry.head(repository, "_manifests/revisions", digest))
        )
        if not there or self.random.random() < 0.3:
            return (yield from self._push_image(repository, tag, layers))
        put = self._put_manifest(repository, image(layers), tag)
        if tag and not (yield from self._is_accepted(began, put)):
            yield from self._push_image(repository, tag, layers)
        return image(layers)

    def _is_accepted(self, began: int, put: Work) -> Generator[str, None, bool]:
        """Send a manifest; tell whether it was accepted, unless it had to be.

        Args:
            began: moment at which the push began that it belongs to.
            put: the sending.

        Raises:
            RefusedError: it was refused, and no window was open since then.
        """
        try:
            yield from put
        except RefusedError:
            if not self.windows.was_open_since(began):
                raise
            self.refused += 1
            yield ""
            return False
        return True

    def _choose_layers(self) -> list[bytes]:
        """Choose what to push: half of the time what somebody has pushed before, which is where collections matter."""
        if not self.made or self.random.random() < 0.5:
            self.made.append(self.random.sample(LAYERS, self.random.randint(1, 3)))
            return self.made[-1]
        return self.random.choice(self.made)

    def _push_image(
        self, repository: str, tag: str, layers: Sequence[bytes], subject: str = ""
    ) -> Generator[str, None, bytes]:
        content = image(layers, subject)
        self._images[content] = (layers, subject)
        while True:
            began = self.windows.moment
            for layer in layers:
                yield from self._push_layer(repository, layer)
            if (yield from self._is_accepted(began, self._put_manifest(repository, content, tag))):
                return content

    def _put_manifest(self, repository: str, content: bytes, tag: str) -> Work:
        digest = self.alive.learn(content)
        yield from _request(MANIFEST, self.registry.put_manifest(repository, content, tag))
        if not self.registry.has_blob(digest) and not self.windows.is_open:
            self.missing[digest] = self.now()
        while digest in self.missing:
            yield ""

    def _push_layer(self, repository: str, layer: bytes) -> Work:
        digest = digest_of(layer)
        if (yield from _request(BLOB, self.registry.head(repository, "_layers", digest))):
            return
        if self.random.random() < 0.4:
            other = self.random.choice(self.repositories)
            if other != repository and (yield from _request(BLOB, self.registry.mount(repository, other, digest))):
                return
        yield from _request(BLOB, self.registry.upload(repository, layer))

    def _sign(self, repository: str, tag: str) -> Work:
        """Push a signature of a tag's image, or of what belongs to that; its tag is not moved meanwhile."""
        content = self.alive.tags.get((repository, tag))
        if content is None:
            return
        subject = self.random.choice(self.alive.signable(repository, content))
        layers = [f"signature of {subject}".encode()]
        if self.random.random() < 0.5:
            yield from self._sign_by_tag(repository, subject, layers)
            return
        signature = yield from self._push_image(repository, "", layers, subject)
        self.alive.attach(repository, Attached(subject, signature, ""))
        if self.random.random() < 0.5:
            yield from self._list_referrers(repository, subject, signature)

    def _sign_by_tag(self, repository: str, subject: str, layers: list[bytes]) -> Work:
        """As cosign does it. Whoever copies signatures skips those that are there."""
        tag = f"sha256-{subject}.sig"
        there = self.random.random() < 0.5 and (yield from _request(MANIFEST, self.registry.head_tag(repository, tag)))
        if not there:
            yield from self._push_image(repository, tag, layers)
        self.alive.attach(repository, Attached(subject, image(layers), tag))

    def _list_referrers(self, repository: str, subject: str, signature: bytes) -> Work:
        """As clients do it where a registry has no referrers API."""
        tag, content, began = f"sha256-{subject}", index([signature]), self.windows.moment
        while not (yield from self._is_accepted(began, self._put_manifest(repository, content, tag))):
            began = self.windows.moment
            yield from self._push_image(repository, "", *self._images[signature])
        self.alive.attach(repository, Attached(subject, content, tag))

    def _pull(self, repository: str, tag: str) -> Work:
        before, events = self.alive.tags.get((repository, tag)), self.damage.events
        pushing, missing = self.is_pushing(repository, tag), bool(self.missing)
        began = self.windows.moment
        whole = yield from _request(MANIFEST, self.registry.pull(repository, tag))
        untouched = not pushing and self.alive.tags.get((repository, tag)) is before
        untouched = untouched and not self.is_pushing(repository, tag)
        readable = not (missing or self.missing or self.damage.any) and events == self.damage.events
        coming = self.windows.is_same(self._set.get((repository, tag), 0), began)
        assert whole or before is None or coming or not (untouched and readable), f"a pull of {repository}:{tag} failed"

    def _run(self, repository: str, tag: str) -> Work:
        """A node pulls by digest what the cluster is to run."""
        content = self.alive.tags.get((repository, tag))
        if content is not None:
            digest = digest_of(content)
            whole = yield from _request(MANIFEST, self.registry.pull_manifest(repository, f"sha256:{digest}"))
            stands = self.reads_tell or self.alive.tags.get((repository, tag)) is content
            if whole and stands and self.may_run:
                self.alive.held[digest] = repository


def _request(about: str, request: Generator[None, None, Any]) -> Generator[str, None, Any]:
    """Perform a request, and pause after it."""
    try:
        while True:
            next(request)
            yield about
    except StopIteration as end:
        yield ""
        return end.value


def _finish(request: Generator[None, None, Any]) -> Any:
    try:
        while True:
            next(request)
    except StopIteration as end:
        return end.value
