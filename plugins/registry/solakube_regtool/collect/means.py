"""What the collector's parts work with."""

from __future__ import annotations

from dataclasses import dataclass

from solakube_regtool.collect.activity import Activity
from solakube_regtool.collect.barrier import Clock
from solakube_regtool.collect.journal import Journal
from solakube_regtool.collect.report import Options, Progress, Report
from solakube_regtool.collect.trash import Trash
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace


@dataclass(frozen=True)
class Means:
    """What the collector's parts work with.

    Attributes:
        registry: the tree.
        workspace: the collector's own place.
        trash: where blobs go.
        journal: for the removal of links.
        activity: tells when the registry is idle.
        clock: tells the time.
        options: how to collect.
        report: what was done is added to it.
        progress: told how far it is.
    """

    registry: Tree
    workspace: Workspace
    trash: Trash
    journal: Journal
    activity: Activity
    clock: Clock
    options: Options
    report: Report
    progress: Progress
