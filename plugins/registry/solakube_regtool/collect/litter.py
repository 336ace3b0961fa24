"""Links that lead to nothing: a collection leaves them behind, as do other collectors and interrupted requests.

They do no harm, whoever reads one finds no blob. Those that nobody used for the grace period are removed.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from solakube_regtool.collect import barrier
from solakube_regtool.collect.links import remove_empty_folder, remove_link
from solakube_regtool.collect.living import Living
from solakube_regtool.collect.means import Means
from solakube_regtool.collect.moments import Moments
from solakube_regtool.collect.steps import Step, Steps
from solakube_regtool.storage import tree
from solakube_regtool.storage.tree import Link, Tree

_AT_A_STRETCH = 100
"""Links that are removed once no request is under way, in some milliseconds."""


def dangling(registry: Tree, reached: Container[bytes], kept: Container[bytes]) -> Iterator[tuple[Link, bytes]]:
    """Give the links that lead to nothing, each with the blob that it is missing.

    Args:
        registry: the tree.
        reached: keys of what tags reach: a link that an image needs stays, whatever became of its blob.
        kept: keys of blobs whose links stay, too.

    Raises:
        OSError: a folder cannot be read.
    """
    for repository in registry.repositories():
        for kind in (tree.LAYERS, tree.REVISIONS):
            for name in registry.link_keys(repository, kind):
                if name in reached:
                    continue
                link = Link(repository, kind, name)
                target = registry.resolve(link)
                if target is None or target in reached or target in kept:
                    continue
                if registry.blob_size(target) is None:
                    yield link, target


def remove_litter(means: Means, living: Living) -> Steps:
    """Remove the links that lead to nothing and were not used for the grace period; arm the others.

    Args:
        means: what it works with.
        living: knows what must stay. Where an image was that attachments belong to, its link's folder tells.

    Raises:
        OSError: the volume failed, or a folder cannot be read.
    """
    moments = Moments(means.activity)
    kept = {key for _, folder in means.trash.kept() for key in means.trash.kept_keys(folder)}
    kept |= living.marked.subjects
    for number, (link, key) in enumerate(dangling(means.registry, living.marked.reached, kept)):
        if number % _AT_A_STRETCH == 0:
            means.progress("removing links to nothing", number, 0)
            yield from moments.wait()
        path = means.registry.link_path(link)
        stamp = barrier.stamp(path)
        if stamp is None:
            if moments.alone:
                yield Step("remove a link's empty folder", alone=True)
                remove_empty_folder(path)
        elif living.is_quiet(stamp):
            yield from remove_link(means, link, key, stamp, moments.alone)
        elif means.report.keeps_access_times:
            yield Step("arm a link to nothing")
            barrier.arm(path, stamp)
