"""Images that no client touches, each alive by one rule alone.

They share no layer with others: what they keep alive would be spared from what the model is to try.
"""

from __future__ import annotations

from pathlib import Path

from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import remove_tag

from tests.model.distribution import Distribution, Request, digest_of, image

TAG = "1"


class Bystanders:
    """Images in repositories of their own.

    Args:
        registry: where to push them.
        tree: its data.

    Attributes:
        held: hex digest of the image that a cluster names.
        digests: hex digests of all that they are made of.
    """

    def __init__(self, registry: Distribution, tree: Tree) -> None:
        self._registry = registry
        self._root = Path(registry.root)
        self._images: list[tuple[str, str]] = []
        self.digests: set[str] = set()
        self.held = self._push("held", TAG)
        assert remove_tag(tree, "held", TAG, f"sha256:{self.held}")
        self._push_signed()
        self._mended = {path: path.read_bytes() for path in (self._tag_to_cut(), self._manifest_to_cut())}
        for path in self._mended:
            path.write_bytes(b"")

    def _push(self, repository: str, tag: str, subject: str = "") -> str:
        layers = [f"{kind} of {repository} {tag} {subject}".encode() for kind in ("configuration", "layer")]
        for layer in layers:
            _run(self._registry.upload(repository, layer))
        content = image(layers, subject)
        _run(self._registry.put_manifest(repository, content, tag))
        self.digests |= {digest_of(part) for part in (content, *layers)}
        self._images.append((repository, digest_of(content)))
        return digest_of(content)

    def _push_signed(self) -> None:
        """A signature of an image, a list of what is in it, and a signature of that."""
        signed = self._push("signed", TAG)
        self._push("signed", f"sha256-{signed}.sig")
        listed = self._push("signed", "", subject=signed)
        self._push("signed", f"sha256-{listed}.sig")

    def _tag_to_cut(self) -> Path:
        self._push("cut-tag", TAG)
        return self._root / f"repositories/cut-tag/_manifests/tags/{TAG}/current/link"

    def _manifest_to_cut(self) -> Path:
        digest = self._push("cut-manifest", TAG)
        return self._root / f"blobs/sha256/{digest[:2]}/{digest}/data"

    def check(self) -> None:
        """Mend what is damaged, and check that all are whole.

        Raises:
            AssertionError: one is not.
        """
        for path, content in self._mended.items():
            path.write_bytes(content)
        for repository, digest in self._images:
            assert _run(self._registry.pull_manifest(repository, f"sha256:{digest}")), (
                f"{repository} has lost something"
            )


def _run(request: Request[bool] | Request[None]) -> bool | None:
    try:
        while True:
            next(request)
    except StopIteration as end:
        answer: bool | None = end.value
        return answer
