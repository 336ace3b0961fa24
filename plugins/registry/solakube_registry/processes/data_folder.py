"""What lies in the data folder of one machine, told before a registry is started on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from solakube_regtool.storage.tree import Tree

from solakube_core.plugin import Problem, Site
from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT, Names
from solakube_registry.place import in_cluster

_LEVELS = ("docker", "registry", "v2", "repositories")
"""The folders that a registry makes in its root directory, one in the other."""


def problems(site: Site) -> Iterator[Problem]:
    """Yield that the data folder is not the one that a registry had, but one above or below it."""
    if in_cluster(site):
        return
    data = Path(site.layout(COMPONENT, CONTAINER_LAYOUT).data)
    with suppress(OSError):
        if right := _right_level(data):
            yield Problem(
                f"the data folder {data} is not the one that a registry had",
                f"its images are in {right}",
                f"REGISTRY_DATA_DIR={right}, or an empty folder",
            )


def notes(names: Names, site: Site) -> Iterator[str]:
    """Yield what is in a folder that the registry did not work on before."""
    if in_cluster(site):
        return
    data = site.layout(COMPONENT, CONTAINER_LAYOUT).data
    if data == _before(site.secret(COMPONENT, names.config, "config.yml")):
        return
    with suppress(OSError):
        tree = Tree(data)
        tags = [sum(1 for _ in tree.tag_names(repository)) for repository in tree.repositories()]
        if tags:
            yield f"found {_count(len(tags), 'repository', 'repositories')}, {_count(sum(tags), 'tag')} in {data}"


def _right_level(data: Path) -> Path | None:
    """Return the folder that a registry had where this is one in it, or the one that it is in; None elsewhere."""
    if not data.is_dir() or data.joinpath(*_LEVELS).is_dir():
        return None
    for depth in range(1, len(_LEVELS) + 1):
        above = data.parents[depth - 1] if len(data.parents) >= depth else data
        if data == above.joinpath(*_LEVELS[:depth]) and data.joinpath(*_LEVELS[depth:]).is_dir():
            return above
    below = [path for path in sorted(data.iterdir()) if path.joinpath(*_LEVELS).is_dir()]
    return below[0] if below else None


def _before(config: str | None) -> str:
    """Return the data folder of an earlier configuration; "" where there is none."""
    with suppress(ValueError, KeyError, TypeError):
        return str(json.loads(config or "")["storage"]["filesystem"]["rootdirectory"])
    return ""


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
