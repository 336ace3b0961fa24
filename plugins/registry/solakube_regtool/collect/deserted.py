"""What is left of a repository that needs nothing any more: links to blobs that others need, too.

Those blobs stay, and so their links would, and the registry would list the repository for ever.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Generator

from solakube_regtool.collect import barrier
from solakube_regtool.collect.candidates import parents_first
from solakube_regtool.collect.links import remove_unneeded
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.means import Means
from solakube_regtool.collect.moments import Moments
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.storage.links import LAYERS, REVISIONS, Link


class Deserted:
    """Removes the links of deserted repositories.

    Args:
        means: what it works with.
        living: knows what must stay.
        moments: tells of requests.
        kept: keys of what may be brought back.
        clear: removes the folder of a link that is gone.
    """

    def __init__(
        self,
        means: Means,
        living: Living,
        moments: Moments,
        kept: Collection[bytes],
        clear: Callable[[str], Steps],
    ) -> None:
        self._means, self._living, self._moments = means, living, moments
        self._kept = frozenset(kept)
        self._clear = clear

    def steps(self, repository: str) -> Steps:
        """Remove a repository's links, if none of them is needed in it, and none was used lately.

        Where it is not known what is read, they stay.

        Raises:
            OSError: the volume failed, or a folder cannot be read.
        """
        registry = self._means.registry
        if not self._means.report.keeps_access_times or any(registry.tag_names(repository)):
            return
        if registry.place.names(registry.uploads_folder(repository)) or not self._living.is_deserted(repository):
            return
        links = self._links(repository)
        quiet = True
        for link in links:
            quiet = (yield from self._is_quiet(link)) and quiet
        for link in links if quiet else ():
            if not (yield from self._remove(link)):
                return

    def _links(self, repository: str) -> list[Link]:
        """Give all links, a manifest's before those of what it names: whoever was told of it relies on these."""
        registry = self._means.registry
        manifests = {key: self._named_by(key) for key in registry.link_keys(repository, REVISIONS)}
        ordered = [Link(repository, REVISIONS, key) for key in parents_first(manifests)]
        return [*ordered, *registry.links(repository, LAYERS)]

    def _named_by(self, key: bytes) -> list[bytes]:
        found = self._means.registry.manifest_of(key, noted=False)
        return [child.key for child in found.nested] if found else []

    def _is_quiet(self, link: Link) -> Generator[Step, None, bool]:
        """Tell whether a link was not used lately, and leads to nothing that may be brought back; arm it else."""
        path = self._means.registry.link_path(link)
        stamp = barrier.stamp(path)
        if stamp is not None and not self._living.is_quiet(stamp):
            yield Step("arm a link that nothing needs")
            barrier.arm(path, stamp)
            return False
        target = self._means.registry.resolve(link)
        return target is not None and self._kept.isdisjoint((target, link.key))

    def _remove(self, link: Link) -> Generator[Step, None, bool]:
        path = self._means.registry.link_path(link)
        stamp, target = barrier.stamp(path), self._means.registry.resolve(link)
        if stamp is None:
            yield from self._clear(os.path.dirname(path))
            return True
        if target is not None and self._living.is_quiet(stamp):
            with self._means.tolerated():
                return (yield from remove_unneeded(self._means, link, target, stamp, self._moments))
        return False
