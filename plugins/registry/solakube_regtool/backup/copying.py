"""Copying blobs between a registry and a backup, each hashed on its way."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable

from solakube_regtool.oci import digests
from solakube_regtool.storage import files
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.uploads import UNFINISHED

MISSING = "is missing"
"""What is wrong with a blob that is not there at all."""


def copy_blob(source: Tree, target: Tree, key: bytes) -> str:
    """Copy a blob, unless the target has it. Arguments and errors are those of `store_blob`.

    Returns:
        What is wrong with it at its source, as the end of a sentence; "" where it is in its place now.
    """
    if target.blob_size(key) is not None:
        return ""
    pieces = source.blob_pieces(key)
    return MISSING if pieces is None else store_blob(pieces, target, key)


def store_blob(pieces: Iterable[bytes], target: Tree, key: bytes) -> str:
    """Store a blob that is not there yet.

    Killed on the way, it leaves a file that a registry would leave likewise, and no blob.

    Args:
        pieces: its content.
        target: where it is to be.
        key: its digest, of the algorithm that blobs are stored by.

    Returns:
        What is wrong with it, as the end of a sentence; "" where it is in its place now.

    Raises:
        OSError: it cannot be read or written.
    """
    folder = target.blob_folder(key)
    # There is one run at a time: the next one takes the place of what is left here.
    temporary = f"{folder}/data.solakube{UNFINISHED}"
    digester = hashlib.new(digests.CANONICAL)
    os.makedirs(folder, exist_ok=True)
    # Without a buffer a volume that fills up may take a part of a piece, and say nothing.
    with open(temporary, "wb") as copy:
        for piece in pieces:
            digester.update(piece)
            copy.write(piece)
    if digester.digest() != key:
        files.remove(temporary)
        with contextlib.suppress(OSError):
            os.rmdir(folder)
        return "has other content"
    os.rename(temporary, f"{folder}/data")
    return ""
