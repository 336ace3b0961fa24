"""Users are changed by one write, which the registry goes by; a deployment is made only where it lacks a process."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

import pytest
from solakube_registry.users import changes, htpasswd
from solakube_registry.users.user import User

from solakube_core.errors import NotDeployed, SolakubeError
from solakube_core.plugin import CREATED_ANNOTATION
from tests.unit.exposure.places import NAMES
from tests.unit.users.cluster import Cluster


def names(cluster: Cluster, key: str) -> set[str]:
    return set(htpasswd.read(cluster.secret[key]))


def add(cluster: Cluster, name: str, may: str = "pull", password: str | None = None) -> None:
    chosen = {} if password is None else {name: password}
    cluster.accounts.change(lambda users: changes.added(users, name, may, password), chosen)  # type: ignore[arg-type]


def test_the_first_who_may_only_pull_brings_the_process_for_pulls() -> None:
    cluster = Cluster.deployed()
    add(cluster, "web")
    assert cluster.has_reader
    assert cluster.deployments == 1
    assert names(cluster, "htpasswd") == {"admin"}
    assert names(cluster, "htpasswd-reader") == {"admin", "web"}
    add(cluster, "shop")
    assert cluster.deployments == 1


def test_a_push_user_takes_no_deployment() -> None:
    cluster = Cluster.deployed()
    add(cluster, "ci", "push", "chosen by me")
    assert cluster.deployments == 0
    assert names(cluster, "htpasswd") == {"admin", "ci"}
    assert "chosen by me" not in str(cluster.secret)
    assert cluster.accounts.users() == {"ci": User("ci", "push", "command")}


def test_nobody_elses_hash_changes() -> None:
    cluster = Cluster.deployed(REGISTRY_PULL_USERS="web", REGISTRY_PUSH_USERS="ci", REGISTRY_CI_PASSWORD="x")
    before = htpasswd.read(cluster.secret["htpasswd-reader"])
    add(cluster, "shop")
    after = htpasswd.read(cluster.secret["htpasswd-reader"])
    assert {name: digest for name, digest in after.items() if name != "shop"} == before
    assert cluster.secret["haSharedSecret"]


def test_the_last_one_goes_and_the_process_keeps_its_file() -> None:
    """Without the file the node would leave the pod's old ones in place: who was removed could go on."""
    cluster = Cluster.deployed()
    add(cluster, "web")
    cluster.accounts.change(lambda users: changes.removed(users, ["web"]))
    assert names(cluster, "htpasswd-reader") == {"admin"}
    assert cluster.deployments == 1


def test_a_new_password_replaces_the_old_one() -> None:
    cluster = Cluster.deployed()
    add(cluster, "web")
    old = cluster.accounts.users()["web"].password
    cluster.accounts.change(lambda users: changes.rotated(users, ["web"]))
    new = cluster.accounts.users()["web"].password
    assert new != old
    assert cluster.lets_in(_basic("web", new))
    assert not cluster.lets_in(_basic("web", old))


def test_a_later_deployment_keeps_who_was_added_and_his_password() -> None:
    cluster = Cluster.deployed()
    add(cluster, "web")
    before = cluster.secret
    cluster.carry_out(cluster.prepare("registry"), cluster)
    assert cluster.secret == before


def test_the_secret_stays_marked_as_made_by_us() -> None:
    cluster = Cluster.deployed()
    cluster.objects[NAMES.secret]["metadata"]["annotations"] = {CREATED_ANNOTATION: "now", "of": "others"}
    add(cluster, "ci", "push")
    assert cluster.objects[NAMES.secret]["metadata"]["annotations"] == {CREATED_ANNOTATION: "now"}


def test_what_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    cluster = Cluster.deployed()

    def edit(users: Mapping[str, User]) -> dict[str, User]:
        if not users:
            add(cluster, "other", "push")
        return changes.added(users, "ci", "push", None)

    with pytest.raises(SolakubeError, match="changed meanwhile"):
        cluster.accounts.change(edit)
    assert set(cluster.accounts.users()) == {"other"}


def test_a_deployment_does_not_overwrite_who_came_meanwhile() -> None:
    cluster = Cluster.deployed()
    begun = cluster.prepare("registry")
    add(cluster, "ci", "push")
    with pytest.raises(SolakubeError, match="changed meanwhile"):
        cluster.carry_out(begun, cluster)
    assert set(cluster.accounts.users()) == {"ci"}
    cluster.carry_out(cluster.prepare("registry"), cluster)
    assert set(cluster.accounts.users()) == {"ci"}


def test_a_user_ends_when_his_time_is_over() -> None:
    cluster = Cluster.deployed()
    add(cluster, "web")
    cluster.accounts.change(lambda users: {**users, "old": User("old", "pull", "grant", "p" * 32, "shop", ends=1.0)})
    assert names(cluster, "htpasswd-reader") == {"admin", "web"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("admin", "REGISTRY_ADMIN_PASSWORD"),
        ("nobody", "there is no user nobody"),
        ("web", "the next deployment would make him again"),
    ],
)
def test_who_cannot_be_removed_is_told(name: str, told: str) -> None:
    cluster = Cluster.deployed(REGISTRY_PULL_USERS="web")
    with pytest.raises(SolakubeError, match=re.escape(told)):
        cluster.accounts.change(lambda users: changes.removed(users, [name]))
    assert set(cluster.accounts.users()) == {"web"}


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        ("web", None, "there is a user web already"),
        ("pull-shop", None, "sk registry grant"),
        ("ci", "", "the password is empty"),
        ("ci", "x" * 73, "too long"),
        ("anonymous", None, "who pulls without a login"),
    ],
)
def test_who_cannot_be_added_is_told(name: str, password: str | None, told: str) -> None:
    cluster = Cluster.deployed(REGISTRY_PULL_USERS="web")
    with pytest.raises(SolakubeError, match=re.escape(told)):
        add(cluster, name, password=password)


def test_a_chosen_password_is_not_rotated() -> None:
    cluster = Cluster.deployed(REGISTRY_PUSH_USERS="ci", REGISTRY_CI_PASSWORD="chosen")
    with pytest.raises(SolakubeError, match="set REGISTRY_CI_PASSWORD and deploy"):
        changes.rotated(cluster.accounts.users(), ["ci"])
    with pytest.raises(SolakubeError, match="nobody to give a new password to"):
        changes.rotatable(cluster.accounts.users())


def test_where_nothing_is_deployed_that_is_told() -> None:
    with pytest.raises(NotDeployed, match=r"registry is not deployed on cluster test.*\n.*\n.*sk deploy registry"):
        add(Cluster(), "web")


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
