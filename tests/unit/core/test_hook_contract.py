"""The hooks are a promise to plugin authors: frozen, documented and tested, or this fails."""

from __future__ import annotations

import inspect
import re

import pytest

from solakube_core.plugins import PluginManager
from tests.unit.core.makers import ROOT, maker

FROZEN = {
    "variables": (),
    "commands": (),
    "components": (),
    "configure": ("component", "settings", "roots", "site"),
    "storage_class": ("request", "settings", "offer"),
    "expose": ("component", "settings", "backend", "site"),
    "deploy": ("component", "settings", "roots", "storage", "exposure", "site"),
    "observe": ("live", "site"),
    "maintain": ("component", "settings", "site"),
}


MAKER = maker("make_hooks_reference.py")
SPECIFICATIONS = dict(MAKER.specifications())


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
    assert MAKER.TARGET.read_text(encoding="utf-8") == MAKER.reference(), "run: python docs/make_hooks_reference.py"


@pytest.mark.parametrize("name", FROZEN)
def test_every_hook_has_a_typed_method_and_a_test(name: str) -> None:
    assert callable(getattr(PluginManager, name))
    tests = (ROOT / "tests" / "unit" / "core" / "test_hook_calls.py").read_text(encoding="utf-8")
    assert f"def test_{name}_" in tests
