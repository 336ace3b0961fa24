"""Small storage trees, written as distribution writes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_IMAGE = "application/vnd.oci.image.manifest.v1+json"


class SmallTree:
    """A data folder to fill."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.root = data / "docker/registry/v2"
        self.root.mkdir(parents=True)

    def blob(self, content: bytes) -> str:
        """Store a blob and return its digest."""
        digits = hashlib.sha256(content).hexdigest()
        folder = self.root / "blobs/sha256" / digits[:2] / digits
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data").write_bytes(content)
        return f"sha256:{digits}"

    def image(self, repository: str, tag: str, layers: Sequence[bytes], subject: str = "") -> str:
        """Store an image under a tag ("" for none), and return its digest."""
        blobs: list[dict[str, Any]] = [{"digest": self.blob(layer), "size": len(layer)} for layer in layers]
        config = json.dumps({"os": "linux", "layers": [blob["digest"] for blob in blobs]}).encode()
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": _IMAGE,
            "config": {"digest": self.blob(config), "size": len(config)},
            "layers": blobs,
        }
        if subject:
            document["subject"] = {"digest": subject, "size": 1}
        digest = self.blob(json.dumps(document).encode())
        for blob in (document["config"], *blobs):
            _write(self.layer_link(repository, blob["digest"]), blob["digest"])
        manifests = self.root / "repositories" / repository / "_manifests"
        _write(manifests / "revisions/sha256" / digest[7:] / "link", digest)
        if tag:
            _write(manifests / "tags" / tag / "current/link", digest)
        return digest

    def whole_image(self, repository: str, tag: str, layers: Sequence[bytes]) -> str:
        """Store an image with its tag's history."""
        digest = self.image(repository, tag, layers)
        if tag:
            tags = self.root / "repositories" / repository / "_manifests/tags"
            _write(tags / tag / "index/sha256" / digest[7:] / "link", digest)
        return digest

    def layer_link(self, repository: str, digest: str) -> Path:
        """Give the path of a repository's link to a layer or configuration."""
        return self.root / "repositories" / repository / "_layers/sha256" / digest[7:] / "link"

    def blob_path(self, digest: str) -> Path:
        """The file of a blob."""
        return self.root / "blobs/sha256" / digest[7:9] / digest[7:] / "data"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
