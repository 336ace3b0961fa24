"""Which registry an application pulls from, and how that is told to a shell."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from solakube_registry.private.choice import PrivateRegistry, choose
from solakube_registry.private.exports import export_lines
from solakube_registry.private.pull_secret import attached, foreign, marked, pull_secret

from solakube_core.errors import SolakubeError
from tests.unit.exposure.places import settings

HERE = PrivateRegistry("registry.example.com", "admin", "here", "it is here")
DEFAULT = {
    "DEFAULT_PRIVATE_REGISTRY_FQN": "default.test",
    "DEFAULT_PRIVATE_REGISTRY_USERNAME": "someone",
    "DEFAULT_PRIVATE_REGISTRY_PASSWORD": "default",
}
NASTY = "pa$$ w\"o'r,d;ä&%s `x` \\ \n!"


def chosen(app: str = "", /, **values: str) -> tuple[str, str, str]:
    registry = choose(app, settings(**values), lambda: HERE)
    return registry.fqn, registry.username, registry.password


def test_the_applications_own_wins_with_its_own_login_even_an_empty_one() -> None:
    assert chosen("shop", **DEFAULT, SHOP_PRIVATE_REGISTRY_FQN="shop.test") == ("shop.test", "", "")
    own = {"SHOP_PRIVATE_REGISTRY_FQN": "shop.test", "SHOP_PRIVATE_REGISTRY_USERNAME": "u"}
    assert chosen("shop", **DEFAULT, **own, SHOP_PRIVATE_REGISTRY_PASSWORD="p") == ("shop.test", "u", "p")


def test_then_the_default_then_the_one_in_the_cluster() -> None:
    assert chosen("shop", **DEFAULT) == ("default.test", "someone", "default")
    assert chosen("shop") == ("registry.example.com", "admin", "here")
    assert chosen() == ("registry.example.com", "admin", "here")


def test_the_cluster_is_not_asked_when_a_variable_decides() -> None:
    def never() -> None:
        raise AssertionError("asked")

    assert choose("", settings(**DEFAULT), never).fqn == "default.test"


@pytest.mark.parametrize("app", ["my-shop", "My-Shop", "MY_SHOP"])
def test_the_name_is_upper_cased_with_underscores(app: str) -> None:
    # Bug 3 of the original: neither, so that a dash aborted the shell.
    assert chosen(app, MY_SHOP_PRIVATE_REGISTRY_FQN="shop.test")[0] == "shop.test"


@pytest.mark.parametrize("app", ["my shop", "9shop", "shop;rm", "$(x)", "-shop", "läden"])
def test_what_cannot_be_an_application_is_refused(app: str) -> None:
    with pytest.raises(SolakubeError, match="cannot be the name of an application"):
        chosen(app)


@pytest.mark.parametrize("cluster_type", ["hetzner", "kind"])
def test_none_is_an_error_that_names_the_variables(cluster_type: str) -> None:
    # Bug 19 of the original: on hetzner a registry was assumed, deployed or not.
    with pytest.raises(SolakubeError) as failure:
        choose("shop", settings(cluster_type=cluster_type), lambda: None)
    assert "SHOP_PRIVATE_REGISTRY_FQN and DEFAULT_PRIVATE_REGISTRY_FQN are not set" in str(failure.value.problems[0])


def test_the_password_is_shown_only_when_asked_for() -> None:
    # Bug 8 of the original.
    registry = PrivateRegistry("r.test", "u", "hidden", "")
    assert "hidden" not in repr(registry) + "".join(export_lines(registry, show_secret=False))


def test_the_pull_secret_is_in_its_namespace_and_holds_the_login() -> None:
    # Bug 2 of the original: the secret landed in the current namespace, the same one for every application.
    made = pull_secret("shop", PrivateRegistry("r.test:5000", "u", NASTY, ""))
    assert made["metadata"] == {"name": "private-registry", "namespace": "shop"}
    assert made["type"] == "kubernetes.io/dockerconfigjson"
    config = json.loads(base64.b64decode(made["data"][".dockerconfigjson"]))
    login = config["auths"]["r.test:5000"]
    assert base64.b64decode(login["auth"]).decode() == f"u:{NASTY}"
    assert (login["username"], login["password"]) == ("u", NASTY)


REGISTRY = PrivateRegistry("r.test", "u", "new", "")


def login_secret(auths: object, **more: Any) -> dict[str, Any]:
    content = base64.b64encode(json.dumps({"auths": auths}).encode()).decode()
    metadata = {"name": "private-registry", "namespace": "shop"}
    kind = "kubernetes.io/dockerconfigjson"
    return {"kind": "Secret", "metadata": metadata, "type": kind, "data": {".dockerconfigjson": content}, **more}


PAIR = base64.b64encode(b"u:old").decode()


@pytest.mark.parametrize(
    "live",
    [
        pull_secret("shop", replace(REGISTRY, password="old")),
        marked(pull_secret("shop", replace(REGISTRY, fqn="before.test"))),
        login_secret({"https://r.test": {"auth": PAIR}}),
        login_secret({"r.test": {"username": "u", "password": "old"}}),
    ],
)
def test_a_pull_secret_of_this_login_is_ours_also_where_the_original_made_it(live: dict[str, Any]) -> None:
    assert foreign(live, REGISTRY) == ""


@pytest.mark.parametrize(
    ("live", "why"),
    [
        (login_secret({"r.test": {"auth": PAIR}, "quay.test": {"auth": PAIR}}), "another login, for quay.test"),
        (login_secret({"r.test": {"username": "robot", "password": "x"}}), "another login, for r.test"),
        (login_secret({}), "no login"),
        (login_secret([]), "no login"),
        (login_secret({}, data={}), "no login"),
        (login_secret({}, type="Opaque"), "type Opaque"),
        (login_secret({"r.test": {"auth": "%%%"}}), "another login, for r.test"),
    ],
)
def test_a_secret_of_others_under_that_name_is_told_and_why(live: dict[str, Any], why: str) -> None:
    assert why in foreign(live, REGISTRY)


def test_the_service_account_keeps_its_other_secrets() -> None:
    live = {"metadata": {"resourceVersion": "7"}, "imagePullSecrets": [{"name": "other"}]}
    change = attached(live, "shop")
    assert change is not None
    assert change["imagePullSecrets"] == [{"name": "other"}, {"name": "private-registry"}]
    assert change["metadata"]["resourceVersion"] == "7"
    assert attached({**live, "imagePullSecrets": change["imagePullSecrets"]}, "shop") is None
