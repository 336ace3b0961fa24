"""Copying blobs between a registry and a backup, each hashed on its way."""

from __future__ import annotations

import contextlib
import hashlib
import os

from solakube_regtool.oci import digests
from solakube_regtool.storage import files
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.uploads import UNFINISHED

_PIECE = 1 << 20


def copy_blob(source: Tree, target: Tree, key: bytes) -> str:
    """Copy a blob, unless the target has it.

    Killed on the way, it leaves a file that a registry would leave likewise, and no blob.

    Args:
        source: where it is.
        target: where it is to be.
        key: its digest, of the algorithm that blobs are stored by.

    Returns:
        What is wrong with it at its source, as the end of a sentence; "" where it is in its place now.

    Raises:
        OSError: it cannot be read or written.
    """
    folder = target.blob_folder(key)
    if target.blob_size(key) is not None:
        return ""
    try:
        descriptor = files.open_quietly(source.blob_folder(key) + "/data")
    except FileNotFoundError:
        return "is missing"
    # There is one run at a time: the next one takes the place of what is left here.
    temporary = f"{folder}/data.solakube{UNFINISHED}"
    digester = hashlib.new(digests.CANONICAL)
    with os.fdopen(descriptor, "rb", buffering=0) as original:
        os.makedirs(folder, exist_ok=True)
        with open(temporary, "wb", buffering=0) as copy:
            while piece := original.read(_PIECE):
                digester.update(piece)
                copy.write(piece)
    if digester.digest() != key:
        files.remove(temporary)
        with contextlib.suppress(OSError):
            os.rmdir(folder)
        return "has other content"
    os.rename(temporary, f"{folder}/data")
    return ""
