"""Sending by a stream (see `stream`): what a backup lacks of a registry, and what a registry lacks of a backup."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from solakube_regtool.backup import stream
from solakube_regtool.backup.moments import FORMAT
from solakube_regtool.backup.origin import TreeOrigin
from solakube_regtool.backup.references import References
from solakube_regtool.storage.tree import Tree


def outgoing(origin: TreeOrigin, there: Container[bytes]) -> Iterator[bytes]:
    """Write a registry of which nothing is deleted: its references, and the blobs that they name.

    Args:
        origin: the registry.
        there: keys of those blobs that are not to be sent.

    Raises:
        RegtoolError: something may have been deleted meanwhile.
        OSError: it cannot be read.
    """
    yield stream.line(stream.TAKEN, format=FORMAT, at=origin.taken)
    wanted: dict[bytes, None] = {}
    for one in origin.references():
        yield stream.references_line(one)
        wanted.update(dict.fromkeys(one.blobs()))
    yield stream.line(stream.ALL)
    for key in wanted:
        if key not in there:
            yield from stream.blob(origin.registry, key)
    origin.require_held()
    yield stream.line(stream.WHOLE)


def returning(blobs: Tree, wanted: Iterable[References], absent: Container[bytes]) -> Iterator[bytes]:
    """Write what is to be brought back: references, each after those of the blobs it names that are to be sent.

    Args:
        blobs: those of the backup.
        wanted: the references.
        absent: keys of the blobs that are to be sent.

    Raises:
        RegtoolError: the references cannot be read.
        OSError: a blob cannot be read.
    """
    sent = set[bytes]()
    for one in wanted:
        for key in one.blobs():
            if key in absent and key not in sent:
                sent.add(key)
                yield from stream.blob(blobs, key)
        yield stream.references_line(one)
    yield stream.line(stream.WHOLE)
