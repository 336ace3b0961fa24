"""Which cluster a command goes to: the one that was named, or none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from solakube_core.cli.main import run

PORTS = {"core": 1, "prod": 2, "team/test": 3}
"""Nothing listens there: the error of a command tells which server it turned to."""

Kubeconfig = Callable[..., Path]
Told = Callable[..., str]


@pytest.fixture
def kubeconfig(private_home: Path) -> Kubeconfig:
    """Write a kubeconfig with the given contexts, each of which leads to a server of its own."""

    def written(*contexts: str, current: str = "", file: str = ".kube/config", cluster: str = "{}") -> Path:
        path = private_home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        clusters = {cluster.format(name): f"https://127.0.0.1:{PORTS.get(name, 9)}" for name in contexts}
        text = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": current,
            "contexts": [{"name": name, "context": {"cluster": cluster.format(name)}} for name in contexts],
            "clusters": [{"name": name, "cluster": {"server": server}} for name, server in clusters.items()],
        }
        path.write_text(json.dumps(text), encoding="utf-8")
        return path

    return written


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Told:
    """Tell what a command says that would delete everything."""

    def saying(*options: str) -> str:
        assert run([*options, "undeploy", "registry", "--yes", "--delete-data"]) == 1
        said = capsys.readouterr()
        assert "nothing to remove" not in said.out
        return said.err

    return saying


def went_to(context: str, told: str) -> bool:
    return f"https://127.0.0.1:{PORTS[context]}" in told


@pytest.mark.parametrize(("cluster", "context"), [("prod", "prod"), ("team-test", "team/test"), ("core", "core")])
def test_the_context_called_like_the_cluster_is_the_target(
    cluster: str, context: str, kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(*PORTS, current="core")
    monkeypatch.setenv("SK_CLUSTER", cluster)
    assert went_to(context, told())


@pytest.mark.parametrize("contexts", [("team/test", "team-test"), ("team-test", "team/test")])
@pytest.mark.parametrize("current", ["team/test", "team-test", ""])
def test_of_contexts_that_look_alike_the_one_that_is_called_just_so_is_the_target(
    contexts: tuple[str, ...], current: str, kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PORTS, "team-test", 4)
    kubeconfig(*contexts, current=current)
    monkeypatch.setenv("SK_CLUSTER", "team-test")
    assert went_to("team-test", told())


def test_of_several_that_merely_look_alike_none_is_the_target(
    kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig("core", "a/b-c", "a-b/c", current="core")
    monkeypatch.setenv("SK_CLUSTER", "a-b-c")
    said = told()
    assert "no context of the kubeconfig is called a-b-c" in said
    assert "a-b/c, a/b-c" in said


def test_a_kubeconfig_that_is_a_pipe_is_refused_and_not_waited_for(
    told: Told, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = private_home / "pipe"
    os.mkfifo(pipe)
    for options in ([], ["--context", "prod"]):
        said = told("--kubeconfig", str(pipe), *options)
        assert f"{pipe}: it is a pipe, which can be read only once" in said
    monkeypatch.setenv("KUBECONFIG", f"{pipe}:/dev/null")
    monkeypatch.setenv("SK_CONTEXT", "prod")
    assert "it is a pipe" in told()


def test_a_file_that_cannot_be_read_among_several_is_not_passed_over(
    kubeconfig: Kubeconfig, told: Told, private_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = kubeconfig("core", current="core", file="good")
    (private_home / "folder").mkdir()
    (private_home / "loop").symlink_to("loop")
    for bad in ("folder", "loop"):
        for listed in (f"{private_home}/{bad}:{good}", f"{good}:{private_home}/{bad}"):
            monkeypatch.setenv("KUBECONFIG", listed)
            assert f"the kubeconfig cannot be used\n  why: {private_home}/{bad}: " in told()


def test_a_cluster_whose_context_is_not_known_is_refused(
    kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig("core", "prod-eu", current="core")
    monkeypatch.setenv("SK_CLUSTER", "prod")
    said = told()
    assert "no context of the kubeconfig is called prod; did you mean prod-eu?" in said
    assert "the current context is core" in said
    assert "~/.solakube/prod/variables.sh: cexport SK_CONTEXT core" in said


def test_a_context_without_a_cluster_is_the_target(
    kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(*PORTS, current="core")
    monkeypatch.setenv("SK_CONTEXT", "prod")
    assert went_to("prod", told())


@pytest.mark.parametrize("variable", ["SK_CONTEXT", "--context"])
def test_a_named_context_that_is_not_there_is_refused_with_the_nearest(
    variable: str, kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig(*PORTS, current="core")
    if variable == "SK_CONTEXT":
        monkeypatch.setenv(variable, "prdo")
    said = told(*(["--context", "prdo"] if variable == "--context" else []))
    assert "it has no context prdo; did you mean prod?" in said
    assert "core, prod, team/test" in said


def test_a_current_context_that_is_not_there_is_refused(kubeconfig: Kubeconfig, told: Told) -> None:
    kubeconfig("core", current="gone")
    assert "it has no context gone" in told()


def test_a_context_counts_although_the_kubeconfig_names_no_current_one(kubeconfig: Kubeconfig, told: Told) -> None:
    kubeconfig("core", "prod")
    assert went_to("prod", told("--context", "prod"))


def test_contexts_of_all_files_count(kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = kubeconfig("core", current="core", file="a"), kubeconfig("prod", current="prod", file="b")
    monkeypatch.setenv("KUBECONFIG", f"{first}:{first.parent}/none:{second}")
    assert went_to("core", told())
    monkeypatch.setenv("SK_CLUSTER", "prod")
    assert went_to("prod", told())
    monkeypatch.setenv("SK_CLUSTER", "home")
    assert "no context of the kubeconfig is called home" in told()


def test_several_users_of_one_cluster_leave_no_doubt(
    kubeconfig: Kubeconfig, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = kubeconfig("core", "prod", current="core", cluster="the one")
    monkeypatch.setenv("SK_CLUSTER", "home")
    assert "no context of the kubeconfig is called home" in told()
    assert "https://127.0.0.1" in told("--kubeconfig", str(file))


def test_a_cluster_without_a_kubeconfig_is_not_this_machine(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SK_CLUSTER", "prod")
    said = told()
    assert "no kubeconfig leads to cluster prod" in said
    assert "SK_CLUSTER_TYPE=local" in said


def test_a_context_contradicts_local(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    monkeypatch.setenv("SK_CONTEXT", "prod")
    assert "no meaning on this machine" in told()


@pytest.mark.parametrize(
    ("command", "subject", "namespace"),
    [
        (["registry", "regtool", "delete", "app", "1"], "registry", "registry"),
        (["registry", "prune", "--yes"], "registry", "registry"),
        (["registry", "garbage-collect"], "registry", "registry"),
        (["registry", "garbage-collect", "--offline"], "registry", "registry"),
        (["maintain", "registry", "garbage-collect"], "registry", "registry"),
        (["registry", "verify"], "registry", "registry"),
        (["registry", "grant", "web", "db"], "pull secret", "web, db"),
        (["registry", "backup-config"], "the registry's backup", "velero"),
        (["registry", "trust", "--apply"], "nodes' trust", ""),
    ],
)
def test_what_changes_something_says_first_where(
    command: list[str],
    subject: str,
    namespace: str,
    kubeconfig: Kubeconfig,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kubeconfig("core", "prod", current="core", cluster="{}-1")
    monkeypatch.setenv("SK_CONTEXT", "prod")
    monkeypatch.setenv("VELERO_APP_BACKUPS_ENABLED", "Y")
    assert run(command) == 1
    place = "cluster prod-1 (context prod)" + (f", namespace {namespace}" if namespace else "")
    assert capsys.readouterr().err.startswith(f"{subject} -> {place}\n")


@pytest.mark.parametrize(
    "text",
    [
        "current-context: core\ncontexts: [a",
        "current-context: core\ncontexts: [a]\n",
        "current-context: core\ncontexts: [{name: core, context: prod}]\n",
        "current-context: core\ncontexts: [{name: core, context: [prod]}]\n",
        "current-context: core\ncontexts: [{name: 2026-13-45}]\n",
        "current-context: core\ncontexts: {core: {}}\n",
        "current-context: core\ncontexts: [{name: core, context: {cluster: c, user: [u]}}]\n",
    ],
)
def test_a_kubeconfig_that_cannot_be_read_is_named_and_not_quoted(text: str, told: Told, private_home: Path) -> None:
    file = private_home / ".kube/config"
    file.parent.mkdir()
    file.write_text(f"{text}\nusers: secret", encoding="utf-8")
    said = told()
    assert "the kubeconfig cannot be used" in said
    assert str(file) in said
    assert "secret" not in said
