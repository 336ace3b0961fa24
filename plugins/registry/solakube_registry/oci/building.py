"""Images made in memory (OCI Image Specification 1.1). Equal arguments give equal digests."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from solakube_registry.oci.content import CONFIG, INDEX, LAYER, MANIFEST, Content, digest_of

EXECUTABLE = 0o755


@dataclass(frozen=True)
class Layer:
    """One layer of an image.

    Attributes:
        content: the compressed archive, as it is stored and sent.
        diff_id: digest of the archive before compression, which the image's configuration names.
    """

    content: Content
    diff_id: str


@dataclass(frozen=True)
class Image:
    """A manifest with all that must be in the registry before it.

    Attributes:
        manifest: the image manifest or, for several platforms, the image index.
        blobs: configuration and layers.
        children: the images that an index lists.
    """

    manifest: Content
    blobs: tuple[Content, ...] = ()
    children: tuple[Image, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of its manifest."""
        return self.manifest.digest


def layer(files: Mapping[str, bytes], mode: int = EXECUTABLE) -> Layer:
    """Return a layer that holds files.

    Args:
        files: content by path, such as "etc/motd".
        mode: permission bits of all of them.
    """
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), mode
            tar.addfile(entry, io.BytesIO(data))
    plain = archive.getvalue()
    # Without a fixed time the gzip header, and with it the digest, would differ from run to run.
    return Layer(Content(LAYER, gzip.compress(plain, mtime=0)), digest_of(plain))


def image(
    layers: Iterable[Layer],
    architecture: str,
    command: Iterable[str] = (),
    labels: Mapping[str, str] | None = None,
) -> Image:
    """Return an image for Linux on one architecture.

    Args:
        layers: from the lowest to the topmost.
        architecture: as Go names it: "amd64", "arm64", ...
        command: entry point with its arguments.
        labels: of the image's configuration.
    """
    stack = tuple(layers)
    config = _json(
        CONFIG,
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Entrypoint": list(command), "Labels": dict(labels or {})},
            "rootfs": {"type": "layers", "diff_ids": [entry.diff_id for entry in stack]},
        },
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": config.descriptor(),
        "layers": [entry.content.descriptor() for entry in stack],
    }
    return Image(_json(MANIFEST, manifest), (config, *(entry.content for entry in stack)))


def index(images: Mapping[str, Image]) -> Image:
    """Return an image index: one name for the images of several architectures.

    Args:
        images: image by architecture.
    """
    manifests = [
        child.manifest.descriptor() | {"platform": {"architecture": architecture, "os": "linux"}}
        for architecture, child in images.items()
    ]
    listing = {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests}
    return Image(_json(INDEX, listing), children=tuple(images.values()))


def _json(media_type: str, value: Mapping[str, Any]) -> Content:
    return Content(media_type, json.dumps(value, separators=(",", ":")).encode())
