"""What plugins may use stands in one module, is documented, and is all that plugins use."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core import plugin, testing
from tests.unit.core.makers import ROOT, maker

REFERENCE = maker("make_reference.py")
NAMES = [(place, name) for place, names in plugin.PUBLIC.items() for name in names]
OURS = {"solakube_core.plugin", "solakube_core.testing"}


def imports(source: str) -> Iterator[tuple[str, str]]:
    """Yield (module, name) of every import of the core."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "solakube_core":
            yield from ((node.module or "", entry.name) for entry in node.names)
        elif isinstance(node, ast.Import):
            yield from ((entry.name, "") for entry in node.names if entry.name.startswith("solakube_core"))


def plugin_files() -> list[Path]:
    found = [*(ROOT / "plugins").rglob("*.py"), *(ROOT / "examples").rglob("*.py")]
    return [file for file in found if "build" not in file.parts]


def test_type_checkers_see_the_same_names() -> None:
    seen = set(imports(inspect.getsource(plugin)))
    assert {(place, name) for place, name in NAMES} == seen


@pytest.mark.parametrize(("place", "name"), [*NAMES, *((testing.__name__, name) for name in REFERENCE.tested_names())])
def test_a_public_name_is_there_and_documented_with_all_its_methods(place: str, name: str) -> None:
    value = getattr(testing if place == testing.__name__ else plugin, name)
    assert REFERENCE.documentation(place, name)
    methods = vars(value).items() if inspect.isclass(value) else ()
    bare = [key for key, entry in methods if key[0] != "_" and inspect.isfunction(entry) and not entry.__doc__]
    assert bare == []


def test_other_names_are_none() -> None:
    with pytest.raises(ImportError, match="Kubernetes"):
        exec("from solakube_core.plugin import Kubernetes")
    assert set(dir(plugin)) == {name for _, name in NAMES}


@pytest.mark.parametrize("file", plugin_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_plugins_use_public_names_alone(file: Path) -> None:
    assert {module for module, _ in imports(file.read_text(encoding="utf-8"))} <= OURS


def test_the_reference_page_is_up_to_date() -> None:
    assert REFERENCE.TARGET.read_text(encoding="utf-8") == REFERENCE.reference(), "run: python docs/make_reference.py"
