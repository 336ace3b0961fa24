"""Deciding about every tag of a repository: does it stay, and why?

Images count, not tags: a digest is kept with all its tags. A tag of a signature or the like is no image: it stays with
what it belongs to, and goes with that. Where its name spells what that is, the collection that frees the image takes
the tag along: a collection alone knows whether another repository, an unreadable tag or an undo needs the image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from solakube_regtool.alive.attachments import spelled
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.oci import digests
from solakube_regtool.retention.rules import BY_NAME, Rule, is_named, kept
from solakube_regtool.storage.links import REVISIONS, Link
from solakube_regtool.storage.tree import Tag, Tree

Held = Mapping[str, Sequence[str]]


class Verdict(NamedTuple):
    """What becomes of a tag.

    Attributes:
        tag: the tag.
        why: it stays; "" where it goes.
        holders: who in the cluster holds it, where it stays for their sake alone.
    """

    tag: Tag
    why: str
    holders: tuple[str, ...] = ()


def decide(tree: Tree, repository: str, rule: Rule, held: Held, now: float) -> list[Verdict]:
    """Decide about the tags of a repository, in the order of their names.

    Args:
        tree: the registry's.
        repository: its name.
        rule: of retention.
        held: who holds which images; see `prune`.
        now: seconds since 1970.

    Raises:
        OSError: the repository cannot be read.
    """
    tags = sorted(tree.tags(repository), key=lambda tag: tag.name)
    attachments = {tag: subject for tag in tags if (subject := _subject(tree, tag))}
    images = [tag for tag in tags if tag not in attachments]
    verdicts = list(_about_images(tree, rule, images, held, now))
    verdicts += _about_attachments(tree, rule, attachments, verdicts, held)
    return sorted(verdicts, key=lambda verdict: verdict.tag.name)


def _subject(tree: Tree, tag: Tag) -> str:
    """Tell what a tag's attachment belongs to, by its name or by its manifest; "" for an image."""
    if named := spelled(tag.name):
        return ":".join(named)
    found = tree.manifest(tag.digest)
    return digests.text(found.subject) if found and found.subject else ""


def _about_images(tree: Tree, rule: Rule, images: Sequence[Tag], held: Held, now: float) -> Iterator[Verdict]:
    reasons = kept(rule, images, now)
    for tag in images:
        if tag in reasons:
            yield Verdict(tag, reasons[tag])
        else:
            holders = _holders(tree, tag, held)
            yield Verdict(tag, f"held by {', '.join(holders)}" if holders else "", holders)


def _holders(tree: Tree, tag: Tag, held: Held) -> tuple[str, ...]:
    """By tag, by digest, or by the digest of one platform; by each that the repository knows it by."""
    reached = reached_by(tree, tag.digest)
    links = (Link(tag.repository, REVISIONS, key) for key in tree.long_keys(tag.repository, REVISIONS))
    reached |= {link.key for link in links if tree.resolve(link) in reached}
    names = [f"{tag.repository}:{tag.name}", *map(digests.text, reached)]
    return tuple(sorted({holder for name in names for holder in held.get(name, ())}))


def _about_attachments(
    tree: Tree, rule: Rule, attachments: Mapping[Tag, str], images: Sequence[Verdict], held: Held
) -> Iterator[Verdict]:
    """An attachment goes with an image that goes with its last tag, unless a collection is to take it along."""
    staying = {key for verdict in images if verdict.why for key in reached_by(tree, verdict.tag.digest)}
    going = {key for verdict in images if not verdict.why for key in reached_by(tree, verdict.tag.digest)} - staying
    waiting = {tag: digests.parse(subject) for tag, subject in attachments.items() if not spelled(tag.name)}
    named = {tag for tag in waiting if is_named(rule, tag)}
    while True:
        # Attachments have attachments: the signature of an SBOM.
        free = (tag for tag, subject in waiting.items() if subject in going and tag not in named)
        doomed = [tag for tag in free if not _holders(tree, tag, held)]
        if not doomed:
            break
        for tag in doomed:
            del waiting[tag]
            going.update(reached_by(tree, tag.digest) - staying)
            yield Verdict(tag, "")
    for tag, subject in attachments.items():
        if tag in waiting or spelled(tag.name):
            yield Verdict(tag, BY_NAME if tag in named else f"belongs to {subject}")
