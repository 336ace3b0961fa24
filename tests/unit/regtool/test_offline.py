"""Before distribution's own collector runs: it must keep all that has to stay."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from solakube_regtool.cli import main

from tests.unit.regtool.collecting import age, blobs
from tests.unit.regtool.test_odd_images import OCI, Images, images

__all__ = ["images"]


def by_sha512(images: Images, content: bytes, kind: str = "_layers") -> str:
    """Link a stored blob as distribution 3 does that was pushed by its sha512; gives that."""
    digits = hashlib.sha512(content).hexdigest()
    stored = images.blob(content, kind=kind)
    images.link(f"{kind}/sha512/{digits}/link", stored["digest"])
    return f"sha512:{digits}"


def a_layer_by_sha512(images: Images) -> None:
    images.image("1", {**images.blob(b"layer"), "digest": by_sha512(images, b"layer")})


def a_configuration_by_sha512(images: Images) -> None:
    config = {**images.blob(b"{}"), "digest": by_sha512(images, b"{}")}
    images.manifest(OCI + "manifest.v1+json", "1", config=config, layers=[])


def a_manifest_by_sha512_alone(images: Images) -> None:
    image = images.image("1", images.blob(b"layer"))
    by_sha512(images, images.tree.blob_path(image["digest"]).read_bytes(), "_manifests/revisions")
    shutil.rmtree(images.tree.root / "repositories/app/_manifests/revisions/sha256" / image["digest"][7:])


def another_manifests_file(images: Images) -> None:
    image, other = images.image("1", images.blob(b"layer")), images.image("2", images.blob(b"other"))
    shutil.copy(images.tree.blob_path(other["digest"]), images.tree.blob_path(image["digest"]))


def a_tag_without_its_manifests_link(images: Images) -> None:
    image = images.image("1", images.blob(b"layer"))
    shutil.rmtree(images.tree.root / "repositories/app/_manifests/revisions/sha256" / image["digest"][7:])


def a_tag_that_cannot_be_read(images: Images) -> None:
    images.image("", images.blob(b"layer"))
    images.blob(b"layer without an image")
    images.link("_manifests/tags/1/current/link", "")


NOT_KEPT = (
    a_layer_by_sha512,
    a_configuration_by_sha512,
    a_manifest_by_sha512_alone,
    another_manifests_file,
    a_tag_without_its_manifests_link,
    a_tag_that_cannot_be_read,
)


def forget(images: Images) -> int:
    age(images.tree)
    return main(["--data", str(images.tree.data), "forget-untagged", "--untagged-grace=0s", "--undo-period=0"])


@pytest.mark.parametrize("needed", NOT_KEPT)
def test_what_it_would_free_though_it_must_stay_is_told_and_nothing_is_forgotten(
    images: Images, needed: Callable[[Images], None], capsys: pytest.CaptureFixture[str]
) -> None:
    needed(images)
    images.tree.whole_image("other", "", [b"garbage"])
    before = set(images.tree.root.glob("repositories/**/link"))
    assert forget(images) == 1
    assert "collect without --offline" in capsys.readouterr().err
    assert set(images.tree.root.glob("repositories/**/link")) == before


def an_index(images: Images) -> None:
    children = [images.image("", images.blob(name.encode())) for name in ("amd64", "arm64")]
    images.manifest(OCI + "index.v1+json", "1", manifests=children)


def a_cache_of_layers(images: Images) -> None:
    images.manifest(OCI + "index.v1+json", "1", manifests=[images.blob(b"cached")])


def a_signature(images: Images) -> None:
    image = images.image("1", images.blob(b"layer"))
    fields: dict[str, Any] = {"config": images.blob(b"{}"), "layers": [], "subject": image}
    images.manifest(OCI + "manifest.v1+json", "", **fields)


def an_image_of_which_a_layer_is_lost(images: Images) -> None:
    layer = images.blob(b"lost")
    images.image("1", layer, images.blob(b"there"))
    images.lose(layer)


@pytest.mark.parametrize("kept", [an_index, a_cache_of_layers, a_signature, an_image_of_which_a_layer_is_lost])
def test_what_it_keeps_is_in_nobodys_way(images: Images, kept: Callable[[Images], None]) -> None:
    kept(images)
    linked = set(images.tree.root.glob("repositories/**/link"))
    images.tree.whole_image("other", "", [b"garbage"])
    stored = blobs(images.tree)
    assert forget(images) == 0
    assert set(images.tree.root.glob("repositories/app/**/link")) == linked
    assert not list(images.tree.root.glob("repositories/other/_manifests/revisions/*/*/link"))
    assert blobs(images.tree) == stored
