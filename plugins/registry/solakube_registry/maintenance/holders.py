"""Which images the cluster names, as `sk` sees it, and what the maintenance program is told of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from solakube_regtool.cluster import held
from solakube_regtool.cluster.kinds import KINDS, Kind, kind_at

from solakube_core.plugin import Problem, Settings, SolakubeError
from solakube_registry.maintenance.variables import ASK, IGNORE, KEEP
from solakube_registry.naming import Names
from solakube_registry.place import in_cluster

if TYPE_CHECKING:
    from solakube_core.plugin import Session, Site

UNKNOWN = "it is not known which images the cluster names: what has no tag stays (--ignore-cluster frees it)"


def kinds(settings: Settings) -> tuple[Kind, ...]:
    """Return the kinds of objects that name images: those of every cluster, and those of the settings."""
    return (*KINDS, *(kind for kind in map(kind_at, _further(settings)) if kind))


def problems(settings: Settings) -> Iterator[Problem]:
    """Tell of kinds in the settings that are none."""
    for path in _further(settings):
        if kind_at(path) is None:
            why = "kinds are named by their place in the API: GROUP/VERSION/PLURAL"
            remedy = "write it as serving.knative.dev/v1/revisions; `kubectl api-resources` lists them"
            yield Problem(f"REGISTRY_HOLDER_KINDS: {path!r} is no kind of objects", why, remedy)


def _further(settings: Settings) -> list[str]:
    listed = (settings.get("REGISTRY_HOLDER_KINDS") or "").split(",")
    return [path.strip() for path in listed if path.strip()]


def held_images(settings: Settings, site: Site) -> held.Held:
    """Return who holds each image, in all namespaces.

    Raises:
        SolakubeError: the cluster cannot be asked, or does not let all be listed: then nothing may be deleted.
    """
    if wrong := tuple(problems(settings)):
        raise SolakubeError.of(wrong)
    return held.held_images((kind, site.list(kind.api_version, kind.name)) for kind in kinds(settings))


def addresses(settings: Settings) -> list[str]:
    """Return the hosts by which the cluster names images of this registry, as far as the settings tell."""
    names = Names.of(settings)
    service = f"{names.full}.{names.namespace}"
    public = settings.get("REGISTRY_FQN")
    inside = (f"{name}:{names.backend.port}" for name in (service, f"{service}.svc", f"{service}.svc.cluster.local"))
    return [*([public] if public else []), *inside]


def addressed(settings: Settings) -> tuple[str, ...]:
    """Return these hosts as arguments of the maintenance program."""
    return tuple(part for host in addresses(settings) for part in ("--address", host))


def knowledge(session: Session, ignore: bool = False) -> tuple[tuple[str, ...], str]:
    """Return the arguments by which the maintenance program learns what the cluster names, and its standard input.

    Where the cluster does not answer, or does not let all be listed, what is untagged has to stay, and that is said.

    Args:
        session: the run of `sk`.
        ignore: what the cluster names does not count.
    """
    settings, site = session.settings, session.engine.site
    mode = IGNORE if ignore or not in_cluster(site) else settings.require("REGISTRY_GC_CLUSTER")
    if mode == ASK:
        try:
            return ("--held", "-"), json.dumps(held_images(settings, site))
        except SolakubeError as error:
            session.terminal.say(f"{UNKNOWN}\n  {error.problems[0]}")
            mode = KEEP
    return (("--keep-untagged",) if mode == KEEP else ()), ""
