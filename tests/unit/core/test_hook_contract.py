"""The hooks are a promise to plugin authors: frozen, documented and tested, or this fails."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from solakube_core.plugins import PluginManager

ROOT = Path(__file__).parents[3]

FROZEN = {
    "variables": (),
    "commands": (),
    "components": (),
    "configure": ("component", "settings", "roots", "site"),
    "storage_class": ("request", "settings", "offer"),
    "expose": ("component", "settings", "backend", "site"),
    "deploy": ("component", "settings", "roots", "storage", "exposure", "site"),
    "maintain": ("component", "settings", "site"),
}


def reference_maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "make_hooks_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SPECIFICATIONS = dict(reference_maker().specifications())


def test_names_and_arguments_are_frozen() -> None:
    found = {name: tuple(inspect.signature(hook).parameters) for name, hook in SPECIFICATIONS.items()}
    assert found == FROZEN


@pytest.mark.parametrize("name", FROZEN)
def test_an_author_can_work_from_the_docstring_alone(name: str) -> None:
    text = inspect.getdoc(SPECIFICATIONS[name]) or ""
    for argument in FROZEN[name]:
        assert re.search(rf"^    {argument}: ", text, re.MULTILINE), f"{name} does not document {argument}"
    for part in ("Called ", "Returns:", "Example::", "@hookimpl", f"def {name}("):
        assert part in text, f"the docstring of {name} lacks {part!r}"


def test_the_reference_page_is_up_to_date() -> None:
    maker = reference_maker()
    assert maker.TARGET.read_text(encoding="utf-8") == maker.reference(), "run: python docs/make_hooks_reference.py"


@pytest.mark.parametrize("name", FROZEN)
def test_every_hook_has_a_typed_method_and_a_test(name: str) -> None:
    assert callable(getattr(PluginManager, name))
    tests = (ROOT / "tests" / "unit" / "core" / "test_hook_calls.py").read_text(encoding="utf-8")
    assert f"def test_{name}_" in tests
