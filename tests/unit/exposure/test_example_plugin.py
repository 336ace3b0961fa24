"""The example of docs/write-a-plugin.md, asked without a cluster."""

from __future__ import annotations

import importlib
import re
import runpy
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.model import Address, Exposure
from solakube_core.plugins import PluginManager
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import FQN, NAMES, secret, settings

EXAMPLE = Path(__file__).parents[3] / "examples" / "solakube-ingressroute"
DEFINITION = thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", "ingressroutes.traefik.io")


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield importlib.import_module("solakube_ingressroute.plugin")
    forget()


def forget() -> None:
    """Let the next import look for the plugin anew."""
    for name in [name for name in sys.modules if name.startswith("solakube_ingressroute")]:
        del sys.modules[name]


def test_it_answers_with_a_route_to_the_registry(plugin: ModuleType) -> None:
    chosen = settings(tuple(plugin.variables()), REGISTRY_TLS_SECRET_NAME="own")
    answer = plugin.expose("registry", chosen, NAMES.backend, Place((DEFINITION, secret("own"))))
    (route,) = answer.objects
    assert answer.problems == ()
    assert answer.address == Address(f"https://{FQN}")
    assert route["spec"]["routes"][0]["match"] == f"Host(`{FQN}`)"
    assert route["spec"]["routes"][0]["services"] == [{"name": "registry-docker-registry", "port": 5000}]
    assert route["spec"]["tls"] == {"secretName": "own"}


def test_it_tells_all_that_is_wrong_at_once(plugin: ModuleType) -> None:
    chosen = settings(tuple(plugin.variables()), CLUSTER_FQN="", REGISTRY_TLS_SECRET_NAME="own")
    answer = plugin.expose("registry", chosen, NAMES.backend, Place())
    assert [problem.what for problem in answer.problems] == [
        "the registry has no public name",
        "the cluster knows no IngressRoute",
        "there is no TLS secret registry/own",
    ]


def test_it_leaves_other_components_and_a_single_machine_alone(plugin: ModuleType) -> None:
    assert plugin.expose("wiki", settings(), NAMES.backend, Place()) is None
    assert plugin.configure("wiki", settings()) is None
    assert plugin.expose("registry", settings(cluster_type="local"), NAMES.backend, Place()) is None


def test_it_replaces_the_built_in_exposure_by_being_there_unless_a_setting_says_otherwise(plugin: ModuleType) -> None:
    from solakube_registry import plugin as built_in

    from solakube_core.lifecycle.resolve import choose_exposure

    plugins = PluginManager()
    plugins.register(built_in, "registry")
    plugins.register(plugin, "ingressroute")
    chosen = settings(tuple(plugin.variables()), REGISTRY_TLS_SECRET_NAME="own", REGISTRY_EXPOSE="none")
    answers = plugins.expose("registry", chosen, NAMES.backend, Place((DEFINITION, secret("own"))))

    def taken(wanted: str) -> str:
        answer = choose_exposure("registry", answers, plugins, wanted)
        return answer.mode if answer else ""

    assert taken("") == "ingressroute"
    assert taken("traefik-ingressroute") == "ingressroute"
    assert taken("registry") == "none"
    with pytest.raises(SolakubeError, match="no plugin exposes registry as 'haproxy'"):
        taken("haproxy")


@pytest.fixture
def from_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The plugin that comes of following docs/write-a-plugin.md word by word."""
    guide = (EXAMPLE.parents[1] / "docs" / "write-a-plugin.md").read_text(encoding="utf-8")
    for path, text in re.findall(r"```\w+\n# (\S+\.\w+)\n(.*?)```", guide, re.DOTALL):
        file = tmp_path / path
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    entry = tomllib.loads((tmp_path / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module(entry["solakube"]["ingressroute"])
    assert module.__file__ == str(tmp_path / "solakube_ingressroute" / "plugin.py")
    yield module
    forget()


def test_the_guide_followed_literally_makes_a_plugin_that_answers(from_guide: ModuleType) -> None:
    plugins = PluginManager()
    plugins.register(from_guide, "ingressroute")
    chosen = settings(REGISTRY_TLS_SECRET_NAME="own")
    answer = plugins.expose("registry", chosen, NAMES.backend, Place((DEFINITION,)))["ingressroute"]
    assert isinstance(answer, Exposure)
    assert answer.objects[0]["spec"]["tls"] == {"secretName": "own"}
    assert answer.explanation == "IngressRoute, certificate own"
    assert answer.problems == ()
    asked = from_guide.configure("registry", chosen).access
    assert {(access.verb, access.resource) for access in asked} >= {
        ("get", "customresourcedefinitions"),
        ("patch", "ingressroutes"),
    }


def test_it_reports_all_that_is_missing_and_raises_nothing(from_guide: ModuleType) -> None:
    answer = from_guide.expose("registry", settings(CLUSTER_FQN=""), NAMES.backend, Place())
    assert [problem.what for problem in answer.problems] == [
        "the registry has no public name",
        "the cluster knows no IngressRoute",
    ]


def test_the_guides_own_tests_pass(from_guide: ModuleType, tmp_path: Path) -> None:
    tests = runpy.run_path(str(tmp_path / "test_route.py"))
    called = [value() for name, value in tests.items() if name.startswith("test_")]
    assert len(called) == 2
