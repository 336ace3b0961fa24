"""The admin's password from a Secret that others make: read, and never written."""

from __future__ import annotations

import base64
from dataclasses import replace

import bcrypt
import pytest
from solakube_registry.configure import configure
from solakube_registry.plan import deploy
from solakube_registry.plugin import observe
from solakube_registry.users import changes, htpasswd
from solakube_registry.users.admin import admin_password

from solakube_core.errors import SolakubeError
from solakube_core.model import Layout, Manifest, ObjectRef, Plan, StorageChoice
from solakube_core.testing import Place, stored, thing
from tests.unit.exposure.places import NAMES, settings
from tests.unit.users.cluster import Cluster
from tests.unit.users.test_front import made, secret

NAMED = {"REGISTRY_ADMIN_SECRET_NAME": "admin-login"}


def login(namespace: str = "registry", **data: str) -> Manifest:
    encoded = {key: base64.b64encode(text.encode("latin-1")).decode() for key, text in data.items()}
    return thing("v1", "Secret", "admin-login", namespace, type="kubernetes.io/basic-auth", data=encoded)


def planned(*there: Manifest, **values: str) -> Plan:
    place = Place(there)
    assert configure(settings(**NAMED, **values), (), place).problems == ()
    return deploy(settings(**NAMED, **values), (), StorageChoice("standard", "10Gi"), None, place)


def told(place: Place, **values: str) -> list[str]:
    return [str(problem) for problem in configure(settings(**{**NAMED, **values}), (), place).problems]


def lets_in(plan: Plan, password: str) -> bool:
    digest = htpasswd.read(made(plan, "Secret", NAMES.secret.name)["stringData"]["htpasswd"])["admin"]
    return bcrypt.checkpw(password.encode(), digest.encode())


@pytest.mark.parametrize("data", [{"password": "q7-before"}, {"username": "admin", "password": "q7-before"}])
def test_the_password_is_that_of_the_secret(data: dict[str, str]) -> None:
    plan = planned(login(**data))
    assert lets_in(plan, "q7-before")
    assert plan.probes[-1].password == "q7-before"


def test_it_goes_before_the_password_of_all_components_admins() -> None:
    assert lets_in(planned(login(password="q7-before"), SK_ADMIN_PASSWORD="another"), "q7-before")


def test_the_secret_is_no_part_of_what_is_deployed_and_the_password_only_a_hash() -> None:
    plan = planned(login(password="q7-before"))
    assert "admin-login" not in [item["metadata"]["name"] for item in plan.objects]
    assert "q7-before" not in str(plan.objects)


def test_another_password_changes_the_hash_at_the_next_deployment_and_only_then() -> None:
    first = planned(login(password="q7-before"))
    assert planned(secret(first), login(password="q7-before")).objects == first.objects
    second = planned(secret(first), login(password="q7-after"))
    assert lets_in(second, "q7-after")
    assert [ObjectRef.of(a) for a, b in zip(first.objects, second.objects, strict=True) if a != b] == [NAMES.secret]


def live(plan: Plan) -> Manifest:
    return stored(made(plan, "Secret", NAMES.secret.name))


def test_status_tells_of_a_password_that_is_not_deployed_yet() -> None:
    deployed = live(planned(login(password="q7-before")))
    assert observe(deployed, Place((login(password="q7-before"),))) is None
    changed = observe(deployed, Place((login(password="q7-after"),)))
    assert changed is not None
    assert not changed.ready
    assert "another one by now: sk deploy registry" in changed.detail
    assert "q7-" not in changed.detail
    gone = observe(deployed, Place())
    assert gone is not None
    assert "has no Secret admin-login; the registry keeps the password" in gone.detail


def test_status_still_knows_after_a_change_of_users() -> None:
    cluster = Cluster.deployed()
    cluster._hold(planned(login(password="q7-before")))
    cluster.accounts.change(lambda users: changes.added(users, "ci", "push", None))
    assert observe(cluster.objects[NAMES.secret], Place((login(password="q7-after"),))) is not None


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        ((), "the namespace registry has no Secret admin-login"),
        ((login("other", password="x"),), "the namespace registry has no Secret admin-login"),
        ((login(),), "the Secret admin-login has no password\n  why: it has: nothing"),
        ((login(pass_word="x"),), "the Secret admin-login has no password\n  why: it has: pass_word"),
        ((login(password=""),), "the Secret admin-login has no password"),
        ((login(username="root", password="x"),), "the Secret admin-login has the login of root"),
        ((login(password="secret one\n"),), "password of the Secret admin-login contains a control character"),
        ((login(password="secret one" * 8),), "password of the Secret admin-login is too long"),
        ((login(password="\xff"),), "the Secret admin-login cannot be used"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_changed(there: tuple[Manifest, ...], expected: str) -> None:
    (found,) = told(Place(there))
    assert expected in found, found
    assert "secret one" not in found
    with pytest.raises(SolakubeError) as raised:
        admin_password(settings(**NAMED), Place(there))
    assert expected in str(raised.value)


def test_one_place_alone_may_name_the_password() -> None:
    (found,) = told(Place((login(password="x"),)), REGISTRY_ADMIN_PASSWORD="secret one")
    assert "named twice: by REGISTRY_ADMIN_PASSWORD and in the Secret admin-login" in found
    assert "secret one" not in found


class Machine(Place):
    """One without a cluster."""

    def layout(self, component: str, in_container: Layout) -> Layout:
        return replace(in_container, data="/data", config="/config")


def test_one_machine_has_no_secrets() -> None:
    (found,) = told(Machine())
    assert "REGISTRY_ADMIN_SECRET_NAME=admin-login has no effect on one machine" in found
