"""What leads to nothing: links whose blob is gone, folders without a file, repositories in which nothing is left.

A collection leaves them behind, as do other collectors and interrupted requests. They do no harm, whoever reads a link
finds no blob. What nobody used for the grace period is removed.
"""

from __future__ import annotations

import os
from collections.abc import Container, Generator, Iterator

from solakube_regtool.collect import barrier
from solakube_regtool.collect.deserted import Deserted
from solakube_regtool.collect.links import remove_empty, remove_link
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.means import Means
from solakube_regtool.collect.moments import Moments
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.storage import uploads
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link, history
from solakube_regtool.storage.tree import Tree

_AT_A_STRETCH = 100
"""Links that are removed once no request is under way, in some milliseconds."""


def dangling(registry: Tree, repository: str, kind: str, reached: Container[bytes]) -> Iterator[tuple[Link, bytes]]:
    """Give a repository's links of a kind that lead to nothing, each with the blob that it is missing.

    Args:
        registry: the tree.
        repository: its name.
        kind: REVISIONS, LAYERS or `history(tag)`.
        reached: keys of what tags reach: a link that an image needs stays, whatever became of its blob.

    Raises:
        OSError: a folder cannot be read.
    """
    for name in registry.link_keys(repository, kind):
        if name not in reached:
            link = Link(repository, kind, name)
            target = registry.resolve(link)
            if target is not None and target not in reached and registry.blob_size(target) is None:
                yield link, target


class Litter:
    """Removes what leads to nothing.

    Args:
        means: what it works with.
        living: knows what must stay. Where an image was that attachments belong to, its link's folder tells.
    """

    def __init__(self, means: Means, living: Living) -> None:
        self._means = means
        self._living = living
        self._moments = Moments(means.activity)
        self._kept = {key for _, folder in means.trash.kept() for key in means.trash.kept_keys(folder)}
        self._kept |= living.marked.subjects
        self._deserted = Deserted(means, living, self._moments, self._kept, self._clear)
        self._seen = 0

    def steps(self) -> Steps:
        """Remove it, repository by repository.

        Raises:
            OSError: the volume failed, or a folder cannot be read.
        """
        for repository in self._means.registry.repositories():
            # A manifest's link goes before the links of what it names: whoever has read it, and finds the manifest
            # that another push stores anew meanwhile, relies on these.
            if (yield from self._remove(repository, REVISIONS)):
                yield from self._remove(repository, LAYERS)
            for tag in self._means.registry.tag_folders(repository):
                yield from self._remove(repository, history(tag))
            yield from self._deserted.steps(repository)
            yield from self._remove_repository(repository)
        for key in self._means.registry.blob_keys():
            if key not in self._living.marked.reached and self._means.registry.blob_size(key) is None:
                yield from self._clear(self._means.registry.blob_folder(key))

    def _remove(self, repository: str, kind: str) -> Generator[Step, None, bool]:
        """Remove links of a kind; tell whether none of them stays."""
        gone = True
        for link, key in dangling(self._means.registry, repository, kind, self._living.marked.reached):
            yield from self._wait()
            removed = key not in self._kept and (yield from self._remove_link(link, key))
            gone = gone and removed
        return gone

    def _wait(self) -> Steps:
        if self._seen % _AT_A_STRETCH == 0:
            self._means.progress("removing links to nothing", self._seen, 0)
            yield from self._moments.wait()
        self._seen += 1

    def _remove_link(self, link: Link, key: bytes) -> Generator[Step, None, bool]:
        """Remove a link, or arm one that was used lately; tell whether it is gone."""
        path, alone = self._means.registry.link_path(link), self._moments.alone
        stamp = barrier.stamp(path)
        if stamp is None:
            yield from self._clear(os.path.dirname(path))
            return True
        if self._living.is_quiet(stamp):
            with self._means.tolerated():
                return (yield from remove_link(self._means, link, key, stamp, alone))
        elif self._means.report.keeps_access_times:
            yield Step("arm a link to nothing")
            barrier.arm(path, stamp)
        return False

    def _clear(self, folder: str) -> Steps:
        """Remove what a registry that was killed left in a folder without a blob or link, and the folder with it."""
        with self._means.tolerated():
            removed = uploads.leftovers(folder, self._living.abandoned_before, dry_run=False)
            self._means.report.add_uploads(removed)
        yield from self._moments.wait()
        if self._moments.alone:
            yield Step("remove an empty folder", alone=True, brisk=True)
            remove_empty(folder)

    def _remove_repository(self, repository: str) -> Steps:
        """Remove a repository that holds nothing any more; the registry would list it for ever."""
        if self._means.registry.is_bare(repository):
            yield from self._moments.wait()
            if self._moments.alone:
                yield Step("remove an empty repository", alone=True, brisk=True)
                self._means.registry.remove_bare(repository)
