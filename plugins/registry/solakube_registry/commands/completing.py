"""Completing the names of repositories and tags, within the blink that a shell waits.

On one machine they are read from the data folder. Any other registry is too far away for that: what it holds is kept in
a file of the user's cache folder, and a run in the background brings it up to date for the next time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import click

from solakube_core.plugin import Session, SolakubeError, beginning, session_of

_FRESH = 30.0


def references(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete a repository, REPO:TAG, or a tag behind its repository."""
    words = [word for word in ctx.params.get("targets") or () if word]
    try:
        if words and ":" not in words[0] and ":" not in incomplete:
            return beginning(incomplete, _tags(session_of(ctx), ctx.params.get("url"), words[0]))
        repository, colon, _ = incomplete.partition(":")
        if not colon:
            return beginning(incomplete, _repositories(session_of(ctx), ctx.params.get("url")))
        tags = _tags(session_of(ctx), ctx.params.get("url"), repository)
        return beginning(incomplete, [f"{repository}:{tag}" for tag in tags])
    except (SolakubeError, OSError):
        return []


def _repositories(session: Session, url: str | None) -> Iterable[str]:
    data = None if url else _data(session)
    if data:
        from solakube_regtool.storage.tree import Tree

        return Tree(data).repositories()
    return dict.fromkeys(line.rpartition(":")[0] for line in _remembered(session, url))


def _tags(session: Session, url: str | None, repository: str) -> Iterable[str]:
    data = None if url else _data(session)
    if data:
        from solakube_regtool.storage.tree import Tree

        return sorted(Tree(data).tag_names(repository))
    return [line.rpartition(":")[2] for line in _remembered(session, url) if line.rpartition(":")[0] == repository]


def _data(session: Session) -> str | None:
    """Return the data folder on this machine; None where there is none."""
    from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT
    from solakube_registry.place import in_cluster

    site = session.engine.site
    return None if in_cluster(site) else site.layout(COMPONENT, CONTAINER_LAYOUT).data


def _remembered(session: Session, url: str | None) -> list[str]:
    """Return all tags as REPO:TAG, as they were at last."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "solakube"
    file = base / quote(url.rpartition("@")[2] if url else session.settings.cluster, safe="")
    try:
        if time.time() - file.stat().st_mtime > _FRESH:
            _refresh(session, url, file)
        return file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        _refresh(session, url, file)
        return []


def _refresh(session: Session, url: str | None, file: Path) -> None:
    import shlex

    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = [*(["--kubeconfig", session.kubeconfig] if session.kubeconfig else [])]
    options += [*(["--context", session.context] if session.context else [])]
    asked = [*options, "registry", "list", "--tags", "-o", "name", *(["--url", url] if url else [])]
    command = shlex.join([sys.executable, "-P", "-m", "solakube_core", *asked])
    new = shlex.quote(f"{file}.{os.getpid()}")
    script = f"umask 077; {command} >{new} && mv {new} {shlex.quote(str(file))} || rm -f {new}"
    environ = {name: value for name, value in os.environ.items() if name != "_SK_COMPLETE"}
    subprocess.Popen(
        ["sh", "-c", script],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
