"""No password of a URL, and nothing of its query, is told: by no error, setting, difference or manifest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solakube_core.cli import main
from solakube_core.cli.terminal import Terminal
from solakube_core.engine import Fact
from solakube_core.errors import Problem, SolakubeError
from solakube_core.kube.objects.texts import difference, render
from solakube_core.model import Change, Manifest
from solakube_core.urls import without_secrets
from tests.unit.core.installing import Sk, install
from tests.unit.kube.api_server import kubeconfig

Output = pytest.CaptureFixture[str]

SECRET = "hunter2"
URL = f"https://me:{SECRET}@host.test:6443/path?token={SECRET}"
SHOWN = "https://***@host.test:6443/path?***"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"no connection to {URL}: refused", f"no connection to {SHOWN}: refused"),
        (f"'{URL}', ({URL}).", f"'{SHOWN}', ({SHOWN})."),
        (f"{URL},{URL}", f"{SHOWN},{SHOWN}"),
        ("https://me:pa@ss@host.test/", "https://***@host.test/"),
        ("https://me:pa/ss@host.test: refused", "https://***@host.test: refused"),
        ("https://me:pa?ss@host.test", "https://***@host.test"),
        ("https://me:pa#ss@host.test", "https://***@host.test"),
        ("https://token@host.test", "https://***@host.test"),
        ("HTTPS_PROXY=me:hunter2@host.test:3128", "HTTPS_PROXY=***@host.test:3128"),
        ("HTTP://me:hunter2@HOST.test", "HTTP://***@HOST.test"),
        ("ssh+git://me@[fe80::1]:22/x", "ssh+git://***@[fe80::1]:22/x"),
    ],
)
def test_logins_and_queries_go_and_the_rest_stays(text: str, shown: str) -> None:
    assert without_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://host.test:6443/path: refused",
        "write https://HOST or https://HOST:PORT",
        "registry:3@sha256:0123",
        "host.test:5000/team/app:1.3@sha256:0123",
        "https://host.test:5000/team/app@sha256:0123",
        "https://[fe80::1]:5000/team/app@sha256:0123",
        "is it up? write to me@host.test",
        "a: b@c",
    ],
)
def test_what_has_none_stays_as_it_is(text: str) -> None:
    assert without_secrets(text) == text


def test_no_error_has_one_in_any_of_its_texts_or_formats(sk: Sk, tmp_path: Path) -> None:
    error = SolakubeError(f"cannot ask {URL}", f"{URL} is down", f"correct {URL}")
    assert str(error) == f"cannot ask {SHOWN}\n  why: {SHOWN} is down\n  what to do: correct {SHOWN}"
    assert error.args == (f"cannot ask {SHOWN}",)
    install(tmp_path, "zbad", f"@hookimpl\ndef maintain(): raise ConnectionError('no way to {URL}')")
    for arguments in (["maintain", "registry"], ["maintain", "registry", "-o", "json"]):
        done = sk(*arguments)
        assert done.code == 1
        assert f"no way to {SHOWN}" in done.err
        assert SECRET not in done.out + done.err
    debugged = sk("--debug", "maintain", "registry")
    assert f"ConnectionError: no way to {SHOWN}" in debugged.err
    assert SECRET not in debugged.out + debugged.err


def test_a_plugin_that_is_left_out_tells_none(sk: Sk, tmp_path: Path) -> None:
    install(tmp_path, "zbad", f"raise RuntimeError('{URL}')")
    done = sk("plugins")
    assert f"left out: RuntimeError: {SHOWN}" in done.err


def test_progress_tells_none(capsys: Output) -> None:
    terminal = Terminal()
    terminal.say(f"asking {URL}")
    terminal.now(f"waiting for {URL}")
    assert capsys.readouterr().err == f"asking {SHOWN}\n... waiting for {SHOWN}\n"


@pytest.mark.parametrize("name", ["REGISTRY_S3_ENDPOINT", "DEFAULT_PRIVATE_REGISTRY_FQN", "REGISTRY_IMAGE"])
@pytest.mark.parametrize(("value", "shown"), [(URL, SHOWN), (f"me:{SECRET}@host.test", "***@host.test")])
def test_settings_are_listed_without_unless_that_is_asked_for(
    sk: Sk, monkeypatch: pytest.MonkeyPatch, name: str, value: str, shown: str
) -> None:
    monkeypatch.setenv(name, value)
    for output in ("table", "json", "yaml"):
        done = sk("config", name, "-o", output)
        assert shown in done.out
        assert SECRET not in done.out + done.err
        assert value in sk("config", name, "-o", output, "--show-secrets").out


def test_a_setting_that_does_not_fit_is_not_quoted_with_it(sk: Sk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_PORT", URL)
    done = sk("config", "REGISTRY_PORT")
    assert f"problem: REGISTRY_PORT: '{SHOWN}' is not a whole number" in done.err
    assert SECRET not in done.out + done.err


@pytest.mark.parametrize(
    "server", [URL, f"https://me:pa/{SECRET}@127.0.0.1:1", f"https://me:my {SECRET}@127.0.0.1:1", f"me:{SECRET}@host"]
)
@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_a_login_in_the_servers_url_is_refused_since_the_client_would_pass_over_it(
    tmp_path: Path, capsys: Output, server: str, debug: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "k3s")
    config = kubeconfig(tmp_path / "config", server)
    assert main.run([*debug, "--kubeconfig", config, "status", "registry"]) == 1
    printed = capsys.readouterr()
    assert "the kubeconfig cannot be used" in printed.err
    assert ("has a login" if "://" in server else "is no URL: 'host'") in printed.err
    assert SECRET not in printed.out + printed.err


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_a_proxy_that_is_down_is_told_without(
    tmp_path: Path, capsys: Output, debug: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "k3s")
    monkeypatch.setattr("solakube_core.kube.client.retrying.RETRY_PERIOD", 0.0)
    proxy = f"http://me:{SECRET}@127.0.0.1:1"
    config = kubeconfig(tmp_path / "config", "https://192.0.2.1:6443", cluster={"proxy-url": proxy})
    assert main.run([*debug, "--kubeconfig", config, "status", "registry"]) == 1
    printed = capsys.readouterr()
    assert "by the proxy" in printed.err
    assert SECRET not in printed.out + printed.err


def pod(url: str) -> Manifest:
    container = {"name": "a", "env": [{"name": "HTTPS_PROXY", "value": url}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}


def test_manifests_have_none_unless_that_is_asked_for_and_programs_stay_as_they_are() -> None:
    program = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a.py": f"ask('{URL}')"}}
    left_out = render([pod(URL), program], show_secrets=False)
    assert f"value: {SHOWN}" in left_out
    assert "# Logins and queries of URLs are secret and left out." in left_out
    assert f"ask('{URL}')" in left_out
    assert f"value: {URL}" in render([pod(URL)], show_secrets=True)
    plain = pod("https://host.test")
    assert render([plain], show_secrets=False) == render([plain], show_secrets=True)


def test_differences_and_facts_have_none() -> None:
    change = Change("Pod a", "update", difference(pod("https://host.test"), pod(URL)))
    assert SECRET not in json.dumps(change.lines)
    assert any(f"value: {SHOWN}" in line for line in change.lines)
    assert Fact("events", "failed", f"pulling {URL}").detail == f"pulling {SHOWN}"
    assert Problem(URL).what == SHOWN
