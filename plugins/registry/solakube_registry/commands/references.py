"""References as people paste them, with the address of the registry before the repository."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from solakube_core.plugin import Session, SolakubeError
from solakube_registry.naming import COMPONENT, Names
from solakube_registry.place import in_cluster

_SCHEME = re.compile(r"[a-z]+://")
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def within(session: Session, reference: str, url: str | None) -> str:
    """Return a reference without the address of the registry in question.

    A first part with a dot alone may be part of a repository's name, as in a mirror: it stays where it is no address
    of this registry.

    Args:
        session: the run of `sk`.
        reference: such as `registry.example.com/team/app:1.3` or `team/app`.
        url: the registry in question; None for the one that is deployed.

    Raises:
        SolakubeError: it begins with the address of another registry.
    """
    text = _SCHEME.sub("", reference, count=1)
    host, slash, rest = text.partition("/")
    if not slash or not _may_be_address(host):
        return text
    if any(_same(host, known) for known in _known(session, url)):
        return rest
    if _must_be_address(host) or text != reference:
        raise SolakubeError(
            f"{reference} is of another registry: {host}",
            f"asked is {url or session.engine.site.describe()}",
            f"leave {host}/ out, or ask that registry: --url https://{host}" + _capitals(host),
        )
    return text


def _may_be_address(host: str) -> bool:
    return "." in host or _must_be_address(host)


def _must_be_address(host: str) -> bool:
    """As in the reference grammar; no part of a repository's name has a colon or capitals."""
    return ":" in host or host == "localhost" or host != host.lower()


def _capitals(host: str) -> str:
    return "" if host == host.lower() else "; names of repositories have no capitals"


def _same(one: str, other: str) -> bool:
    return one.lower().removesuffix(":443") == other.lower().removesuffix(":443")


def _known(session: Session, url: str | None) -> Iterator[str]:
    """Give the addresses of the registry in question, those first that are known without asking anybody."""
    if url:
        yield urlsplit(url).netloc.rpartition("@")[2]
        return
    from solakube_registry.maintenance.holders import addresses

    yield from addresses(session.settings)
    here = session.engine.address(Names.of(session.settings).backend)
    if here:
        yield here.host
        yield from (f"{host}:{urlsplit(here.url).port}" for host in _LOOPBACK if not in_cluster(session.engine.site))
    yield from _exposed(session)


def _exposed(session: Session) -> Iterator[str]:
    with contextlib.suppress(SolakubeError):
        address = session.lifecycle.address(COMPONENT)
        if address:
            yield address.host
