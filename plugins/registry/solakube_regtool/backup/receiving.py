"""Bringing back what is sent of a backup by a stream (see `stream`), in two steps: what is lacking is asked first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from solakube_regtool.backup import stream
from solakube_regtool.backup.incoming import receive_blob
from solakube_regtool.backup.references import read_document
from solakube_regtool.backup.restoring import Restored, bring_back
from solakube_regtool.backup.stream import Stream
from solakube_regtool.backup.taking import Progress
from solakube_regtool.collect.holding import await_collection, deletions_held
from solakube_regtool.oci import digests
from solakube_regtool.storage.leases import LIMIT, Leases
from solakube_regtool.storage.tree import Tree

_PREPARED = "restore-prepared"
_PATIENCE = 60.0


def prepare(registry: Tree, keys: Iterable[bytes]) -> list[bytes]:
    """Tell which blobs are not there. For some minutes, or until `receive` has begun, nothing is deleted.

    Raises:
        RegtoolError: a collection does not end.
        OSError: the registry cannot be read.
    """
    Leases(registry).take(_PREPARED, LIMIT)
    await_collection(registry, _PATIENCE)
    return [key for key in keys if registry.blob_size(key) is None]


def receive(registry: Tree, incoming: Stream, progress: Progress) -> Iterator[Restored]:
    """Bring back what comes, repository by repository, as `restoring.restore` does.

    Args:
        registry: where to.
        incoming: the blobs that it lacks, each before the first references that name it.
        progress: told what is done next.

    Raises:
        RegtoolError: as for `restoring.restore` and `Stream.next`.
        OSError: the registry cannot be written.
    """
    with deletions_held(registry, "restore") as require_held:
        Leases(registry).end(_PREPARED)
        while (record := incoming.next())["type"] != stream.WHOLE:
            if record["type"] == stream.REFERENCES:
                one = read_document(record["document"])
                progress(f"restoring {one.repository}")
                yield from bring_back(registry, registry, one, progress, require_held)
            else:
                progress(f"copying {record['digest']}")
                receive_blob(incoming, record, registry, digests.parse(record["digest"]))
