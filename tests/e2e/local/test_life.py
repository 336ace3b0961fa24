"""A registry on one machine, from its deployment to its removal."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from solakube_core.local.machine.ports import is_free
from solakube_core.local.machine.processes import alive
from tests.e2e.local.machine import PASSWORD, Machine, free_ports


def test_images_are_pushed_pulled_listed_deleted_and_collected(machine: Machine) -> None:
    machine.deploy()
    shared = {"shared": os.urandom(200_000)}
    machine.push("team/app:1.0", shared)
    reference = f"{machine.host}/team/app"
    machine.crane("append", "-b", f"{reference}:1.0", "-f", _layer(machine, os.urandom(300_000)), "-t",
                  f"{reference}:2.0").ok()  # fmt: skip
    machine.push("other:1.0", {"other": b"other"})
    assert machine.sk("registry", "regtool", "list").ok().split() == ["other", "team/app"]
    assert machine.sk("registry", "regtool", "list", "team/app").ok().split() == ["1.0", "2.0"]

    machine.sk("registry", "regtool", "delete", "team/app", "2.0").ok()
    assert "0 B" in machine.sk("registry", "garbage-collect", "--offline").ok()
    assert "deleted" in machine.sk("registry", "history", "team/app:2.0").ok()
    machine.sk("registry", "undelete", "team/app:2.0").ok()
    assert machine.pulls("team/app:2.0")
    machine.sk("registry", "hold", "copy").ok()
    for words in (("delete", "team/app", "2.0"), ("garbage-collect",), ("garbage-collect", "--offline")):
        assert "copy (taken on " in machine.sk("registry", *words).refused()
    assert machine.pulls("team/app:2.0")
    machine.push("new:1", {"pushed": b"meanwhile"})
    machine.sk("registry", "hold", "copy", "--end").ok()
    machine.sk("registry", "regtool", "delete", "team/app", "2.0").ok()
    freed = json.loads(machine.sk("registry", "garbage-collect", "--offline", "--now", "-o", "json").ok())

    assert 300_000 < freed["total"]["freed_bytes"] < 310_000
    assert machine.sk("registry", "regtool", "list", "team/app").ok().split() == ["1.0"]
    assert machine.pulls("team/app:1.0")
    assert not machine.pulls("team/app:2.0")
    machine.push("team/app:3.0", shared)
    assert machine.pulls("team/app:3.0")


def _layer(machine: Machine, content: bytes) -> Path:
    file = machine.home / "content"
    file.write_bytes(content)
    subprocess.run(["tar", "-C", machine.home, "-cf", machine.home / "more.tar", "content"], check=True)
    return machine.home / "more.tar"


def test_nobody_gets_in_without_the_password(machine: Machine) -> None:
    machine.deploy()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://{machine.host}/v2/")
    refused.value.close()
    assert refused.value.code == 401
    machine.crane.login(machine.host, "admin", "wrong").ok()  # The client believes it.
    assert "UNAUTHORIZED" in machine.crane("catalog", machine.host).refused()


def test_the_password_is_nowhere_in_clear(machine: Machine) -> None:
    told = machine.deploy()
    assert PASSWORD not in told
    process = machine.registry()
    assert process is not None
    for pid in (process.pid, machine.supervisor().pid):
        for name in ("cmdline", "environ"):
            assert PASSWORD.encode() not in Path("/proc", str(pid), name).read_bytes()
    for file in (file for file in machine.state.rglob("*") if file.is_file()):
        assert PASSWORD not in file.read_text()
    assert machine.state.stat().st_mode & 0o077 == 0
    assert machine.data.stat().st_mode & 0o077 == 0
    assert "bcrypt" not in machine.sk("deploy", "registry", "--render").ok()
    assert "$2b$" not in machine.sk("deploy", "registry", "--render").ok()
    assert "admin:$2b$" in machine.sk("deploy", "registry", "--render", "--show-secrets").ok()


def test_a_second_deployment_changes_nothing(machine: Machine) -> None:
    machine.deploy()
    before = machine.registry(), machine.supervisor(), _written(machine)
    assert "+" not in machine.sk("diff", "registry").ok()
    machine.environment["PATH"] = f"{machine.home}:{os.environ['PATH']}"
    assert "nothing to change" in machine.deploy()
    assert (machine.registry(), machine.supervisor(), _written(machine)) == before


def _written(machine: Machine) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in machine.state.rglob("*.json")} | {
        file: file.stat().st_mtime_ns for file in machine.state.joinpath("config").iterdir()
    }


def test_a_changed_password_holds_at_once_and_restarts_nothing(machine: Machine) -> None:
    machine.deploy()
    digest = machine.push("app:1", {"a": b"a"})
    process = machine.registry()
    machine.environment["REGISTRY_ADMIN_PASSWORD"] = "another one"
    assert machine.sk("diff", "registry", "--exit-code").exit_code == 1
    machine.sk("deploy", "registry").ok()
    assert "401 Unauthorized" in machine.crane("digest", f"{machine.host}/app:1").refused()
    machine.crane.login(machine.host, "admin", "another one").ok()
    assert machine.crane("digest", f"{machine.host}/app:1").ok().strip() == digest
    assert machine.registry() == process


def test_another_port_takes_a_restart_alone(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    supervisor, old = machine_3.supervisor(), int(machine_3.environment["REGISTRY_PORT"])
    machine_3.environment["REGISTRY_PORT"] = str(free_ports())
    machine_3.host = f"127.0.0.1:{machine_3.environment['REGISTRY_PORT']}"
    machine_3.deploy()
    assert machine_3.pulls("app:1")
    assert machine_3.supervisor() == supervisor
    assert is_free(old)


def test_images_outlive_the_registry_unless_told_otherwise(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    processes = machine_3.registry(), machine_3.supervisor()

    assert "kept the data" in machine_3.sk("undeploy", "registry", "--yes").stderr
    assert not any(alive(process) for process in processes)
    assert is_free(int(machine_3.environment["REGISTRY_PORT"]))
    assert not machine_3.state.exists()
    assert "not deployed" in machine_3.sk("status", "registry").stdout
    assert "not deployed" in machine_3.sk("registry", "regtool", "list").refused()

    machine_3.deploy()
    assert machine_3.pulls("app:1")
    assert str(machine_3.data) in machine_3.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    assert not machine_3.data.exists()
    assert "nothing to remove" in machine_3.sk("undeploy", "registry", "--yes", "--delete-data").ok()


def test_the_status_tells_address_process_and_folder(machine_3: Machine) -> None:
    machine_3.deploy()
    told = machine_3.sk("status", "registry").ok()
    process = machine_3.registry()
    assert process is not None
    for word in (f"http://{machine_3.host}", f"process {process.pid}", str(machine_3.data), "supervisor: running"):
        assert word in told
    assert machine_3.sk("registry", "forward").ok().strip() == f"http://{machine_3.host}"


def test_kubernetes_is_not_even_imported(machine_3: Machine) -> None:
    machine_3.deploy()
    python = machine_3.runner.__class__(Path(sys.executable), machine_3.runner.hosts, machine_3.home, {})
    for arguments in (("deploy", "registry"), ("status", "registry"), ("registry", "regtool", "list")):
        told = python("-X", "importtime", machine_3.runner.program, *arguments, env=machine_3.environment)
        told.ok()
        imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in told.stderr.splitlines()}
        assert "solakube_core" in imported
        assert imported.isdisjoint({"kubernetes", "websocket", "urllib3"})
        assert "solakube_core.kube" not in told.stderr


def test_the_images_are_closed_to_other_users(machine_3: Machine) -> None:
    images = machine_3.home / "images"
    images.mkdir()
    images.chmod(0o755)
    machine_3.environment["REGISTRY_DATA_DIR"] = str(images)
    assert "may look into" not in machine_3.deploy()
    assert images.stat().st_mode & 0o777 == 0o700
    machine_3.push("app:1", {"a": b"a"})
    images.chmod(0o755)
    assert f"chmod go= {shlex.quote(str(images))}" in machine_3.deploy()
    assert images.stat().st_mode & 0o777 == 0o755


def test_a_file_that_left_the_configuration_goes(machine_3: Machine) -> None:
    machine_3.deploy()
    old = machine_3.state / "config/old.key"
    old.write_text("secret")
    assert f"- file {old}: remove" in machine_3.sk("diff", "registry").ok()
    assert "removed: old.key" in machine_3.deploy()
    assert not old.exists()
    assert "nothing to change" in machine_3.deploy()
