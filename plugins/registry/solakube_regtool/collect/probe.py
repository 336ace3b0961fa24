"""Does the volume keep access times, as the registry mounts it?

Asked end to end where the registry can be reached: a link of a living image is armed, its blob asked for through the
registry, and the link looked at. Otherwise a file of ours is read, which tells of this mount alone.
"""

from __future__ import annotations

import base64
import http.client
import os
from typing import NamedTuple
from urllib.parse import urlsplit

from solakube_regtool.collect import barrier
from solakube_regtool.oci import digests
from solakube_regtool.storage import tree
from solakube_regtool.storage.workspace import Workspace

_TIME_LIMIT = 10.0


class Registry(NamedTuple):
    """How to reach the registry whose data this is.

    Attributes:
        url: such as `http://127.0.0.1:5000`.
        username: empty where it asks for none.
        password: never shown.
    """

    url: str
    username: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Registry({self.url!r})"


class Finding(NamedTuple):
    """What was found.

    Attributes:
        keeps_access_times: reading a link leaves a trace.
        how: how that was found out, or why not, for people.
    """

    keeps_access_times: bool
    how: str


def probe(data: tree.Tree, workspace: Workspace, registry: Registry | None) -> Finding:
    """Find out whether reading a link leaves a trace.

    Args:
        data: the registry's tree.
        workspace: has a file to try on.
        registry: how to reach the registry, where it is known.
    """
    living = _living_link(data) if registry else None
    if registry and living:
        status = _ask_through(registry, data, living)
        if status == http.client.OK:
            moved = _moved(data.link_path(living))
            return Finding(moved, "the registry read a link, and its access time " + _outcome(moved))
    moved = _try_here(workspace.probe)
    return Finding(moved, "a file on the volume was read here, and its access time " + _outcome(moved))


def _outcome(moved: bool) -> str:
    return "moved" if moved else "did not move (mounted noatime, or a network file system)"


def _living_link(data: tree.Tree) -> tree.Link | None:
    for repository in data.repositories():
        for tag in data.tags(repository):
            found = data.manifest(tag.digest)
            for blob in found.blobs if found else ():
                link = tree.Link(repository, tree.LAYERS, digests.parse(blob.digest))
                target = data.resolve(link)
                if target is not None and data.blob_size(target) is not None:
                    return link
    return None


def _ask_through(registry: Registry, data: tree.Tree, link: tree.Link) -> int:
    """Arm a link, and ask the registry for its blob; give the answer's status, 0 for none."""
    stamp = barrier.stamp(data.link_path(link))
    if stamp is None or not barrier.arm(data.link_path(link), stamp):
        return 0
    target = urlsplit(registry.url)
    secure = target.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(target.netloc, timeout=_TIME_LIMIT)
    try:
        connection.request("HEAD", f"/v2/{link.repository}/blobs/{link.digest}", headers=_login(registry))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def _login(registry: Registry) -> dict[str, str]:
    if not registry.username:
        return {}
    login = base64.b64encode(f"{registry.username}:{registry.password}".encode()).decode()
    return {"Authorization": f"Basic {login}"}


def _moved(path: str) -> bool:
    stamp = barrier.stamp(path)
    return stamp is not None and stamp.accessed != barrier.ARMED


def _try_here(path: str) -> bool:
    stamp = barrier.stamp(path)
    if stamp is None or not barrier.arm(path, stamp):
        return False
    # Read plainly: this is the one read whose trace is wanted.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.read(descriptor, 1)
    finally:
        os.close(descriptor)
    return _moved(path)
