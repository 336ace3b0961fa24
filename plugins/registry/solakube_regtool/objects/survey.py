"""A dry run in a bucket: what nothing reaches at this moment, and what of it was written too lately to go."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from solakube_regtool.alive.mark import Marked, mark
from solakube_regtool.alive.owners import reached_by
from solakube_regtool.alive.rules import Rules, since
from solakube_regtool.collect.report import Options, Report
from solakube_regtool.objects.unfinished import abandoned
from solakube_regtool.oci import digests
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link
from solakube_regtool.storage.tree import Tree

_BLOB = re.compile(r".*/(sha(?:256|384|512))/../([0-9a-f]+)/data")
_LINK = re.compile(rf"(.*)/({LAYERS}|{REVISIONS})/(sha(?:256|384|512))/([0-9a-f]+)/link")


@dataclass
class ObjectReport(Report):
    """What a collection in a bucket did, or would do."""

    def explain(self) -> str:
        """Say what the owner should know of the storage."""
        return "an object storage does not tell who asks for what: only what was written lately counts as used"


@dataclass
class _Candidate:
    """A blob that nothing but its use within the grace period keeps.

    Attributes:
        size: its bytes.
        written: when it or the last link to it was written, in seconds since 1970.
        is_manifest: a repository has it among its manifests.
    """

    size: int
    written: float
    is_manifest: bool = False


def survey(tree: Tree, place: BucketFiles, options: Options) -> Report:
    """Look at everything.

    Args:
        tree: the registry.
        place: where it is.
        options: how to collect.

    Raises:
        RegtoolError: the bucket cannot be read. Nothing can be said then of what is reachable.
    """
    report, now = ObjectReport(dry_run=True), time.time()
    place.expect(tree.root)
    for upload in abandoned(tree, place, now - options.uploads_older):
        report.add_uploads((1, upload.size))
    quiet_before = now - options.grace
    rules = Rules(since(quiet_before), now - options.untagged_grace, options.held, options.keep_untagged)
    marked = mark(tree, rules)
    report.unnamed = marked.unnamed
    report.attachments = [f"{tag.repository}:{tag.name}" for tag in marked.orphans]
    candidates = _candidates(tree, place, marked)
    used = {key for key, candidate in candidates.items() if candidate.written > quiet_before}
    for key in [key for key in used if candidates[key].is_manifest]:
        # Whoever uses a manifest relies on all that it names.
        used |= reached_by(tree, digests.text(key))
    for key, candidate in candidates.items():
        if key in used or key in marked.relied:
            report.postpone(candidate.size, was_read=False)
        else:
            report.count(candidate.size, candidate.is_manifest)
    report.seconds, report.finished, report.oddities = time.time() - now, time.time(), len(tree.oddities)
    return report


def _candidates(tree: Tree, place: BucketFiles, marked: Marked) -> dict[bytes, _Candidate]:
    found: dict[bytes, _Candidate] = {}
    for blob in place.objects(f"{tree.root}/blobs"):
        key = _key(match[1], match[2]) if (match := _BLOB.fullmatch(blob.key)) else None
        if key is not None and (key not in marked.reached or key in marked.relied):
            found[key] = _Candidate(blob.size, blob.modified)
    root = f"{tree.root}/repositories"
    begin = len(place.key_of(root)) + 1
    for link in place.objects(root):
        match = _LINK.fullmatch(link.key, begin)
        key = _key(match[3], match[4]) if match else None
        if match is None or key is None:
            continue
        target = key if digests.is_canonical(key) else tree.resolve(Link(match[1], match[2], key))
        candidate = found.get(target) if target is not None else None
        if candidate:
            candidate.written = max(candidate.written, link.modified)
            candidate.is_manifest |= match[2] == REVISIONS
    return found


def _key(algorithm: str, hex_digits: str) -> bytes | None:
    try:
        return digests.key_of(algorithm, hex_digits)
    except ValueError:
        return None
