"""What a collection is asked for, and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from solakube_regtool.alive.mark import Marked
from solakube_regtool.wording import counted

_CONSPICUOUS = 20
"""Blobs nobody needs: if all of so many were read lately, that was no push."""

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is (0: not known)."""


@dataclass(frozen=True)
class Options:
    """How to collect.

    Attributes:
        grace: seconds that a push may take from its first question to its manifest; what was pushed, asked for or
            written within the last `grace` seconds is in use, with all that it names.
        untagged_grace: seconds that a manifest stays which was pushed by digest and that nothing ever named.
        held: keys of the manifests that the cluster names; they stay as if they had a tag.
        keep_untagged: every manifest stays, since it is not known what the cluster names.
        undo_period: seconds for which a tag that was moved or deleted can be brought back; 0 for none.
        wait: for what was in use lately, wait until it is known whether it still is; otherwise it is left to the
            next run.
        dry_run: change nothing, tell what no tag reaches.
        keep: seconds for which what was collected can be brought back; 0 frees it at once.
        settle: seconds after which any single request of the registry is over that had begun to look at a blob; None
            for ten, or for a minute where no metrics tell of requests.
        uploads_older: seconds after which an upload that received nothing is abandoned (distribution's own: 168 h).
        metrics: the debug addresses of all processes of the registry, such as `http://127.0.0.1:5001`; none where
            there are none.
    """

    grace: float = 3600.0
    untagged_grace: float = 86400.0
    held: frozenset[bytes] = frozenset()
    keep_untagged: bool = False
    undo_period: float = 0.0
    wait: bool = True
    dry_run: bool = False
    keep: float = 0.0
    settle: float | None = None
    uploads_older: float = 7 * 86400.0
    metrics: tuple[str, ...] = ()


@dataclass
class Report:
    """What a collection did; `dry_run` tells whether it did or would.

    Attributes:
        blobs: collected, manifests included.
        manifests: of these.
        freed_bytes: size of the collected blobs; with `keep` they are freed when that is over.
        kept_until: seconds since 1970; 0 if nothing is kept.
        uploads: abandoned uploads removed, and other files that were never finished.
        upload_bytes: their size.
        attachments: signatures and the like whose image is gone, as `repository:tag`: these tags were removed.
        in_use: blobs no tag reaches that a push relied on, or that came into use while being collected.
        postponed: blobs no tag reaches that are left to a later run, since they were used lately.
        postponed_bytes: their size.
        read: of these, those that nothing but reads of their links tells to be in use.
        unarmed: of these, those with links that may not be armed, since they belong to another user.
        unnamed: manifests that were pushed by digest, and wait for the index that will name them.
        undoable: blobs that stay only so that a tag which was moved or deleted can be brought back.
        undoable_bytes: their size.
        gave_way: it ended early, since somebody began to hold deletions while it waited.
        links: links to nothing that were removed.
        recovered: blobs that a run which was killed had left in the trash, and that were put back first.
        took_over: the run that died holding the lock; empty if none did.
        keeps_access_times: the volume does; otherwise a push may be refused (never damaged).
        how_known: how that was found out.
        pushes: accepted by the registry meanwhile; None where its metrics were not to be had. So are the next two.
        pulls: served meanwhile.
        refused: manifests refused meanwhile, whatever the reason.
        seconds: that it took.
        finished: when it ended, seconds since 1970.
        oddities: entries that cannot be understood and were left alone.
        failures: entries that could not be moved or deleted, each with the reason.
    """

    dry_run: bool = False
    blobs: int = 0
    manifests: int = 0
    freed_bytes: int = 0
    kept_until: float = 0.0
    uploads: int = 0
    upload_bytes: int = 0
    attachments: list[str] = field(default_factory=list)
    in_use: int = 0
    postponed: int = 0
    postponed_bytes: int = 0
    read: int = 0
    unarmed: int = 0
    unnamed: int = 0
    undoable: int = 0
    undoable_bytes: int = 0
    gave_way: bool = False
    links: int = 0
    recovered: int = 0
    took_over: str = ""
    keeps_access_times: bool = True
    how_known: str = ""
    pushes: int | None = None
    pulls: int | None = None
    refused: int | None = None
    seconds: float = 0.0
    finished: float = 0.0
    oddities: int = 0
    failures: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Give it as plain values, for JSON."""
        return asdict(self)

    def figures(self) -> dict[str, float]:
        """Give what was done in numbers, without what is not known."""
        counted = {**self.as_dict(), "attachments": len(self.attachments), "failures": len(self.failures)}
        for key in ("dry_run", "gave_way", "keeps_access_times", "kept_until", "seconds", "finished"):
            del counted[key]
        return {key: value for key, value in counted.items() if isinstance(value, (int, float))}

    def tell_of(self, marked: Marked, size: Callable[[bytes], int | None]) -> None:
        """Tell what stays by a rule that ends with time.

        Args:
            marked: what must stay.
            size: gives a blob's bytes; None where it is not there.
        """
        self.unnamed = marked.unnamed
        self.undoable = len(marked.undoable)
        self.undoable_bytes = sum(size(key) or 0 for key in marked.undoable)

    def count(self, size: int, is_manifest: bool) -> None:
        """Count a blob that was, or would be, collected."""
        self.blobs += 1
        self.manifests += is_manifest
        self.freed_bytes += size

    def postpone(self, size: int, was_read: bool) -> None:
        """Count a blob that is left to a later run."""
        self.postponed += 1
        self.postponed_bytes += size
        self.read += was_read

    def forget_postponed(self) -> None:
        """Count from nothing what is left to a later run: the next round looks at all of it again."""
        self.postponed = self.postponed_bytes = self.read = self.unarmed = 0

    def add_uploads(self, removed: tuple[int, int]) -> None:
        """Count what was never finished: how many files, and their bytes."""
        self.uploads += removed[0]
        self.upload_bytes += removed[1]

    def explain(self) -> str:
        """Say what the owner should know of the volume and of others who read it; empty if all is as it should be."""
        if not self.keeps_access_times:
            return self._explain_volume()
        if self.unarmed:
            return (
                f"The links to {self.unarmed} of them belong to another user and could not be marked, so they count as "
                "used until a day after they were last read. Run this as the user whom the files belong to."
            )
        if self.read == self.postponed >= _CONSPICUOUS and not self.blobs:
            return (
                "All that nothing needs was read lately, which pushes and pulls hardly do: something else reads the "
                "registry's files, such as a backup or a virus scanner. What is read counts as used for a day. Have it "
                "read a snapshot, or leave access times alone (O_NOATIME)."
            )
        return ""

    def _explain_volume(self) -> str:
        refused = "" if self.refused is None else f" Refused during this run: {counted(self.refused, 'manifest')}."
        return (
            "The volume keeps no access times: " + self.how_known + ". Whether a push relies on a blob cannot be seen "
            "there; only blobs whose links were not written within the grace period were collected. A push that had "
            'asked for one of them before may have been refused ("blob unknown", and succeeds when it is tried '
            "again); no image was damaged." + refused + " Mount the volume with relatime."
        )
