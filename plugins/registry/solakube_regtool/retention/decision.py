"""Deciding about every tag of a repository: does it stay, and why?

Images count, not tags: a digest is kept with all its tags. A tag of a signature or the like is no image: it stays with
what it belongs to, and goes with that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from solakube_regtool.alive.attachments import subject_of
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.oci import digests
from solakube_regtool.retention.rules import Rule, kept
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
    subjects = dict(_attachments(tree, tags))
    images = [tag for tag in tags if tag not in subjects]
    verdicts = list(_about_images(tree, rule, images, held, now))
    verdicts += _about_attachments(tree, subjects, verdicts, held)
    return sorted(verdicts, key=lambda verdict: verdict.tag.name)


def _attachments(tree: Tree, tags: Iterable[Tag]) -> Iterator[tuple[Tag, bytes]]:
    """Give the tags of attachments, each with the key of what it belongs to, by its name or by its manifest."""
    for tag in tags:
        found = None if (named := subject_of(tag.name)) else tree.manifest(tag.digest)
        if named:
            yield tag, named
        elif found and found.subject:
            yield tag, digests.parse(found.subject)


def _about_images(tree: Tree, rule: Rule, images: Sequence[Tag], held: Held, now: float) -> Iterator[Verdict]:
    reasons = kept(rule, images, now)
    for tag in images:
        if tag in reasons:
            yield Verdict(tag, reasons[tag])
        else:
            holders = _holders(tree, tag, held)
            yield Verdict(tag, f"held by {', '.join(holders)}" if holders else "", holders)


def _holders(tree: Tree, tag: Tag, held: Held) -> tuple[str, ...]:
    """By tag, by digest, or by the digest of one platform."""
    names = [f"{tag.repository}:{tag.name}", *(digests.text(key) for key in reached_by(tree, tag.digest))]
    return tuple(sorted({holder for name in names for holder in held.get(name, ())}))


def _about_attachments(
    tree: Tree, subjects: Mapping[Tag, bytes], images: Sequence[Verdict], held: Held
) -> Iterator[Verdict]:
    """An attachment goes with an image that goes with its last tag; else the collector knows whether it is needed."""
    staying = {key for verdict in images if verdict.why for key in reached_by(tree, verdict.tag.digest)}
    going = {key for verdict in images if not verdict.why for key in reached_by(tree, verdict.tag.digest)} - staying
    waiting = dict(subjects)
    while waiting:
        # Attachments have attachments: the signature of an SBOM.
        doomed = [tag for tag, subject in waiting.items() if subject in going and not _holders(tree, tag, held)]
        for tag in doomed:
            del waiting[tag]
            going.update(reached_by(tree, tag.digest) - staying)
            yield Verdict(tag, "")
        if not doomed:
            break
    for tag, subject in waiting.items():
        yield Verdict(tag, f"belongs to {digests.text(subject)}")
