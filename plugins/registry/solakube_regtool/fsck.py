"""`fsck`: is all there that tags reach, and is it what it should be?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from solakube_regtool import digests, manifest, tree
from solakube_regtool.output import Output
from solakube_regtool.tree import Link, Tag, Tree


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--deep", action="store_true", help="read every blob and check its digest")


def run(options: argparse.Namespace, out: Output) -> int:
    """Check every tag; 1 where any is damaged."""
    data = Tree(options.data)
    check = Check(data, options.deep)
    tags = damaged = 0
    for repository in data.repositories():
        for tag in data.tags(repository):
            tags += 1
            faults = check.faults_of(tag)
            damaged += bool(faults)
            for fault in faults:
                name = f"{tag.repository}:{tag.name}"
                out.record("damage", f"{name}: {fault}", image=name, digest=tag.digest, fault=fault)
        out.progress(f"checked {repository}")
    summary = f"{tags} tags, {damaged} of them damaged; {check.blobs} blobs"
    out.record("checked", summary, tags=tags, damaged=damaged, blobs=check.blobs, oddities=len(data.oddities))
    return 1 if damaged else 0


class Check:
    """A check of a whole tree, which looks at every blob once.

    Args:
        data: the tree.
        deep: hash every blob.
    """

    def __init__(self, data: Tree, deep: bool) -> None:
        self._data, self._deep = data, deep
        self._seen: dict[bytes, str] = {}

    @property
    def blobs(self) -> int:
        """How many blobs have been looked at."""
        return len(self._seen)

    def faults_of(self, tag: Tag) -> list[str]:
        """Say what is wrong with a tag's image; nothing where the tag was deleted or moved meanwhile."""
        faults = list(dict.fromkeys(self._manifest(tag.repository, tag.digest)))
        if faults and self._data.tag(tag.repository, tag.name) != tag:
            return []
        return faults

    def _manifest(self, repository: str, digest: str) -> Iterator[str]:
        link = Link(repository, tree.REVISIONS, digests.parse(digest))
        key = self._data.resolve(link)
        if key is None or self._data.read_link(self._data.link_path(link)) is None:
            yield f"the manifest {digest} is not linked"
            return
        fault = self._blob(key, -1)
        if fault:
            yield f"the manifest {digest} {fault}"
            return
        found = self._data.manifest_of(key)
        if found is None or found.kind == manifest.UNKNOWN:
            yield f"the manifest {digest} cannot be understood"
            return
        for child in found.children:
            yield from self._manifest(repository, child.digest)
        for blob in found.blobs:
            if not blob.external:
                yield from self._layer(repository, blob)

    def _layer(self, repository: str, blob: manifest.Descriptor) -> Iterator[str]:
        link = Link(repository, tree.LAYERS, digests.parse(blob.digest))
        key = self._data.read_link(self._data.link_path(link))
        fault = "is not linked" if key is None else self._blob(key, blob.size)
        if fault:
            yield f"the blob {blob.digest} {fault}"

    def _blob(self, key: bytes, size: int) -> str:
        """Say what is wrong with a blob, "" for nothing; a size of -1 is not known."""
        stored = self._data.blob_size(key)
        if stored is None:
            return "is missing"
        if size not in (-1, stored):
            return f"has {stored} bytes instead of {size}"
        if key not in self._seen:
            self._seen[key] = self._content(key) if self._deep else ""
        return self._seen[key]

    def _content(self, key: bytes) -> str:
        algorithm, _ = digests.parts(key)
        try:
            found = digests.hash_file(f"{self._data.blob_folder(key)}/data", algorithm)
        except OSError as error:
            return f"cannot be read: {error}"
        return "" if found == digests.text(key) else f"has other content: {found}"
