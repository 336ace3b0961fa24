"""Each namespace that may pull has a user of its own, and never the admin's password."""

from __future__ import annotations

import base64
import json
import time
from functools import partial
from typing import cast

import pytest
from solakube_registry.plugin import observe
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.granting import Granted, grant, revoke
from solakube_registry.private.grants import ended, grants, lent, with_logins, without
from solakube_registry.private.pull_secret import attached, marked, pull_secret, secret_ref
from solakube_registry.private.verify.lending import granted as granted_namespace
from solakube_registry.users import htpasswd
from solakube_registry.users.credentials import hashes
from solakube_regtool.logins.keeping import living

from solakube_core.engine import Engine
from solakube_core.errors import SolakubeError
from solakube_core.model import Manifest, ObjectRef, Observation
from solakube_core.testing import thing
from tests.unit.exposure.places import NAMES
from tests.unit.users.cluster import Cluster

REGISTRY = PrivateRegistry("registry.example.com", "admin", "correct horse", "it is deployed here", deployed=True)


@pytest.fixture
def cluster() -> Cluster:
    made = Cluster.deployed()
    for name in ("shop", "blog"):
        made.put([thing("v1", "Namespace", name)])
    return made


def granted(cluster: Cluster, *namespaces: str, renew: bool = False, grace: float = 0.0) -> list[Granted]:
    logins = lambda: with_logins(cluster.accounts, REGISTRY, namespaces, renew, grace)  # noqa: E731
    return list(grant(cast(Engine, cluster), REGISTRY, namespaces, attach=True, logins=logins))


def login(cluster: Cluster, namespace: str) -> dict[str, str]:
    text = cluster.objects[secret_ref(namespace)]["data"][".dockerconfigjson"]
    found: dict[str, str] = json.loads(base64.b64decode(text))["auths"][REGISTRY.fqn]
    return found


def state(cluster: Cluster) -> dict[str, tuple[str, bool]]:
    found = grants(cluster.site, cluster.accounts.users(), REGISTRY.fqn, "admin")
    return {entry.namespace: (entry.state, entry.sound) for entry in found}


def told_by_status(cluster: Cluster) -> Observation | None:
    return observe(cluster.objects[NAMES.secret], cluster.site)


def secrets_with(cluster: Cluster, password: str) -> list[ObjectRef]:
    return [ref for ref, item in cluster.objects.items() if ref.kind == "Secret" and password in _texts(item)]


def test_a_login_is_lent_for_as_long_as_it_is_needed(cluster: Cluster) -> None:
    granted(cluster, "shop")
    before = cluster.secret
    with lent(cluster.accounts, "solakube-verify-1") as login:
        assert login.username == "pull-solakube-verify-1"
        assert login.username not in htpasswd.read(cluster.secret["htpasswd"])
        assert login.username in htpasswd.read(living(cluster.secret["htpasswd-reader"], time.time()))
        # Killed now it would end by itself.
        assert login.username not in htpasswd.read(living(cluster.secret["htpasswd-reader"], time.time() + 901))
    assert cluster.secret == before


def test_a_login_that_is_lent_takes_no_process_for_pulls(cluster: Cluster) -> None:
    before = cluster.secret
    with lent(cluster.accounts, "solakube-verify-1") as login:
        assert set(htpasswd.read(cluster.secret["htpasswd"])) == {"admin", login.username}
    assert cluster.secret == before
    assert cluster.deployments == 0


def test_a_verification_gives_its_pod_no_more_than_the_right_to_pull(cluster: Cluster) -> None:
    lend = partial(lent, cluster.accounts)
    cluster.put([thing("v1", "ServiceAccount", "default", "solakube-verify-1")])
    with granted_namespace(cast(Engine, cluster), lend, "solakube-verify-1", REGISTRY.fqn) as namespace:
        assert login(cluster, namespace)["username"] == "pull-solakube-verify-1"
        assert secrets_with(cluster, "correct horse") == []
    assert cluster.accounts.users() == {}


def test_each_namespace_gets_a_user_who_may_only_pull(cluster: Cluster) -> None:
    granted(cluster, "shop", "blog")
    users = cluster.accounts.users()
    assert {(user.name, user.may, user.namespace) for user in users.values()} == {
        ("pull-shop", "pull", "shop"), ("pull-blog", "pull", "blog"),
    }  # fmt: skip
    assert login(cluster, "shop")["username"] == "pull-shop"
    assert login(cluster, "shop")["password"] == users["pull-shop"].password != users["pull-blog"].password
    assert secrets_with(cluster, "correct horse") == []
    assert state(cluster) == {"shop": ("may pull", True), "blog": ("may pull", True)}


def test_granting_again_changes_nothing(cluster: Cluster) -> None:
    granted(cluster, "shop")
    before = cluster.secret, login(cluster, "shop")
    granted(cluster, "shop")
    assert (cluster.secret, login(cluster, "shop")) == before


def test_a_pull_secret_with_the_admins_password_is_found_and_replaced(cluster: Cluster) -> None:
    assert told_by_status(cluster) is None
    for namespace, secret in (("shop", marked(pull_secret("shop", REGISTRY))), ("blog", pull_secret("blog", REGISTRY))):
        cluster.put([secret])
        told, sound = state(cluster)[namespace]
        assert told == f"has the admin's password: sk registry grant --renew {namespace}"
        assert not sound
    told_of = told_by_status(cluster)
    assert told_of is not None
    assert (told_of.state, told_of.ready) == ("handed out", False)
    assert "sk registry grant --renew shop blog" in told_of.detail
    granted(cluster, "shop", "blog", renew=True)
    assert secrets_with(cluster, "correct horse") == []
    assert told_by_status(cluster) is None
    assert {sound for _, sound in state(cluster).values()} == {True}


def test_a_renewed_login_is_another_one_and_the_old_one_holds_until_its_grace_is_over(cluster: Cluster) -> None:
    granted(cluster, "shop")
    old = login(cluster, "shop")
    granted(cluster, "shop", renew=True, grace=3600)
    new = login(cluster, "shop")
    assert new["username"] == "pull-shop.2"
    assert set(hashes(NAMES, cluster.site)) == {"admin", "pull-shop", "pull-shop.2"}
    assert cluster.accounts.users()["pull-shop"].password == old["password"]
    assert cluster.accounts.users()["pull-shop"].ends == pytest.approx(time.time() + 3600, abs=60)
    granted(cluster, "shop", renew=True, grace=3600)
    assert login(cluster, "shop")["username"] == "pull-shop.3"
    cluster.accounts.change(lambda users: ended(users, ["shop"]))
    assert set(hashes(NAMES, cluster.site)) == {"admin", "pull-shop.3"}
    granted(cluster, "shop", renew=True)
    assert login(cluster, "shop")["username"] == "pull-shop"


def test_what_is_revoked_is_gone_from_the_registry_first(cluster: Cluster) -> None:
    granted(cluster, "shop", "blog")
    cluster.put(
        [{**(attached(None, "shop") or {}), "imagePullSecrets": [{"name": "other"}, {"name": "private-registry"}]}]
    )
    drop = lambda: cluster.accounts.change(lambda users: without(users, ["shop"]))  # noqa: E731
    list(revoke(cast(Engine, cluster), REGISTRY, ("shop",), drop))
    assert set(cluster.accounts.users()) == {"pull-blog"}
    assert secret_ref("shop") not in cluster.objects
    account = cluster.objects[ObjectRef("v1", "ServiceAccount", "default", "shop")]
    assert account["imagePullSecrets"] == [{"name": "other"}]
    assert set(state(cluster)) == {"blog"}


def test_nothing_is_made_where_something_stands_in_the_way(cluster: Cluster) -> None:
    others = PrivateRegistry("quay.test", "them", "theirs", "")
    cluster.put([pull_secret("blog", others)])
    for namespaces in (("shop", "blog"), ("shop", "missing")):
        with pytest.raises(SolakubeError):
            granted(cluster, *namespaces)
    assert cluster.accounts.users() == {}
    with pytest.raises(SolakubeError, match=r"for quay\.test"):
        list(revoke(cast(Engine, cluster), REGISTRY, ("blog",), lambda: None))
    assert secret_ref("blog") in cluster.objects


def test_what_is_not_as_it_should_be_is_told_with_what_to_do(cluster: Cluster) -> None:
    granted(cluster, "shop", "blog")
    cluster.discard([secret_ref("shop")])
    cluster.accounts.change(lambda users: without(users, ["blog"]))
    assert state(cluster) == {
        "shop": ("Secret private-registry is gone: sk registry grant shop", False),
        "blog": ("its user is not known any more: sk registry grant blog", False),
    }
    granted(cluster, "shop", "blog")
    assert {sound for _, sound in state(cluster).values()} == {True}


def _texts(secret: Manifest) -> str:
    return "".join(base64.b64decode(text).decode() for text in (secret.get("data") or {}).values())
