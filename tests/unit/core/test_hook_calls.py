"""Each hook as the core calls it: what an implementation gets and what becomes of its answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solakube_core import hookimpl
from solakube_core.errors import SolakubeError
from solakube_core.model import (
    Backend,
    Command,
    Component,
    Configuration,
    Exposure,
    Maintenance,
    Manifest,
    ObjectRef,
    Observation,
    Plan,
    Program,
    StorageChoice,
    StorageOffer,
    StorageRequest,
    Task,
)
from solakube_core.plugins import PluginManager
from solakube_core.settings import Variable
from solakube_core.testing import thing

BACKEND = Backend("wiki", "wiki", 80, "http", {"app": "wiki"}, 8080)
PLAN = Plan("wiki", (), (), BACKEND)
MAINTENANCE = Maintenance(
    Program("wiki", "python", (), "wiki", {}, "tool"), (), (Task("backup", "Back it up.", ("wiki", "backup")),)
)
CLAIM = ObjectRef("v1", "PersistentVolumeClaim", "wiki", "wiki")
ROOTS = (Path("nearest"), Path("farthest"))
SETTINGS: Any = object()
SITE: Any = object()


class Wiki:
    """Answers every hook, each time with as few arguments as it needs."""

    def __init__(self) -> None:
        self.seen: dict[str, object] = {}

    @hookimpl
    def variables(self) -> list[Variable]:
        return [Variable("WIKI_FQN", None, "public name of the wiki", "dns-name")]

    @hookimpl
    def commands(self) -> list[Command]:
        return [Command("wiki", "Look after the wiki.", "wiki.cli:group")]

    @hookimpl
    def components(self) -> list[Component]:
        return [Component("wiki", "A wiki.")]

    @hookimpl
    def configure(self, component: str, settings: object, roots: object, site: object) -> Configuration | None:
        self.seen["configure"] = (settings, roots, site)
        return Configuration() if component == "wiki" else None

    @hookimpl
    def storage_class(self, request: StorageRequest) -> StorageChoice | None:
        return StorageChoice("fast", request.size) if request.component == "wiki" else None

    @hookimpl
    def expose(self, component: str, backend: Backend) -> Exposure | None:
        self.seen["expose"] = backend
        return Exposure("wiki", "ingress") if component == "wiki" else None

    @hookimpl
    def deploy(self, component: str, exposure: Exposure | None) -> Plan | None:
        self.seen["deploy"] = exposure
        return PLAN if component == "wiki" else None

    @hookimpl
    def observe(self, live: Manifest) -> Observation | None:
        return Observation("open") if live["kind"] == "Page" else None

    @hookimpl
    def maintain(self, component: str) -> Maintenance | None:
        return MAINTENANCE if component == "wiki" else None


class Second:
    """Another plugin with an opinion on the wiki."""

    @hookimpl
    def configure(self, component: str) -> Configuration:
        return Configuration(notes=(f"{component} is watched",))

    @hookimpl
    def expose(self) -> Exposure:
        return Exposure("second", "tunnel")


@pytest.fixture
def wiki() -> Wiki:
    return Wiki()


@pytest.fixture
def plugins(wiki: Wiki) -> PluginManager:
    manager = PluginManager()
    manager.register(wiki, "wiki")
    return manager


def test_variables_are_told_with_their_plugin(plugins: PluginManager) -> None:
    assert [variable.name for variable in plugins.variables()["wiki"]] == ["WIKI_FQN"]


def test_commands_are_told_with_their_plugin(plugins: PluginManager) -> None:
    assert [command.name for command in plugins.commands()["wiki"]] == ["wiki"]


def test_components_are_told_with_their_plugin(plugins: PluginManager) -> None:
    assert plugins.components() == {"wiki": (Component("wiki", "A wiki."),)}
    assert plugins.deployer_of("wiki") == "wiki"
    assert plugins.deployer_of("blog") == ""


def test_configure_collects_every_answer(plugins: PluginManager, wiki: Wiki) -> None:
    plugins.register(Second(), "second")
    answers = plugins.configure("wiki", SETTINGS, ROOTS, SITE)
    assert answers == {"wiki": Configuration(), "second": Configuration(notes=("wiki is watched",))}
    assert wiki.seen["configure"] == (SETTINGS, ROOTS, SITE)


def test_configure_of_an_unknown_component_has_no_answer(plugins: PluginManager) -> None:
    assert plugins.configure("blog", SETTINGS, ROOTS, SITE) == {}


def test_storage_class_takes_the_only_answer(plugins: PluginManager) -> None:
    request = StorageRequest("wiki", CLAIM, "1Gi")
    assert plugins.storage_class(request, SETTINGS, StorageOffer()) == StorageChoice("fast", "1Gi")


def test_storage_class_without_an_answer_names_what_to_install(plugins: PluginManager) -> None:
    with pytest.raises(SolakubeError, match="install the distribution solakube-storage"):
        plugins.storage_class(StorageRequest("blog", CLAIM, "1Gi"), SETTINGS, StorageOffer())


def test_expose_collects_every_answer_by_plugin(plugins: PluginManager, wiki: Wiki) -> None:
    plugins.register(Second(), "second")
    answers = plugins.expose("wiki", SETTINGS, BACKEND, SITE)
    assert answers == {"wiki": Exposure("wiki", "ingress"), "second": Exposure("second", "tunnel")}
    assert wiki.seen["expose"] is BACKEND


def test_deploy_gets_the_exposure_and_gives_the_plan(plugins: PluginManager, wiki: Wiki) -> None:
    exposure = Exposure("wiki", "ingress")
    assert plugins.deploy("wiki", SETTINGS, ROOTS, None, exposure, SITE) is PLAN
    assert wiki.seen["deploy"] is exposure


def test_deploy_without_an_answer_names_the_known_components(plugins: PluginManager) -> None:
    with pytest.raises(SolakubeError, match="known components: wiki"):
        plugins.deploy("blog", SETTINGS, ROOTS, None, None, SITE)


@pytest.mark.parametrize(("kind", "answer"), [("Page", Observation("open")), ("Book", None)])
def test_observe_takes_the_only_answer(kind: str, answer: Observation | None, plugins: PluginManager) -> None:
    assert plugins.observe(thing("wiki.example.com/v1", kind, "start", "wiki"), SITE) == answer


def test_maintain_takes_the_only_answer(plugins: PluginManager) -> None:
    assert plugins.maintain("wiki", SETTINGS, SITE) is MAINTENANCE
    assert plugins.maintain("blog", SETTINGS, SITE) is None


def test_a_hook_that_one_plugin_answers_names_all_that_do(plugins: PluginManager) -> None:
    plugins.register(Wiki(), "twin")
    for ask in (
        lambda: plugins.maintain("wiki", SETTINGS, SITE),
        lambda: plugins.deploy("wiki", SETTINGS, ROOTS, None, None, SITE),
        lambda: plugins.storage_class(StorageRequest("wiki", CLAIM, "1Gi"), SETTINGS, StorageOffer()),
    ):
        with pytest.raises(SolakubeError, match=r"2 plugins want to .*\n.*twin and wiki"):
            ask()


@pytest.mark.parametrize("name", ["aaa", "zzz"])
def test_a_storage_class_that_is_chosen_last_gives_way_whatever_the_names(name: str, plugins: PluginManager) -> None:
    class BuiltIn:
        @hookimpl(trylast=True)
        def storage_class(self) -> StorageChoice:
            return StorageChoice("slow", "1Gi")

    plugins.register(BuiltIn(), name)
    assert plugins.storage_class(StorageRequest("wiki", CLAIM, "1Gi"), SETTINGS, StorageOffer()).storage_class == "fast"
    assert plugins.storage_class(StorageRequest("blog", CLAIM, "1Gi"), SETTINGS, StorageOffer()).storage_class == "slow"
