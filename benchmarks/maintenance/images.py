"""The images of a registry of any size, the same at every call.

Repositories are `group-000/app-00000`, fifty to a group. Each has five images, and each image four blobs of its own
(manifest, configuration, two layers) on top of three layers that some twenty repositories share: twenty blobs a
repository. Three images of ten have no tag: what they alone reach is garbage.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import NamedTuple

from solakube_registry.oci.building import Image
from solakube_registry.oci.content import CONFIG, LAYER, MANIFEST, Content

BLOBS = 20
"""Blobs that a repository has to itself."""

_IMAGES = 5
_GROUP = 50
_OWN_LAYERS = 2
_SHARED_LAYERS = 3
_SHARERS = 20


class Pushed(NamedTuple):
    """An image in a repository.

    Attributes:
        repository: the repository's name.
        tag: empty where the tag was deleted since.
        image: the image.
    """

    repository: str
    tag: str
    image: Image

    @property
    def name(self) -> str:
        """REPOSITORY:TAG."""
        return f"{self.repository}:{self.tag}"


def pushed_images(repositories: int, seed: int = 0) -> Iterator[Pushed]:
    """Give all images of a registry, repository by repository.

    Args:
        repositories: how many there are.
        seed: others give other contents.
    """
    chance = random.Random(seed)
    bases = [_layers(f"{seed} base {number}", _SHARED_LAYERS) for number in range(1 + repositories // _SHARERS)]
    for number in range(repositories):
        repository = f"group-{number // _GROUP:03}/app-{number:05}"
        base = chance.choice(bases)
        untagged = {1, 3} if number % 2 else {2}
        for version in range(_IMAGES):
            tag = "" if version in untagged else f"1.{version}"
            yield Pushed(repository, tag, small_image(f"{seed} {number} {version}", base))


def small_image(text: str, base: tuple[Content, ...] = ()) -> Image:
    """Make an image of a few hundred bytes.

    Args:
        text: tells its own contents from those of other images.
        base: further layers.
    """
    layers = (*_layers(text, _OWN_LAYERS), *base)
    config = _json(CONFIG, {"architecture": "amd64", "os": "linux", "history": [{"comment": text}]})
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": [layer.descriptor() for layer in layers],
    }
    return Image(_json(MANIFEST, manifest), (config, *layers))


def _layers(text: str, count: int) -> tuple[Content, ...]:
    return tuple(Content(LAYER, f"layer {number} of {text}\n".encode()) for number in range(count))


def _json(media_type: str, document: object) -> Content:
    return Content(media_type, json.dumps(document).encode())
