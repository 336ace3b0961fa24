"""A login that was replaced holds beside the new one for a while, and ends by itself."""

from __future__ import annotations

import json
import time

import pytest
from solakube_registry.commands import user_changes
from solakube_registry.users import changes, htpasswd
from solakube_registry.users.user import User
from solakube_regtool.logins.keeping import living

from solakube_core.errors import SolakubeError
from tests.unit.exposure.places import NAMES
from tests.unit.users.cluster import Cluster
from tests.unit.users.test_front import containers, files, planned, pod, recorded
from tests.unit.users.test_user_changes import changed, cluster, ran

__all__ = ["cluster"]

NOW = 1_800_000_000.0


def users(*names: str) -> dict[str, User]:
    return {name: User(name, "pull", "command", f"{name}'s") for name in names}


def ends(logins: dict[str, User]) -> dict[str, float]:
    return {name: login.ends for name, login in logins.items()}


def test_the_new_login_has_another_name_while_the_old_one_holds() -> None:
    once = changes.rotated(users("web", "shop"), ["web"], NOW)
    assert ends(once) == {"web": NOW, "web~2": 0.0, "shop": 0.0}
    twice = changes.rotated(once, ["web"], NOW + 1)
    assert ends(twice) == {"web": NOW, "web~2": NOW + 1, "web~3": 0.0, "shop": 0.0}
    assert len({login.password for login in twice.values()}) == 4


def test_without_a_grace_all_that_were_before_are_over() -> None:
    once = changes.rotated(users("web"), ["web"], NOW)
    after = changes.rotated(once, ["web"])
    assert list(after) == ["web~2"]
    assert after["web~2"].password != once["web~2"].password


def test_a_user_is_there_once_and_goes_with_all_his_logins() -> None:
    once = changes.rotated(users("web", "shop"), ["web"], NOW)
    with pytest.raises(SolakubeError, match="there is a user web already"):
        changes.added(once, "web", "pull", None)
    assert set(changes.rotatable(once)) == {"web", "shop"}
    assert set(changes.removed(once, ["web"])) == {"shop"}


def test_a_deployment_keeps_both_logins_of_a_user_of_the_settings() -> None:
    deployed = Cluster.deployed(REGISTRY_PULL_USERS="web")
    deployed.accounts.change(lambda there: changes.rotated(there, ["web"], time.time() + 3600))
    before, live = deployed.accounts.users(), deployed.objects[NAMES.secret]
    assert set(before) == {"web", "web~2"}
    after = recorded(planned(live, REGISTRY_PULL_USERS="web"))
    assert {name: entry["password"] for name, entry in after.items()} == {
        name: login.password for name, login in before.items()
    }
    assert set(recorded(planned(live, REGISTRY_PULL_USERS="web", REGISTRY_WEB_PASSWORD="x"))) == {"web"}
    assert "users.json" not in files(planned(live))


def test_the_password_files_say_when_a_login_ends() -> None:
    deployed = Cluster.deployed(REGISTRY_PULL_USERS="web", REGISTRY_PUSH_USERS="ci")
    moment = time.time() + 3600
    deployed.accounts.change(lambda there: changes.rotated(there, ["web", "ci"], moment))
    for key, logins in (("htpasswd-reader", {"web", "web~2", "ci", "ci~2"}), ("htpasswd", {"ci", "ci~2"})):
        text = deployed.secret[key]
        assert set(htpasswd.read(living(text, moment - 1))) == {"admin", *logins}
        assert set(htpasswd.read(living(text, moment + 1))) == {"admin", *(name for name in logins if "~" in name)}


def test_the_command_tells_the_new_login(cluster: Cluster) -> None:
    changed(cluster, user_changes.add, "web")
    told = json.loads(changed(cluster, user_changes.rotate, "web", "--grace=1h", "-o", "json").stdout)
    assert told == {"items": [{"name": "web~2", "may": "pull"}]}
    assert cluster.accounts.users()["web"].ends == pytest.approx(time.time() + 3600, abs=600)


def test_where_nothing_would_end_it_a_grace_is_refused(cluster: Cluster) -> None:
    changed(cluster, user_changes.add, "ci", "--push")
    refused = ran(cluster, user_changes.rotate, "ci", "--grace=1h").exception
    assert "no login can end by itself" in str(refused)
    assert set(cluster.accounts.users()) == {"ci"}


def test_both_processes_read_what_the_maintenance_program_keeps() -> None:
    plan = planned(REGISTRY_PULL_USERS="web")
    (first,) = pod(plan)["initContainers"]
    volumes = {volume["name"]: volume for volume in pod(plan)["volumes"]}
    assert volumes["passwords"]["secret"]["secretName"] == NAMES.secret.name
    assert volumes["logins"] == {"name": "logins", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}
    where = {
        name: {mount["name"]: (mount["mountPath"], mount.get("readOnly", False)) for mount in one["volumeMounts"]}
        for name, one in {**containers(plan), "first": first}.items()
    }
    for name in ("docker-registry", "reader"):
        assert where[name]["logins"] == ("/etc/solakube-logins", True)
        assert "passwords" not in where[name]
    for name in ("first", "reg-tool"):
        assert where[name]["passwords"] == ("/etc/solakube-passwords", True)
        assert where[name]["logins"] == ("/etc/solakube-logins", False)
    folders = ["/etc/solakube-passwords", "/etc/solakube-logins"]
    assert first["command"][-3:] == ["logins", *folders]
    command = containers(plan)["reg-tool"]["command"]
    assert command[command.index("--logins") + 1 :][:2] == folders
    assert not {"logins", "passwords"} & set(where["proxy"])


def test_one_process_alone_reads_the_secret_itself() -> None:
    plan = planned(REGISTRY_PUSH_USERS="ci")
    assert "initContainers" not in pod(plan)
    assert "--logins" not in containers(plan)["reg-tool"]["command"]
