"""The original's tool, and what an installation is like that has it, or that lacks our own program."""

from __future__ import annotations

import json
from typing import Any

import pytest
from solakube_registry import plugin
from solakube_registry.configure import configure
from solakube_registry.maintenance import images, original_tool
from solakube_registry.maintenance.tool import records
from solakube_registry.plan import deploy

from solakube_core.cli.main import run
from solakube_core.cli.session import Session
from solakube_core.errors import SolakubeError
from solakube_core.model import Plan, StorageChoice
from solakube_core.plugins import PluginManager
from solakube_core.testing import Place, stored
from tests.unit.exposure.places import NAMES, settings
from tests.unit.users.test_front import ADMIN, containers, made, planned

TOOL = {"REGISTRY_REGTOOL_IMAGE": "byrnedo/reg-tool:latest"}


def tool_pod(plan: Plan) -> Any:
    return made(plan, "Deployment", "reg-tool")["spec"]["template"]


@pytest.mark.parametrize(
    ("given", "maintenance", "tool"),
    [
        ({}, "python:3.13-slim", ""),
        ({"REGTOOL": "byrnedo/reg-tool"}, "python:3.13-slim", "byrnedo/reg-tool"),
        (
            {"REGTOOL": "mirror:5000/docker-reg-tool:2@sha256:0"},
            "python:3.13-slim",
            "mirror:5000/docker-reg-tool:2@sha256:0",
        ),
        ({"REGTOOL": "byrnedo/reg-tool", "MAINTENANCE": "none"}, "", "byrnedo/reg-tool"),
        ({"MAINTENANCE": "mirror.example.com/python:3.12"}, "mirror.example.com/python:3.12", ""),
        ({"REGTOOL": "tools/another:1", "MAINTENANCE": "python:3.12"}, "python:3.12", "tools/another:1"),
    ],
)
def test_two_images_are_two_settings(given: dict[str, str], maintenance: str, tool: str) -> None:
    found = settings(**ADMIN, **{f"REGISTRY_{name}_IMAGE": image for name, image in given.items()})
    assert (images.maintenance_image(found), images.regtool_image(found)) == (maintenance, tool)
    assert not list(images.notes(found, Place()))


@pytest.mark.parametrize("image", ["python:3.12", "mirror.example.com:5000/library/python:3.12"])
def test_a_python_by_the_old_name_stays_the_maintenance_image_and_that_is_said(image: str) -> None:
    plan = planned(REGISTRY_REGTOOL_IMAGE=image)
    assert containers(plan)["reg-tool"]["image"] == image
    assert not [item for item in plan.objects if item["metadata"]["name"] == "reg-tool"]
    assert [note for note in plan.notes if "call it REGISTRY_MAINTENANCE_IMAGE" in note]


def test_its_pod_has_the_password_by_its_environment_from_a_secret() -> None:
    plan = planned(**TOOL)
    (container,) = tool_pod(plan)["spec"]["containers"]
    assert container["image"] == "byrnedo/reg-tool:latest"
    login = {"secretKeyRef": {"name": "reg-tool", "key": "BASIC_AUTH"}}
    assert container["env"] == [{"name": "BASIC_AUTH", "valueFrom": login}]
    password = ADMIN["REGISTRY_ADMIN_PASSWORD"]
    assert made(plan, "Secret", "reg-tool")["stringData"] == {"BASIC_AUTH": f"admin:{password}"}
    others = [item for item in plan.objects if item["kind"] != "Secret"]
    assert password not in json.dumps(others)
    assert password not in str(original_tool.program(settings(**ADMIN, **TOOL)))


def test_another_password_takes_another_pod_and_the_same_keeps_it() -> None:
    first = planned(**TOOL)
    live = tuple(stored(item) for item in first.objects if item["kind"] == "Secret")

    def annotations(password: str) -> Any:
        wanted = settings(REGISTRY_ADMIN_PASSWORD=password, **TOOL)
        plan = deploy(wanted, (), StorageChoice("standard", "10Gi"), None, Place(live))
        return tool_pod(plan)["metadata"]["annotations"]

    assert annotations(ADMIN["REGISTRY_ADMIN_PASSWORD"]) == tool_pod(first)["metadata"]["annotations"]
    assert annotations("another one") != tool_pod(first)["metadata"]["annotations"]


def test_the_registrys_service_does_not_lead_to_it_and_the_originals_deployment_can_be_adopted() -> None:
    plan = planned(**TOOL)
    labels = tool_pod(plan)["metadata"]["labels"]
    assert not NAMES.selector.items() <= labels.items()
    deployment = made(plan, "Deployment", "reg-tool")
    assert deployment["spec"]["selector"] == {"matchLabels": {"app": "reg-tool"}}
    original = {"metadata": {"name": "reg-tool", "labels": {"app": "reg-tool"}}}
    assert any(adoptable.covers(original) for adoptable in plan.adopts)
    assert "Deployment registry/reg-tool" in {str(entry.ref) for entry in plan.awaits}


def test_a_login_that_it_would_break_is_refused_before_anything_is_changed() -> None:
    def found(length: int) -> list[str]:
        password = {"REGISTRY_ADMIN_PASSWORD": "x" * length}
        return [problem.what for problem in configure(settings(**password, **TOOL), (), Place()).problems]

    assert found(51) == []
    (problem,) = found(52)
    assert "more than 51 bytes" in problem


def test_without_our_program_there_is_nothing_of_it() -> None:
    plan = planned(**TOOL, REGISTRY_MAINTENANCE_IMAGE="none")
    assert set(containers(plan)) == {"docker-registry"}
    assert not [item for item in plan.objects if "regtool" in item["metadata"]["name"]]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGISTRY_GC_SCHEDULE", "@daily"),
        ("REGISTRY_ROTATE_SCHEDULE", "@weekly"),
        ("REGISTRY_METRICS", "on"),
        ("REGISTRY_PULL_USERS", "web"),
        ("REGISTRY_ANONYMOUS_PULL", "Y"),
    ],
)
def test_what_takes_our_program_is_refused_without_it(name: str, value: str) -> None:
    def problems(**values: str) -> list[str]:
        return [problem.what for problem in configure(settings(**ADMIN, **values), (), Place()).problems]

    assert problems(REGISTRY_MAINTENANCE_IMAGE="none", **{name: value}) == [f"{name}={value} cannot be"]
    assert problems(**{name: value}) == []


def test_namespaces_that_may_pull_take_our_program() -> None:
    before = planned(REGISTRY_PULL_USERS="web")
    live = tuple(stored(item) for item in before.objects if item["kind"] == "Secret")
    with pytest.raises(SolakubeError, match="there are users who may only pull"):
        planned(*live, REGISTRY_PULL_USERS="web", REGISTRY_MAINTENANCE_IMAGE="none")


@pytest.fixture
def on_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SK_CLUSTER": "test", "SK_CLUSTER_TYPE": "kind", **ADMIN, **TOOL}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("on_a_cluster")
@pytest.mark.parametrize("command", ["prune", "garbage-collect", "stored", "check"])
def test_what_needs_our_program_says_so(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_MAINTENANCE_IMAGE", "none")
    manager = PluginManager()
    manager.register(plugin, "registry")
    with pytest.raises(SolakubeError, match=f"{command} is done by .* REGISTRY_MAINTENANCE_IMAGE=none leaves it out"):
        list(records(Session(manager), command))


@pytest.mark.usefixtures("on_a_cluster")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--tags"], "reg-tool has no --tags; `sk registry list` has"),
        (["list", "-o", "json"], "reg-tool has no -o"),
        (["list", "app", "--url", "https://registry.example.com"], "reg-tool has no --url"),
        (["delete", "app", "1", "--dry-run"], "reg-tool has no --dry-run; `sk registry delete` has"),
        (["delete", "app", "--all"], "reg-tool has no --all; `sk registry delete` has"),
        (["delete", "app", "1", "2"], "reg-tool deletes one tag at a time"),
        (["delete", "app"], "reg-tool deletes one tag at a time"),
        (["delete", "-"], "reg-tool deletes one tag at a time"),
        (["delete", "app@sha256:0"], "reg-tool deletes one tag at a time"),
        (["list", "app*"], "'app*' is no repository or tag"),
        (["delete", "app:pr-*"], "'pr-*' is no repository or tag"),
        (["delete", "app", "a b"], "'a b' is no repository or tag"),
    ],
)
def test_what_it_cannot_do_is_refused(arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["registry", "regtool", *arguments]) in (1, 2)
    assert told in capsys.readouterr().err
