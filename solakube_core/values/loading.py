"""From files to one map of values and a list of everything that is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from solakube_core.errors import Problem
from solakube_core.values.overlay import overlaid
from solakube_core.values.schema import Schema, check
from solakube_core.values.substitution import Substitution

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
        if file == default or file.is_file():
            found, wrong = _load_one(file, schema, names)
            values = overlaid(values, found)
            problems += wrong
    return values, problems


def _load_one(file: Path, schema: Schema, names: Mapping[str, str]) -> tuple[dict[str, Any], list[Problem]]:
    yaml = _parser()
    try:
        parsed = yaml.load(file.read_text(encoding="utf-8"))
    except (YAMLError, OSError, UnicodeDecodeError) as error:
        return {}, [_unreadable(file, error)]
    problems = list(check(parsed, schema, file))
    if not isinstance(parsed, Mapping):
        return {}, problems
    substitution = Substitution(names, file, _parser().load)
    return substitution.replaced(parsed), problems + substitution.problems


def _parser() -> YAML:
    yaml = YAML(typ="rt", pure=True)
    # Keeps quoted scalars apart from plain ones, which matters for references.
    yaml.preserve_quotes = True
    return yaml


def _unreadable(file: Path, error: Exception) -> Problem:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        place = f"{file}:{mark.line + 1}:{mark.column + 1}"
        return Problem(f"{place}: the file is no valid YAML", str(error.problem), "correct it there")
    return Problem(f"{file} can't be read", str(error), "make it a readable YAML file in UTF-8")
