"""Which cluster a command goes to: the one that was named, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.cli.main import run
from tests.unit.core.test_target import PORTS, Kubeconfig, Told, kubeconfig, told, went_to

__all__ = ["kubeconfig", "told"]


@pytest.mark.parametrize("name", ["variables.sh", "overrides/variables.sh", "overrides/variables-context.sh"])
def test_the_line_that_ties_a_context_to_the_cluster_holds(
    name: str, kubeconfig: Kubeconfig, told: Told, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(*PORTS, current="core")
    file = private_home / ".solakube/home" / name
    file.parent.mkdir(parents=True)
    file.write_text("cexport SK_CONTEXT team/test\n", encoding="utf-8")
    monkeypatch.setenv("SK_CLUSTER", "home")
    assert went_to("team/test", told())
    assert went_to("core", told("--context", "core"))


def test_a_context_that_is_set_after_the_cluster_was_chosen_is_refused(
    kubeconfig: Kubeconfig, told: Told, private_home: Path
) -> None:
    kubeconfig(*PORTS, current="core")
    file = private_home / ".solakube/globals/overrides/variables.sh"
    file.parent.mkdir(parents=True)
    file.write_text("export SK_CONTEXT=prod\n", encoding="utf-8")
    assert f"{file}:1: SK_CONTEXT is set to prod too late" in told()


@pytest.mark.parametrize("way", ["option", "environment", "file"])
def test_a_named_kubeconfig_of_one_cluster_leaves_no_doubt(
    way: str, kubeconfig: Kubeconfig, told: Told, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig("prod", current="prod")
    file = kubeconfig("core", current="core", file="core.yaml")
    monkeypatch.setenv("SK_CLUSTER", "home")
    if way == "environment":
        monkeypatch.setenv("KUBECONFIG", str(file))
    if way == "file":
        own = private_home / ".solakube/home/variables.sh"
        own.parent.mkdir(parents=True)
        own.write_text(f"export KUBECONFIG='{file}'\n", encoding="utf-8")
    assert went_to("core", told(*(["--kubeconfig", str(file)] if way == "option" else [])))


def test_the_option_beats_the_kubeconfig_of_a_file(
    kubeconfig: Kubeconfig, told: Told, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, option = kubeconfig("core", current="core", file="a"), kubeconfig("prod", current="prod", file="b")
    own = private_home / ".solakube/prod/variables.sh"
    own.parent.mkdir(parents=True)
    own.write_text(f"export KUBECONFIG='{other}'\n", encoding="utf-8")
    assert went_to("prod", told("--kubeconfig", str(option)))


def test_settings_of_one_context_do_not_go_to_another_that_a_file_names(
    kubeconfig: Kubeconfig, told: Told, private_home: Path
) -> None:
    kubeconfig("core", current="core")
    others = kubeconfig("prod", "team/test", current="prod", file="others")
    file = private_home / ".solakube/globals/overrides/variables.sh"
    file.parent.mkdir(parents=True)
    file.write_text(f"export KUBECONFIG='{others}'\n", encoding="utf-8")
    assert "the settings are core's, and the current context is prod" in told()


def test_the_address_of_another_registry_is_said_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["registry", "regtool", "delete", "app", "1", "--url", "http://me:secret@127.0.0.1:1"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("registry -> 127.0.0.1:1\n")
    assert "secret" not in said
