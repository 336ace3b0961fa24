"""From files to one map of values and a list of everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from solakube_core.errors import Problem, SolakubeError
from solakube_core.files import is_there
from solakube_core.values.misplaced import misplaced
from solakube_core.values.overlay import overlaid
from solakube_core.values.parsing import parse
from solakube_core.values.reading import Reader
from solakube_core.values.schema import Schema

FILE = "chart-values.yaml"


def load_values(
    component: str, default: Path, roots: Iterable[Path], schema: Schema, names: Mapping[str, str]
) -> tuple[dict[str, Any], list[Problem]]:
    """Read a component's values.

    Args:
        component: the files are `deployment/<component>/chart-values.yaml` of the roots.
        default: the plugin's own file, which all others are laid over.
        roots: folders, nearest first; the nearest file wins.
        schema: the keys there may be.
        names: what `${NAME}` stands for.

    Returns:
        The merged values as plain maps, lists and scalars, and all problems of all files.
    """
    files = [default, *reversed([root / "deployment" / component / FILE for root in roots])]
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            if file != default and not is_there(file):
                continue
        except SolakubeError as error:
            problems += error.problems
            continue
        found, wrong = _load_one(file, schema, names)
        values = overlaid(values, found)
        problems += wrong
    return values, [*problems, *misplaced(files[1:])]


def _load_one(file: Path, schema: Schema, names: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    node = parse(file)
    if node is None:
        return {}, []
    if isinstance(node, Problem):
        return {}, [node]
    reader = Reader(file, names)
    return reader.value(node, schema) or {}, reader.problems
