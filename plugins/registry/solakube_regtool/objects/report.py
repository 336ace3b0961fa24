"""What a collection in a bucket tells besides what any does."""

from __future__ import annotations

from dataclasses import dataclass

from solakube_regtool.collect.report import Report
from solakube_regtool.wording import counted


@dataclass
class ObjectReport(Report):
    """What a collection in a bucket did, or would do."""

    def explain(self) -> str:
        """Say what the owner should know of the storage."""
        told = "an object storage does not tell who asks for what: only what was written lately counts as used"
        if self.refused:
            told += f"; refused meanwhile: {counted(self.refused, 'manifest')}, to be pushed again"
        return told
