"""Listing all repositories with their tags, against crane and regctl."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.maintenance.commands import regtool
from benchmarks.timing import Side, compare, output
from tests.e2e.maintenance.registries import RunningRegistry

_PAGE = 1000
"""Repositories that the registry names at most in an answer (its catalog.maxentries)."""

Lister = Callable[[], set[str]]


def measure(repositories: int, registry: RunningRegistry, crane: Path, regctl: Path, rounds: int) -> Iterator[str]:
    """Compare one command of ours with a listing of the catalog and one of each repository's tags."""
    listers: dict[str, Lister] = {
        "sk": partial(_ours, registry),
        "crane": partial(_cranes, registry, str(crane)),
        "regctl": partial(_regctls, registry, str(regctl)),
    }
    found: dict[str, set[str]] = {}
    sides = [Side(name, partial(_keep, found, name, lister)) for name, lister in listers.items()]
    yield compare(f"list {repositories} repositories with their tags", *sides, rounds=rounds)
    if not found["sk"] == found["crane"] == found["regctl"]:
        raise SystemExit(f"the listings differ: { ({name: len(tags) for name, tags in found.items()}) }")


def _keep(found: dict[str, set[str]], name: str, lister: Lister) -> None:
    found[name] = lister()


def _ours(registry: RunningRegistry) -> set[str]:
    return set(output(regtool(registry.data, "list", "--tags")).split())


def _cranes(registry: RunningRegistry, crane: str) -> set[str]:
    names = output([crane, "catalog", registry.host]).split()
    return {f"{name}:{tag}" for name in names for tag in output([crane, "ls", f"{registry.host}/{name}"]).split()}


def _regctls(registry: RunningRegistry, regctl: str) -> set[str]:
    common = [regctl, "--host", f"reg={registry.host},tls=disabled"]
    names: list[str] = []
    while page := output(
        [*common, "repo", "ls", f"--limit={_PAGE}", *(["--last", names[-1]] if names else []), registry.host]
    ).split():
        names += page
    return {
        f"{name}:{tag}" for name in names for tag in output([*common, "tag", "ls", f"{registry.host}/{name}"]).split()
    }
