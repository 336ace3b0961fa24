"""The collector's way to the bucket: before each of its requests others may work, and at each it may end."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TypeVar

from solakube_regtool.errors import RegtoolError
from solakube_regtool.http.parallel import Crew, Item, Result
from solakube_regtool.http.transport import Read, whole
from solakube_regtool.s3.address import Address
from solakube_regtool.s3.answers import Object, Page, Upload
from solakube_regtool.s3.bucket import Bucket

from tests.model.bucket.store import Store

_Answer = TypeVar("_Answer")

Perform = Callable[[Callable[[], object]], object]
"""Performs a request that changes something; or does not, or does so later, and ends the collector."""

Before = Callable[[bool], Perform]
"""Called before each request, with whether it changes something; may raise what ends whoever sends it."""


def at_once(changes: bool) -> Perform:
    """Have a request performed."""
    del changes
    return lambda request: request()


def ends_at(number: int) -> Before:
    """Have requests performed up to that number, at which the program dies; 0 for never."""
    requests = itertools.count(1)

    def before(changes: bool) -> Perform:
        if next(requests) == number:
            raise RegtoolError("it is killed")
        return at_once(changes)

    return before


class Way(Bucket):
    """The bucket as the collector has it.

    Args:
        store: it.
        page: objects that a listing tells of at a time, at most.
        before: hears of each request, and whether it changes something; may raise what ends the collector.
    """

    def __init__(self, store: Store, page: int, before: Before) -> None:
        super().__init__(Address("bucket", "http://storage.invalid", path_style=True), None)
        self._store, self._limit, self._before = store, page, before

    def _page(self, parameters: Mapping[str, str]) -> Page:
        self._before(False)
        after = parameters.get("continuation-token", parameters.get("start-after", ""))
        limit = int(parameters.get("max-keys", self._limit))
        return self._store.page(parameters["prefix"], after, parameters.get("delimiter", ""), limit)

    def find(self, key: str) -> Object | None:
        self._before(False)
        return self._store.head(key)

    def read(self, key: str, read: Read = whole, limit: int = 0, begin: int = 0) -> bytes | None:
        del read
        self._before(False)
        content = self._store.get(key)
        return content if content is None or not limit else content[begin : begin + limit]

    def uploads(self, prefix: str) -> Iterator[Upload]:
        self._before(False)
        yield from [upload for upload in self._store.uploads if upload.key.startswith(prefix)]

    def size_of_upload(self, upload: Upload) -> int:
        self._before(False)
        return len(self._store.uploads.get(upload, b""))

    def abort(self, upload: Upload) -> None:
        self._change(lambda: self._store.abort(upload))

    def write(self, key: str, content: bytes) -> None:
        self._change(lambda: self._store.put(key, content))

    def create(self, key: str, content: bytes) -> bool:
        return self._change(lambda: self._store.create(key, content))

    def copy(self, source: str, target: str) -> None:
        if not self._change(lambda: self._store.copy(source, target)):
            raise RegtoolError(f"there is no {source} to copy")

    def _delete(self, keys: list[str]) -> None:
        for key in keys:
            self._change(partial(self._store.delete, key))

    def _change(self, request: Callable[[], _Answer]) -> _Answer:
        answers: list[_Answer] = []
        self._before(True)(lambda: answers.append(request()))
        return answers[0]


class OneByOne(Crew):
    """Does one thing at a time: the requests of several are the same, in some order."""

    def __init__(self) -> None:
        pass

    def close(self) -> None:
        pass

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        yield from map(function, items)
