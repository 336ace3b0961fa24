from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from solakube_core import hookimpl
from solakube_core.errors import SolakubeError
from solakube_core.model import Command, Component
from solakube_core.plugins import PluginManager
from solakube_core.plugins.discovery import Announced, installed_plugins


class Wiki:
    @hookimpl
    def components(self) -> list[Component]:
        return [Component("wiki", "A wiki.")]

    @hookimpl
    def commands(self) -> list[Command]:
        return [Command("wiki", "Look after the wiki.", "wiki.cli:group")]


class Misspelt:
    @hookimpl
    def deplyo(self, component: str) -> None: ...


class WrongArgument:
    @hookimpl
    def deploy(self, component: str, weather: str) -> None: ...


def announced(name: str, load: Callable[[], object]) -> Announced:
    return Announced(name, f"dist-{name}", "1.2", load)


def failing() -> object:
    raise ImportError("no module named 'wurst'")


def test_a_plugin_that_fails_to_import_is_named_and_the_others_work() -> None:
    manager = PluginManager()
    manager.load([announced("bad", failing), announced("wiki", Wiki)])
    assert [str(record) for record in manager.broken] == ["bad (dist-bad 1.2)"]
    assert "no module named 'wurst'" in manager.broken[0].cause
    assert manager.components() == {"wiki": (Component("wiki", "A wiki."),)}


@pytest.mark.parametrize("plugin", [Misspelt, WrongArgument])
def test_a_plugin_that_breaks_the_contract_leaves_no_hook_behind(plugin: type) -> None:
    manager = PluginManager()
    manager.load([announced("odd", plugin), announced("wiki", Wiki)])
    assert [record.name for record in manager.broken] == ["odd"]
    assert list(manager.components()) == ["wiki"]


def test_an_unknown_component_names_the_known_ones_and_the_broken_plugin() -> None:
    manager = PluginManager()
    manager.load([announced("wiki", Wiki)])
    assert "known components: wiki" in str(manager.unknown_component("wkii"))
    manager.load([announced("bad", failing)])
    assert "plugin bad (dist-bad 1.2) is broken" in str(manager.unknown_component("wkii"))


@pytest.mark.parametrize("word", ["wiki", "dist-wiki"])
def test_a_blocked_plugin_is_not_even_imported(word: str) -> None:
    manager = PluginManager()
    manager.load([announced("wiki", failing)], blocked=[word])
    assert [record.state for record in manager.records] == ["blocked"]


def test_two_plugins_of_one_name_are_told_apart() -> None:
    manager = PluginManager()
    first, second = announced("wiki", Wiki), Announced("wiki", "other", "3", Wiki)
    manager.load([first, second])
    assert [(record.distribution, record.state) for record in manager.records] == [
        ("dist-wiki", "loaded"),
        ("other", "broken"),
    ]
    assert "taken by wiki (dist-wiki 1.2)" in manager.broken[0].cause


def test_hooks_that_nobody_answers_are_an_error_that_says_so() -> None:
    manager = PluginManager()
    with pytest.raises(SolakubeError, match="no installed plugin deploys 'wiki'"):
        manager.deploy("wiki", SimpleNamespace(), (), None, None, SimpleNamespace())  # type: ignore[arg-type]


def test_the_plugins_of_this_checkout_are_found_like_any_third_partys() -> None:
    manager = PluginManager()
    manager.load(installed_plugins())
    loaded = {record.name: record.distribution for record in manager.records if record.state == "loaded"}
    assert loaded.items() >= {"registry": "solakube-registry", "storage": "solakube-storage"}.items()
