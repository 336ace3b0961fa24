"""Pruning, whoever it is that deletes tags where the images are."""

from __future__ import annotations

from collections.abc import Iterator

from solakube_core.plugin import Session
from solakube_registry.maintenance import by_api
from solakube_registry.maintenance.tool import Record, records


def pruned(session: Session, policy: str, delete: bool) -> Iterator[Record]:
    """Decide about every tag, and have those deleted that go, if that is wanted; gives the program's records.

    In a bucket nobody but the registry may take a tag away: what the program decides there is asked of its API. A tag
    that was moved meanwhile stays.

    Args:
        session: the run of `sk`.
        policy: what the program reads, JSON.
        delete: otherwise it is only told what would go.

    Raises:
        SolakubeError: the program failed.
    """
    if not delete or by_api.keeps_files(session):
        yield from records(session, "prune", *(["--yes"] if delete else []), stdin=policy)
        return
    doomed = []
    for record in records(session, "prune", stdin=policy):
        if record["type"] == "deleted":
            doomed.append(f"{record['repository']}:{record['name']}@{record['digest']}")
        else:
            yield record
    if doomed:
        yield from records(session, "delete", "-", stdin="\n".join(doomed))
