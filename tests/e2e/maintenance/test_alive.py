"""What is alive besides what tags reach, on real registries of both lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from solakube_registry.oci import Image, RegistryClient, image, layer, push_image

from solakube_core.model import Address
from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import RunningRegistry, collected, regtool
from tests.e2e.maintenance.test_multi_arch import OCI_INDEX, listing, parts, platforms, stored


@pytest.fixture
def pushing(running_registry: RunningRegistry) -> Iterator[RegistryClient]:
    """A client that pushes what no image builder would."""
    with RegistryClient(Address(f"http://{running_registry.host}"), None) as client:
        yield client


GRACES = (1, 5, 25, 125)
"""Seconds of grace that are tried until one is longer than a collection takes on a busy machine."""


def quiet(registry: RunningRegistry, grace: int = 1) -> None:
    """Have a run watch all that is untagged, and let the grace period pass."""
    collected(registry, f"--grace={grace}s")
    time.sleep(grace + 0.1)


def push_parent(pushing: RegistryClient, tag: str, *children: Image) -> None:
    """Push an index as a client does that was told that its children are there: nothing but the index."""
    pushing.put_manifest("app", tag, listing(OCI_INDEX, *children).manifest)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_who_is_told_that_a_manifest_is_there_may_rely_on_all_that_it_names(
    running_registry: RunningRegistry, pushing: RegistryClient, client: Crane, depth: int
) -> None:
    for grace in GRACES:
        whole = platforms(f"app with a grace of {grace}")
        asked: Image = whole if depth > 1 else whole.children[0]
        if depth == 3:
            whole = asked = listing(OCI_INDEX, whole)
        push_image(pushing, "app", "1.0", whole)
        regtool(running_registry, "delete", "app:1.0")
        time.sleep(grace + 0.1)
        quiet(running_registry, grace)
        began = time.monotonic()
        pushing.manifest("app", asked.digest)
        collected(running_registry, f"--grace={grace}s")
        if time.monotonic() - began < grace:
            break
    push_parent(pushing, "1.1", asked)
    client.validate("app:1.1")
    assert parts(asked) <= stored(running_registry)


def test_what_nobody_asks_for_again_goes_when_the_grace_period_is_over(
    running_registry: RunningRegistry, pushing: RegistryClient
) -> None:
    whole = platforms("app")
    push_image(pushing, "app", "1.0", whole)
    regtool(running_registry, "delete", "app:1.0")
    time.sleep(1.1)
    quiet(running_registry)
    pushing.manifest("app", whole.children[0].digest)
    quiet(running_registry)
    quiet(running_registry)
    collected(running_registry)
    assert stored(running_registry) == set()


def test_what_the_cluster_names_by_digest_stays_as_if_it_had_a_tag(
    running_registry: RunningRegistry, pushing: RegistryClient, client: Crane, tmp_path: Path
) -> None:
    held, gone = platforms("held"), platforms("gone")
    for pushed in (held, gone):
        push_image(pushing, "app", "main", pushed)
    regtool(running_registry, "delete", "app:main")
    time.sleep(1.1)
    file = tmp_path / "held.json"
    file.write_text(json.dumps({held.digest: ["Deployment web/app"], "app:other": ["Pod web/odd"]}))
    dry = collected(running_registry, f"--held={file}", "--dry-run", "--grace=0s")
    collected(running_registry, f"--held={file}", "--wait")
    assert stored(running_registry) == parts(held)
    assert dry["postponed"] == len(parts(gone) - parts(held))
    client.validate(f"app@{held.digest}")


def test_where_the_cluster_could_not_be_asked_nothing_untagged_is_freed(
    running_registry: RunningRegistry, pushing: RegistryClient
) -> None:
    whole = platforms("app")
    push_image(pushing, "app", "main", whole)
    regtool(running_registry, "delete", "app:main")
    time.sleep(1.1)
    collected(running_registry, "--keep-untagged", "--wait")
    assert stored(running_registry) == parts(whole)


def test_platforms_that_were_pushed_by_digest_wait_for_their_index(
    running_registry: RunningRegistry, pushing: RegistryClient, client: Crane
) -> None:
    whole = platforms("app")
    for child in whole.children:
        push_image(pushing, "app", child.digest, child)
    time.sleep(1.1)
    quiet(running_registry)
    assert collected(running_registry)["unnamed"] == len(whole.children)
    push_parent(pushing, "1.0", *whole.children)
    client.validate("app:1.0")
    assert parts(*whole.children) <= stored(running_registry)


@pytest.mark.parametrize(
    "named_by", ["a tag that was deleted", "a tag that was moved", "an index", "nothing for a day"]
)
def test_what_was_named_once_waits_for_nothing(
    running_registry: RunningRegistry, pushing: RegistryClient, named_by: str
) -> None:
    old, new = platforms("old"), platforms("new")
    child = old.children[0]
    tags = {"a tag that was deleted": "gone", "a tag that was moved": "main"}
    push_image(pushing, "app", tags.get(named_by, child.digest), child)
    if named_by == "an index":
        push_image(pushing, "app", "gone", old)
    push_image(pushing, "app", "main", new)
    if named_by in ("a tag that was deleted", "an index"):
        regtool(running_registry, "delete", "app:gone")
    time.sleep(1.1)
    collected(running_registry, "--wait", *(["--untagged-grace=1s"] if named_by == "nothing for a day" else []))
    assert stored(running_registry) == parts(new)


def test_a_signature_goes_with_an_image_that_was_deleted_by_digest(
    running_registry: RunningRegistry, pushing: RegistryClient
) -> None:
    whole, other = platforms("app"), platforms("other")
    signature = image([layer({"signature": whole.digest.encode()})], "amd64")
    push_image(pushing, "app", "1.0", whole)
    push_image(pushing, "app", f"{whole.digest.replace(':', '-')}.sig", signature)
    push_image(pushing, "app", "2.0", other)
    pushing.delete("app", "manifests", whole.digest)
    time.sleep(1.1)
    collected(running_registry, "--wait", "--untagged-grace=1s")
    assert stored(running_registry) == parts(other)
    assert {tag["name"] for tag in regtool(running_registry, "list", "app")} == {"2.0"}
