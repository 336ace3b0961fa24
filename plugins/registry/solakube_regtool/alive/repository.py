"""Reading one repository: its tags, the manifests that no tag reaches, and where its digests lead."""

from __future__ import annotations

from solakube_regtool.alive.attachments import Attachment, subject_of
from solakube_regtool.alive.reach import Reach
from solakube_regtool.history.versions import deleted_since, moved_since
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link


def read_repository(reach: Reach, repository: str) -> None:
    """Reach what a repository's own tags reach, and note what depends on other repositories' manifests.

    Raises:
        OSError: a folder cannot be read.
    """
    reach.repositories.append(repository)
    revisions = set(reach.registry.link_keys(repository, REVISIONS))
    _read_tags(reach, repository, revisions)
    if repository in reach.repositories_with_deleted:
        for returning in deleted_since(reach.deleted, repository, reach.rules.undo_since):
            if returning is None:
                reach.pin(repository)
            else:
                reach.could_return((returning,))
    for key in revisions:
        # What a tag reaches needs no further look.
        if key not in reach.manifests:
            _read_revision(reach, Link(repository, REVISIONS, key))
    _read_aliases(reach, repository)


def _read_tags(reach: Reach, repository: str, revisions: set[bytes]) -> None:
    for name, target in reach.registry.targets(repository):
        if reach.rules.undoable:
            reach.could_return(moved_since(reach.registry, repository, name, reach.rules.undo_since))
        if target is None:
            reach.pin(repository)
            continue
        subject = subject_of(name, revisions)
        # An image that never was here may well live in another registry.
        if subject is None:
            reach.root(target)
        else:
            reach.refer(subject, target)
            reach.attachments.append(Attachment(repository, name, target, subject))


def _read_revision(reach: Reach, link: Link) -> None:
    status = reach.registry.link_status(link)
    if status is None:
        return
    target = reach.registry.resolve(link)
    if target is None:
        reach.pin(link.repository)
        return
    if link.key != target:
        reach.alias(link.key, target)
    rules = reach.rules
    if rules.keep_untagged or not rules.held.isdisjoint((link.key, target)):
        reach.root(target)
    else:
        used = rules.used(status)
        reach.untag(link.repository, target, used, status.st_mtime)


def _read_aliases(reach: Reach, repository: str) -> None:
    for key in reach.registry.long_keys(repository, LAYERS):
        target = reach.registry.resolve(Link(repository, LAYERS, key))
        if target is None:
            reach.pin(repository)
        else:
            reach.alias_blob(key, target)
