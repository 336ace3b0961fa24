"""What a deployment makes of users: who may log in where, and a process of its own where somebody may only pull."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import bcrypt
import pytest
from solakube_registry.configure import configure
from solakube_registry.plan import deploy
from solakube_registry.processes.proxy import MEMORY_MIB, in_pod, proxy_config

from solakube_core.model import Manifest, Plan, StorageChoice
from solakube_core.testing import Place, stored
from tests.unit.exposure.places import NAMES, settings

ADMIN = {"REGISTRY_ADMIN_PASSWORD": "correct horse"}


def planned(*before: Manifest, **values: str) -> Plan:
    return deploy(settings(**ADMIN, **values), (), StorageChoice("standard", "10Gi"), None, Place(before))


def made(plan: Plan, kind: str, name: str) -> Any:
    return next(item for item in plan.objects if (item["kind"], item["metadata"]["name"]) == (kind, name))


def secret(plan: Plan) -> Manifest:
    return stored(made(plan, "Secret", NAMES.secret.name))


def files(plan: Plan) -> dict[str, str]:
    return {key: base64.b64decode(text).decode() for key, text in secret(plan)["data"].items()}


def logins(plan: Plan, key: str) -> dict[str, str]:
    return dict(line.split(":", 1) for line in files(plan)[key].splitlines())


def pod(plan: Plan) -> Any:
    return made(plan, "Deployment", NAMES.deployment.name)["spec"]["template"]["spec"]


def containers(plan: Plan) -> dict[str, Any]:
    return {entry["name"]: entry for entry in pod(plan)["containers"]}


def recorded(plan: Plan) -> dict[str, Any]:
    return {entry["name"]: entry for entry in json.loads(files(plan)["users.json"])["users"]}


def test_without_users_nothing_of_it_is_there() -> None:
    plan = planned()
    assert set(containers(plan)) == {"docker-registry", "reg-tool"}
    assert set(files(plan)) == {"htpasswd", "haSharedSecret"}
    assert set(made(plan, "ConfigMap", NAMES.config.name)["data"]) == {"config.yml"}


def test_push_users_take_no_second_process() -> None:
    plan = planned(REGISTRY_PUSH_USERS="ci", REGISTRY_CI_PASSWORD="chosen")
    assert set(containers(plan)) == {"docker-registry", "reg-tool"}
    assert set(logins(plan, "htpasswd")) == {"admin", "ci"}
    assert bcrypt.checkpw(b"chosen", logins(plan, "htpasswd")["ci"].encode())
    assert "chosen" not in files(plan)["users.json"]


@pytest.mark.parametrize("quick_hashes", [None])
def test_who_may_only_pull_is_unknown_to_the_process_that_takes_pushes() -> None:
    plan = planned(REGISTRY_PULL_USERS="web", REGISTRY_PUSH_USERS="ci")
    assert set(logins(plan, "htpasswd")) == {"admin", "ci"}
    assert set(logins(plan, "htpasswd-reader")) == {"admin", "ci", "web"}
    made_password = recorded(plan)["web"]["password"]
    assert len(bytes.fromhex(made_password)) * 8 == 128
    digest = logins(plan, "htpasswd-reader")["web"]
    assert digest.startswith("$2b$04$")
    assert bcrypt.checkpw(made_password.encode(), digest.encode())
    assert logins(plan, "htpasswd")["admin"].startswith("$2b$08$")


def test_pulls_are_served_by_a_process_that_could_change_nothing() -> None:
    plan = planned(REGISTRY_PULL_USERS="web")
    config = json.loads(made(plan, "ConfigMap", NAMES.config.name)["data"]["reader.yml"])
    assert config["storage"]["maintenance"]["readonly"] == {"enabled": True}
    assert config["storage"]["delete"] == {"enabled": False}
    assert config["storage"]["maintenance"]["uploadpurging"] == {"enabled": False}
    assert "cache" not in config["storage"]
    assert config["auth"]["htpasswd"]["path"] == "/etc/solakube-logins/htpasswd-reader"


def test_the_volume_is_mounted_such_that_reads_of_links_are_noted() -> None:
    """A read-only mount keeps no access times, by which a collection knows what pushes were told to be there."""
    for name in ("docker-registry", "reader"):
        (mount,) = (
            entry
            for entry in containers(planned(REGISTRY_PULL_USERS="web"))[name]["volumeMounts"]
            if entry["name"] == "data"
        )
        assert not mount.get("readOnly")


def test_the_maintenance_container_knows_of_both_processes() -> None:
    (known,) = (
        entry["value"]
        for entry in containers(planned(REGISTRY_PULL_USERS="web"))["reg-tool"]["env"]
        if entry["name"] == "SOLAKUBE_REGISTRY_METRICS"
    )
    configs = made(planned(REGISTRY_PULL_USERS="web"), "ConfigMap", NAMES.config.name)["data"]
    debug = [json.loads(configs[name])["http"]["debug"]["addr"] for name in ("config.yml", "reader.yml")]
    assert known.split() == [f"http://{address}" for address in debug]
    assert len(set(debug)) == 2


def test_the_ports_that_users_come_to_is_the_proxys_and_it_sees_no_password() -> None:
    plan = planned(REGISTRY_PULL_USERS="web")
    proxy = containers(plan)["proxy"]
    assert [port["containerPort"] for port in proxy["ports"]] == [5000]
    assert [mount["name"] for mount in proxy["volumeMounts"]] == ["proxy"]
    (volume,) = (entry for entry in pod(plan)["volumes"] if entry["name"] == "proxy")
    assert "secret" not in volume
    config = made(plan, "ConfigMap", NAMES.config.name)["data"]
    addresses = {json.loads(config[name])["http"]["addr"] for name in ("config.yml", "reader.yml")}
    assert addresses == {":5003", ":5004"}
    assert all(f"127.0.0.1{address}" in config["haproxy.cfg"] for address in addresses)


def test_the_proxys_memory_is_what_all_connections_take_at_most() -> None:
    proxy = containers(planned(REGISTRY_PULL_USERS="web"))["proxy"]
    assert proxy["resources"]["limits"]["memory"] == f"{MEMORY_MIB}Mi"
    config = proxy_config(False, in_pod())
    assert "tune.bufsize" not in config
    most = int(re.findall(r"maxconn (\d+)", config)[0]) * 6 * 16384
    assert most + (17 << 20) < MEMORY_MIB << 20
    pipes, size = (int(re.findall(rf"{key} (\d+)", config)[0]) for key in ("maxpipes", "tune.pipesize"))
    assert pipes * size < 64 << 20


def test_everything_in_the_pod_is_restricted() -> None:
    for name, container in containers(planned(REGISTRY_PULL_USERS="web")).items():
        context = container["securityContext"]
        assert context["capabilities"] == {"drop": ["ALL"]}, name
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert container["resources"]["limits"]["memory"]


def test_a_second_deployment_changes_nothing() -> None:
    values = {
        "REGISTRY_PULL_USERS": "web,shop",
        "REGISTRY_PUSH_USERS": "ci",
        "REGISTRY_CI_PASSWORD": "chosen",
        "REGISTRY_ANONYMOUS_PULL": "Y",
    }
    first = planned(**values)
    assert planned(secret(first), **values).objects == first.objects


def test_who_is_taken_out_of_the_settings_is_gone_and_others_keep_their_passwords() -> None:
    first = planned(REGISTRY_PULL_USERS="web,shop")
    second = planned(secret(first), REGISTRY_PULL_USERS="shop")
    assert set(logins(second, "htpasswd-reader")) == {"admin", "shop"}
    assert recorded(second) == {"shop": recorded(first)["shop"]}


def test_a_password_that_somebody_else_set_stays() -> None:
    first = planned(REGISTRY_PUSH_USERS="ci", REGISTRY_CI_PASSWORD="chosen")
    second = planned(secret(first), REGISTRY_PUSH_USERS="ci")
    assert files(second) == files(first)
    third = planned(secret(second), REGISTRY_PUSH_USERS="ci", REGISTRY_CI_PASSWORD="another")
    assert bcrypt.checkpw(b"another", logins(third, "htpasswd")["ci"].encode())


def test_a_pull_user_who_becomes_a_push_user_keeps_his_password() -> None:
    first = planned(REGISTRY_PULL_USERS="ci")
    second = planned(secret(first), REGISTRY_PUSH_USERS="ci")
    assert logins(second, "htpasswd")["ci"] == logins(first, "htpasswd-reader")["ci"]
    assert "htpasswd-reader" not in files(second)


def test_without_a_login_everybody_pulls_as_one_who_may_only_pull() -> None:
    plan = planned(REGISTRY_ANONYMOUS_PULL="Y")
    assert set(logins(plan, "htpasswd")) == {"admin"}
    assert set(logins(plan, "htpasswd-reader")) == {"admin", "anonymous"}
    assert base64.b64encode(b"anonymous:anonymous").decode() in proxy_config(True, in_pod())
    assert "Authorization" not in proxy_config(False, in_pod())


def test_no_password_is_in_what_is_not_secret() -> None:
    plan = planned(REGISTRY_PULL_USERS="web", REGISTRY_PUSH_USERS="ci", REGISTRY_CI_PASSWORD="chosen-one")
    shown = json.dumps([item for item in plan.objects if item["kind"] != "Secret"]) + repr(plan.notes)
    for password in ("chosen-one", recorded(plan)["web"]["password"], "correct horse", ":$2b$"):
        assert password not in shown


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"REGISTRY_PULL_USERS": "admin"}, "the user admin may do everything"),
        ({"REGISTRY_PULL_USERS": "anonymous"}, "who pulls without a login"),
        ({"REGISTRY_PUSH_USERS": "pull-shop"}, "`sk registry grant` makes"),
        ({"REGISTRY_PULL_USERS": "a:b"}, "cannot be a user's name"),
        ({"REGISTRY_PULL_USERS": "Web"}, "cannot be a user's name"),
        ({"REGISTRY_PULL_USERS": "x" * 129}, "cannot be a user's name"),
        ({"REGISTRY_PULL_USERS": "ci,web", "REGISTRY_PUSH_USERS": "ci"}, "ci is in REGISTRY_PULL_USERS and in"),
        ({"REGISTRY_PULL_USERS": "c-i", "REGISTRY_C_I_PASSWORD": "x" * 73}, "REGISTRY_C_I_PASSWORD is too long"),
        ({"REGISTRY_PULL_USERS": "ci", "REGISTRY_CI_PASSWORD": "x\ny"}, "contains a control character"),
    ],
)
def test_what_cannot_be_is_told(values: dict[str, str], told: str) -> None:
    problems = configure(settings(**ADMIN, **values), (), Place()).problems
    assert [problem for problem in problems if told in f"{problem.what} {problem.why}"], problems
    assert not [problem for problem in problems if "too long" in problem.what and "xxx" in str(problem)]
