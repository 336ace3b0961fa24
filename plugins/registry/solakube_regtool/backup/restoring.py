"""Bringing back what a backup holds, the whole, a repository or an image, into a registry at work or an empty one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from solakube_regtool.alive.attachments import subject_of
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.backup.copying import copy_blob
from solakube_regtool.backup.references import Linked, References, SavedTag
from solakube_regtool.backup.taking import Progress
from solakube_regtool.backup.target import Target
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests, names, references
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link, history
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.untag import set_tag, write_link


class Restored(NamedTuple):
    """What came of one tag, or of a repository's manifests without one.

    Attributes:
        image: REPO:TAG, or REPO.
        digest: what it points to; "" for a repository.
        done: "made", "set" for a tag that pointed elsewhere, "there", "put away" for one that the list does not know,
            "" for nothing yet, or why it cannot be brought back.
    """

    image: str
    digest: str
    done: str

    @property
    def failed(self) -> bool:
        """Whether it cannot be brought back."""
        return self.done not in ("made", "set", "there", "put away", "")

    def figures(self) -> dict[str, Any]:
        """Give its fields for JSON."""
        return {**self._asdict(), "failed": self.failed}


def select(target: Target, moment: str | None, reference: str | None) -> Iterator[References]:
    """Give the references of a backup that are wanted.

    Args:
        target: where the backup is.
        moment: its name; None for the latest.
        reference: REPO, or REPO:TAG for that image with what belongs to it; None for all.

    Raises:
        RegtoolError: there is no such backup, repository or tag in it, or it cannot be read.
    """
    repository, tag = _meant(reference)
    name = target.choose(moment)
    # One that is cut off is refused before anything is changed.
    target.summary(name)
    return _selected(target, name, repository, tag)


def _meant(text: str | None) -> tuple[str, str]:
    if text is None:
        return "", ""
    meant = references.read(text)
    if meant.digest or names.is_pattern(meant.repository) or names.is_pattern(meant.tag):
        raise RegtoolError(f"{text} names neither a repository nor a tag", "", "name REPO or REPO:TAG")
    return meant.repository, meant.tag


def _selected(target: Target, moment: str, repository: str, tag: str) -> Iterator[References]:
    found = False
    for one in target.read(moment):
        if repository in ("", one.repository):
            found = True
            yield _of_image(target.tree, one, tag, moment) if tag else one
    if repository and not found:
        raise RegtoolError(f"the backup {moment} has no repository {repository}", "", "see `backup list`")


def _of_image(blobs: Tree, one: References, tag: str, moment: str) -> References:
    """Reduce a repository's references to a tag's image, and to what belongs to it, however deep."""
    if tag not in one.tags:
        raise RegtoolError(f"the backup {moment} has no tag {one.repository}:{tag}", "", "see another backup")
    reached = reached_by(blobs, one.manifest_of(tag))
    tags = {tag}
    while True:
        more = {name for name in one.tags.keys() - tags if subject_of(name, reached)}
        referrers = {key for key in one.links[REVISIONS].keys() - reached if _subject(blobs, key) in reached}
        if not more and not referrers:
            break
        tags |= more
        for digest in (*map(digests.text, referrers), *map(one.manifest_of, more)):
            reached |= reached_by(blobs, digest)
    links = {kind: _among(one.links[kind], reached) for kind in (REVISIONS, LAYERS)}
    return References(one.repository, {name: one.tags[name] for name in sorted(tags)}, links)


def _subject(blobs: Tree, key: bytes) -> bytes | None:
    found = blobs.manifest_of(key, noted=False)
    return found.subject if found else None


def _among(links: Mapping[bytes, Linked], reached: set[bytes]) -> dict[bytes, Linked]:
    return {key: linked for key, linked in links.items() if key in reached or linked.target in reached}


def foreseen(wanted: Iterable[References]) -> Iterator[Restored]:
    """Tell which tags would be brought back."""
    for one in wanted:
        for name in sorted(one.tags):
            yield Restored(f"{one.repository}:{name}", one.manifest_of(name), "")


def restore(registry: Tree, blobs: Tree, wanted: Iterable[References], progress: Progress) -> Iterator[Restored]:
    """Bring references back, each after what it names. Other tags stay as they are, and killed it may be run again.

    A tag that is not there gets the times that it had; one that points elsewhere is set, as by a push at this moment,
    and what it pointed to can be brought back.

    Args:
        registry: where to.
        blobs: where from.
        wanted: the references.
        progress: told what is done next.

    Raises:
        RegtoolError: the same is done already, or a collection is at work.
        OSError: the registry cannot be written.
    """
    with deletions_held(registry, "restore") as require_held:
        for one in wanted:
            progress(f"restoring {one.repository}")
            yield from bring_back(registry, blobs, one, progress, require_held)


def bring_back(
    registry: Tree, blobs: Tree, one: References, progress: Progress, require_held: Callable[[], None]
) -> Iterator[Restored]:
    """Bring one repository's references back, as `restore` does, while deletions are held."""
    lost = _restore_blobs(registry, blobs, one, progress)
    for kind in (LAYERS, REVISIONS):
        for key, linked in one.links[kind].items():
            if linked.target not in lost:
                _restore_link(registry, Link(one.repository, kind, key), linked)
    require_held()
    for name, tag in one.tags.items():
        found = outlook(registry, blobs, one, name, lost)
        if found.done == "set":
            set_tag(registry, one.repository, name, tag.key)
        elif found.done == "made":
            _make_tag(registry, one.repository, name, tag)
        yield found


def outlook(registry: Tree, blobs: Tree, one: References, name: str, lost: set[bytes]) -> Restored:
    """Tell what is to become of a tag.

    Args:
        registry: where it is to be.
        blobs: where its manifests are.
        one: its repository's references.
        name: the tag.
        lost: keys of what is neither here nor there, see `unobtainable`.
    """
    image, digest = f"{one.repository}:{name}", digests.text(one.tags[name].key)
    if gone := reached_by(blobs, one.manifest_of(name)) & lost:
        return Restored(image, digest, f"the backup has not got {digests.text(min(gone))}")
    there = registry.tag(one.repository, name)
    if there is None:
        return Restored(image, digest, "made")
    return Restored(image, digest, "there" if there.digest == digest else "set")


def _restore_blobs(registry: Tree, blobs: Tree, one: References, progress: Progress) -> set[bytes]:
    lost = set()
    for key in absent(registry, one):
        progress(f"copying {digests.text(key)}")
        if copy_blob(blobs, registry, key):
            lost.add(key)
    return unobtainable(one, lost)


def absent(registry: Tree, one: References) -> list[bytes]:
    """Give the keys of those blobs of a repository that are not there, manifests first."""
    return [key for key in dict.fromkeys(one.blobs()) if registry.blob_size(key) is None]


def unobtainable(one: References, lost: set[bytes]) -> set[bytes]:
    """Give lost blobs' keys, and those by which manifests name them: blobs are stored by one kind of digests alone."""
    return lost | {key for links in one.links.values() for key, linked in links.items() if linked.target in lost}


def _restore_link(registry: Tree, link: Link, linked: Linked) -> None:
    path = registry.link_path(link)
    # A walk through the files may have met a link that was just being written.
    if registry.read_link(path) != linked.target:
        write_link(path, linked.target)
        os.utime(path, ns=(linked.times.accessed, linked.times.modified))


def _make_tag(registry: Tree, repository: str, name: str, tag: SavedTag) -> None:
    for key, modified in tag.former.items():
        path = registry.link_path(Link(repository, history(name), key))
        write_link(path, key)
        os.utime(path, ns=(modified, modified))
    current = f"{registry.tag_path(repository, name)}/current/link"
    write_link(current, tag.key)
    os.utime(current, ns=(tag.times.accessed, tag.times.modified))
