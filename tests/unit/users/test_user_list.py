"""Who the users are is told by the deployed registry, not by the settings."""

from __future__ import annotations

import json

from click.testing import CliRunner, Result
from solakube_registry.commands.user_list import list_command

from solakube_core.cli.session import Session
from solakube_core.plugins import PluginManager
from solakube_core.testing import Place
from tests.unit.exposure.places import settings
from tests.unit.users.test_front import planned, recorded, secret


class Cluster:
    """An engine for questions alone."""

    def __init__(self, site: Place) -> None:
        self.site = site


def listed(site: Place, *options: str) -> Result:
    session = Session(PluginManager())
    session.__dict__.update(settings=settings(), engine=Cluster(site))
    return CliRunner().invoke(list_command, options, obj=session)


def test_users_are_listed_with_what_they_may() -> None:
    plan = planned(REGISTRY_PULL_USERS="web", REGISTRY_PUSH_USERS="ci", REGISTRY_ANONYMOUS_PULL="Y")
    items = json.loads(listed(Place((secret(plan),)), "-o", "json").output)["items"]
    assert [(item["name"], item["may"]) for item in items] == [
        ("admin", "push"), ("ci", "push"), ("web", "pull"), ("anonymous", "pull"),
    ]  # fmt: skip
    assert "password" not in json.dumps(items)


def test_passwords_are_told_where_that_is_asked_for() -> None:
    plan = planned(REGISTRY_PULL_USERS="web", REGISTRY_PUSH_USERS="ci", REGISTRY_CI_PASSWORD="chosen")
    items = json.loads(listed(Place((secret(plan),)), "-o", "json", "--show-secrets").output)["items"]
    assert {item["name"]: item["password"] for item in items} == {
        "admin": "", "ci": "", "web": recorded(plan)["web"]["password"],
    }  # fmt: skip


def test_where_there_is_no_registry_that_is_told() -> None:
    assert "registry is not deployed on cluster test" in str(listed(Place()).exception)
