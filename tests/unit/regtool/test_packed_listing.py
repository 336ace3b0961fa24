"""A packed listing gives back what was listed, by key and by folder, and takes little memory."""

from __future__ import annotations

import hashlib
import random
import tracemalloc
from collections.abc import Iterator

import pytest
from solakube_regtool.s3.answers import Object
from solakube_regtool.storage.listing import Listing

KEYS = sorted(
    [f"r/repositories/app-{number:03}/_manifests/tags/1.{tag}/current/link" for number in range(90) for tag in range(4)]
    + [f"r/blobs/sha256/{number % 16:02x}/{number:064x}/data" for number in range(300)]
    + ["r/a", "r/a-b", "r/a/b", "r/a/c/d", "s/ü ~"]
)


def found(key: str) -> Object:
    return Object(key, len(key), float(hash(key) % 1000), hashlib.md5(key.encode()).hexdigest())


@pytest.fixture(params=["in order", "in no order"])
def listing(request: pytest.FixtureRequest) -> Listing:
    keys = list(KEYS)
    if request.param == "in no order":
        random.Random(1).shuffle(keys)
    return Listing(map(found, [*keys, "with\nline", "with\ttab"]))


def test_each_object_is_found_by_its_key(listing: Listing) -> None:
    for key in KEYS:
        got = listing.find(key)
        assert got == (found(key) if key.endswith("/link") else found(key)._replace(etag=""))
    for key in ("", "r", "r/", "r/a/", "r/b", "zzz", KEYS[3] + "x", KEYS[-1] + "x", "with\nline"):
        assert listing.find(key) is None


@pytest.mark.parametrize("prefix", ["", "r/", "r/a", "r/a/", "r/blobs/sha256/0a/", "r/repositories/app-05", "s", "t"])
def test_all_that_begins_so_comes_in_order(listing: Listing, prefix: str) -> None:
    assert [got.key for got in listing.below(prefix)] == [key for key in KEYS if key.startswith(prefix)]


@pytest.mark.parametrize("prefix", ["", "r/", "r/a/", "r/blobs/sha256/", "r/repositories/", "s/", "t/"])
def test_a_folder_has_its_entries(listing: Listing, prefix: str) -> None:
    expected: dict[str, bool] = {}
    for key in KEYS:
        if key.startswith(prefix):
            name, slash, _ = key[len(prefix) :].partition("/")
            expected[name] = expected.get(name, False) or bool(slash)
    assert listing.entries(prefix) == expected


def test_nothing_listed_is_an_empty_listing() -> None:
    empty = Listing(())
    assert (empty.find("a"), list(empty.below("")), empty.entries("")) == (None, [], {})


def registry(count: int) -> Iterator[Object]:
    """Objects of a registry, as a server lists them: a third are blobs, the rest links to them."""
    chance = random.Random(7)
    names = sorted(chance.randbytes(32).hex() for _ in range(count // 3))
    for name in names:
        yield Object(f"docker/registry/v2/blobs/sha256/{name[:2]}/{name}/data", chance.randrange(1 << 24), 1.7e9)
    for number, name in enumerate(sorted(names[: len(names) // 2], key=lambda name: name[9:])):
        home = f"docker/registry/v2/repositories/app-{number // 20:07}/_layers/sha256"
        for link in sorted((name, chance.randbytes(32).hex())):
            yield Object(f"{home}/{number % 20:02}{link[2:]}/link", 71, 1.7e9 + number, chance.randbytes(16).hex())


def test_a_million_objects_would_take_less_than_100_mib() -> None:
    """The bound of 256 MiB for a mark leaves room for its own sets besides."""
    count = 30_000
    tracemalloc.start()
    try:
        listing = Listing(registry(count))
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert sum(1 for _ in listing.below("")) == pytest.approx(count, rel=0.4)
    assert taken / sum(1 for _ in listing.below("")) < 100
