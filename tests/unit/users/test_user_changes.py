"""What the commands that change users print, for people and for programs."""

from __future__ import annotations

import json
from typing import Any, cast

import click
import pytest
from click.testing import CliRunner, Result
from solakube_registry.commands import user_changes
from solakube_registry.users.accounts import Accounts

from solakube_core.cli.session import Session
from solakube_core.plugins import PluginManager
from tests.unit.exposure.places import settings
from tests.unit.users.cluster import Cluster


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    deployed = Cluster.deployed()
    monkeypatch.setattr(Accounts, "of", lambda _: deployed.accounts)
    return deployed


def ran(cluster: Cluster, command: click.Command, *options: str) -> Result:
    session = Session(PluginManager())
    session.__dict__.update(settings=settings(), engine=cast(Any, cluster))
    return CliRunner().invoke(command, options, obj=session)


def changed(cluster: Cluster, command: click.Command, *options: str) -> Result:
    result = ran(cluster, command, *options)
    assert result.exit_code == 0, result.output
    return result


def test_programs_get_the_users_and_passwords_where_asked_for(cluster: Cluster) -> None:
    added = json.loads(changed(cluster, user_changes.add, "ci", "--push", "-o", "json").stdout)
    assert added == {"items": [{"name": "ci", "may": "push"}]}
    (rotated,) = json.loads(changed(cluster, user_changes.rotate, "ci", "--show-secrets", "-o", "json").stdout)["items"]
    assert rotated["password"] == cluster.accounts.users()["ci"].password
    removed = json.loads(changed(cluster, user_changes.remove, "ci", "--yes", "-o", "json").stdout)
    assert removed == {"items": [{"name": "ci"}]}


def test_people_get_the_password_and_that_alone(cluster: Cluster) -> None:
    told = changed(cluster, user_changes.add, "ci", "--push", "--show-secrets").stdout
    assert told == f"{cluster.accounts.users()['ci'].password}\n"
    assert changed(cluster, user_changes.rotate, "ci").stdout == ""
