"""Which images the cluster runs, or could roll back to, as `sk` sees it."""

from __future__ import annotations

from collections.abc import Mapping

from solakube_regtool.cluster import held

from solakube_core.engine import Site


def held_images(site: Site) -> Mapping[str, list[str]]:
    """Return who holds each image, in all namespaces.

    Returns:
        "Kind namespace/name" of the holders, by REPOSITORY:TAG or by digest.

    Raises:
        SolakubeError: the cluster cannot be asked, or does not let all be listed: then nothing may be deleted.
    """
    return held.held_images((kind, site.list(kind.api_version, kind.name)) for kind in held.KINDS)
