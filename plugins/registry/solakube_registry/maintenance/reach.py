"""Whether a collection can ask every registry that shares the images what is under way there."""

from __future__ import annotations

from solakube_core.plugin import Session, Site, SolakubeError
from solakube_registry.maintenance import by_api
from solakube_registry.place import in_cluster


def require_reach(session: Session) -> None:
    """Make sure of it, before anything is collected. Where nobody sees the images, no collection begins anyway.

    Raises:
        SolakubeError: the images are in a bucket, and registries in a cluster share it.
    """
    if by_api.sees_data(session):
        require_one_machine(session.engine.site, by_api.keeps_files(session))


def require_one_machine(site: Site, keeps_files: bool) -> None:
    """Make sure that a registry with its images in a bucket is the only one.

    Args:
        site: where it is deployed.
        keeps_files: its images are files beside it, which no other registry has.

    Raises:
        SolakubeError: others may share the bucket.
    """
    if not keeps_files and in_cluster(site):
        raise SolakubeError(
            "nothing is collected in an object storage from a cluster",
            "a run asks the registry beside it what is under way, and others may share the images",
            "`--dry-run` tells what nothing needs; distribution's own `garbage-collect` frees it while nobody pushes",
        )
