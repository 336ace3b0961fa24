"""Uploads that nobody finished: their parts are kept out of sight by S3, their state is objects of the registry."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from solakube_regtool.s3.answers import Upload
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.tree import UPLOADS, Tree

_OF_UPLOAD = re.compile(rf".*/{UPLOADS}/[^/]+/")


class Unfinished(NamedTuple):
    """An upload to the registry that is not finished.

    Attributes:
        folder: begins the keys of the objects that are its state, and ends with a slash; "" where it has none, such as
            a copy in parts of a blob to its place.
        size: bytes of its data, as objects and as parts.
        touched: when it began or went on, as far as is known, in seconds since 1970.
        parts: S3's uploads in parts that it consists of.
    """

    folder: str
    size: int
    touched: float
    parts: tuple[Upload, ...]


def abandoned(tree: Tree, place: BucketFiles, before: float) -> Iterator[Unfinished]:
    """Give the uploads that received nothing for long, those too whose state the registry has removed.

    Args:
        tree: the registry.
        place: where it is.
        before: seconds since 1970; uploads that began or went on later are none of them.
    """
    parts: defaultdict[str, list[Upload]] = defaultdict(list)
    sizes: defaultdict[str, int] = defaultdict(int)
    touched: defaultdict[str, float] = defaultdict(float)
    for upload in place.bucket.uploads(f"{place.key_of(tree.root)}/"):
        match = _OF_UPLOAD.match(upload.key)
        name = match[0] if match else upload.key
        parts[name].append(upload)
        touched[name] = max(touched[name], upload.begun)
    for found in place.objects(f"{tree.root}/repositories"):
        if match := _OF_UPLOAD.match(found.key):
            sizes[match[0]] += found.size if found.key.endswith("/data") else 0
            touched[match[0]] = max(touched[match[0]], found.modified)
    for name, last in touched.items():
        if last < before:
            size = sizes[name] + sum(map(place.bucket.size_of_upload, parts[name]))
            yield Unfinished(name if name.endswith("/") else "", size, last, tuple(parts[name]))
