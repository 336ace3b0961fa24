"""Kubeconfigs that lead nowhere, or to somebody else: what is wrong is told before any request is sent."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import connect
from tests.unit.kube.api_server import ApiServer, kubeconfig

Entry = dict[str, Any]
NOT_THERE = "/nonexistent/file"


def only_user(config: Entry) -> Entry:
    user: Entry = config["users"][0]
    return user


WRONG: dict[str, tuple[Callable[[Entry], object], str]] = {
    "nobody of the name": (lambda config: config.update(users=[]), "it has no user me, whom the context names"),
    "no users at all": (lambda config: config.pop("users"), "it has no user me, whom the context names"),
    "somebody who acts as another": (
        lambda config: only_user(config)["user"].update({"as": "jane", "as-groups": ["ops"]}),
        "its user me acts as another (as, as-groups), which sk cannot",
    ),
    "a provider of old": (
        lambda config: only_user(config).update(user={"auth-provider": {"name": "azure"}}),
        "its user me logs in by the auth-provider azure",
    ),
    "a token's file": (lambda config: only_user(config).update(user={"tokenFile": NOT_THERE}), NOT_THERE),
    "a certificate's file": (
        lambda config: only_user(config).update(user={"client-certificate": NOT_THERE, "client-key": NOT_THERE}),
        NOT_THERE,
    ),
    "the authority's file": (
        lambda config: config["clusters"][0]["cluster"].update({"certificate-authority": NOT_THERE}),
        NOT_THERE,
    ),
    "an address without a scheme": (
        lambda config: config["clusters"][0]["cluster"].update(server="10.0.0.1:6443"),
        "the server of its cluster is no URL: '10.0.0.1:6443'",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_it_is_told_and_no_request_is_sent(server: ApiServer, tmp_path: Path, what: str) -> None:
    wrong, why = WRONG[what]
    config = json.loads(Path(kubeconfig(tmp_path / "good", server.url.replace("http:", "https:"))).read_text())
    wrong(config)
    (tmp_path / "wrong").write_text(json.dumps(config))
    with pytest.raises(SolakubeError, match="the kubeconfig cannot be used") as caught:
        connect(str(tmp_path / "wrong"), None).site.check()
    assert why in caught.value.problems[0].why
    assert server.seen == []


def test_who_names_no_user_asks_as_nobody(server: ApiServer, tmp_path: Path) -> None:
    config = json.loads(Path(kubeconfig(tmp_path / "good", server.url)).read_text())
    del config["contexts"][0]["context"]["user"]
    (tmp_path / "anonymous").write_text(json.dumps(config))
    connect(str(tmp_path / "anonymous"), None).site.check()
    assert server.seen == [("GET", "/version")]


@pytest.mark.parametrize("order", [("empty", "missing", "users", "rest"), ("rest", "users", "empty")])
def test_several_files_make_one_and_those_that_hold_nothing_are_passed_over(
    server: ApiServer, tmp_path: Path, order: tuple[str, ...]
) -> None:
    config = json.loads(Path(kubeconfig(tmp_path / "good", server.url)).read_text())
    rest = copy.deepcopy(config)
    users = {"users": rest.pop("users")}
    (tmp_path / "empty").touch()
    (tmp_path / "users").write_text(json.dumps(users))
    (tmp_path / "rest").write_text(json.dumps(rest))
    connect(":".join(str(tmp_path / name) for name in order), None).site.check()
    assert server.seen == [("GET", "/version")]


def test_a_server_that_speaks_no_tls_is_told(server: ApiServer, tmp_path: Path) -> None:
    config = kubeconfig(tmp_path / "config", server.url.replace("http:", "https:"))
    with pytest.raises(SolakubeError) as caught:
        connect(config, None).site.check()
    assert "does not speak TLS" in caught.value.problems[0].why
