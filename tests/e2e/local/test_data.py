"""Images have an identity: two registries never work on them at once, and they are never silently replaced by none."""

from __future__ import annotations

import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.local.machine.ports import answers
from solakube_core.local.machine.processes import alive, end, tell
from tests.e2e.local.machine import Machine, free_ports
from tests.e2e.support.waiting import PATIENCE, eventually


def _other(machine: Machine, folder: Path) -> Machine:
    """The same user with a second installation, on that folder."""
    changes = {"SK_CLUSTER": "second", "SK_CLUSTER_TYPE": "local", "REGISTRY_PORT": str(free_ports())}
    return replace(machine, environment={**machine.environment, **changes, "REGISTRY_DATA_DIR": str(folder)})


def test_two_installations_never_share_a_folder(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    link = machine_3.home / "link"
    link.symlink_to(machine_3.data)
    for folder in (machine_3.data, link):
        other = _other(machine_3, folder)
        assert "installation local" in other.sk("deploy", "registry").refused()
        told = other.sk("undeploy", "registry", "--yes", "--delete-data").refused()
        assert "another installation works" in told
    assert machine_3.pulls("app:1")


def test_a_registry_that_is_gone_without_its_orders_still_holds_its_folder(machine_3: Machine) -> None:
    machine_3.deploy()
    supervisor = machine_3.supervisor()
    machine_3.state.rename(machine_3.home / "state of before")
    try:
        told = _other(machine_3, machine_3.data).sk("deploy", "registry").refused()
        assert f"by process {supervisor.pid}" in told
    finally:
        end(supervisor, 70)


def test_a_folder_that_is_gone_is_told_and_never_made_anew(machine_3: Machine) -> None:
    images = machine_3.home / "disk"
    machine_3.environment["REGISTRY_DATA_DIR"] = str(images)
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    assert tell(machine_3.supervisor(), signal.SIGKILL)
    registry = machine_3.registry()
    eventually(lambda: not alive(registry), "the registry has ended")
    away = images.rename(machine_3.home / "away")

    for command in ("regtool list", "fsck", "usage", "garbage-collect"):
        told = machine_3.sk("registry", *command.split()).refused()
        assert f"the data of registry is not in {images}" in told
    assert "data: missing" in machine_3.sk("status", "registry").stdout
    assert "is the disk mounted" in machine_3.sk("deploy", "registry").refused()
    # As at a start of the machine: what keeps the registry up waits for the disk.
    log = machine_3.state / "supervisor.log"
    with log.open("ab") as said:
        supervisor = subprocess.Popen(machine_3.supervisor_command(), cwd="/", start_new_session=True, stderr=said)
    eventually(lambda: "nothing is started on the data folder" in log.read_text(), "it is told that nothing is started")
    assert not images.exists()
    images.mkdir()
    away = away.rename(images)
    eventually(lambda: alive(machine_3.registry()), "the registry is back")
    eventually(lambda: machine_3.sk("status", "registry").exit_code == 0, "all that belongs to it is back")
    eventually(lambda: machine_3.pulls("app:1"), "the registry serves")
    machine_3.sk("undeploy", "registry", "--yes").ok()
    supervisor.wait(PATIENCE)


def test_new_data_is_begun_only_when_that_is_said(machine_3: Machine) -> None:
    images = machine_3.home / "disk"
    machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR=str(images)).ok()
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    assert "takes it up again" in machine_3.sk("undeploy", "registry", "--yes").stderr

    assert f"found 1 repository, 1 tag in {images}" in machine_3.deploy()
    assert machine_3.pulls("app:1")
    assert "found 1" not in machine_3.deploy()
    machine_3.sk("undeploy", "registry", "--yes").ok()
    images.rename(machine_3.home / "away")
    assert "--new-data" in machine_3.sk("deploy", "registry").refused()
    machine_3.sk("deploy", "registry", "--new-data").ok()
    assert machine_3.sk("registry", "regtool", "list").ok() == ""
    elsewhere = machine_3.home / "elsewhere"
    told = machine_3.sk("deploy", "registry", "--dry-run", REGISTRY_DATA_DIR=str(elsewhere)).ok()
    assert f"the data of before stays in {images}" in told


@pytest.mark.parametrize("folder", ["/", "{home}"])
def test_a_folder_that_holds_the_configuration_is_refused(folder: str, machine_3: Machine) -> None:
    told = machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR=folder.format(home=machine_3.home)).refused()
    assert "is not for images alone" in told


def test_a_folder_of_a_container_is_taken_up_at_the_right_level(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.push("team/app:1", {"a": b"a"})
    machine_3.sk("undeploy", "registry", "--yes").ok()
    old = machine_3.home / "srv/registry"
    old.parent.mkdir()
    machine_3.data.rename(old)
    for file in (".solakube.json", ".made-by-solakube"):
        old.joinpath(file).unlink()
    for wrong in (old.parent, old / "docker/registry/v2"):
        told = machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR=str(wrong)).refused()
        assert f"REGISTRY_DATA_DIR={old}" in told
    machine_3.environment["REGISTRY_DATA_DIR"] = str(old)
    assert f"found 1 repository, 1 tag in {old}" in machine_3.deploy()
    assert machine_3.pulls("team/app:1")


def test_a_dangling_link_is_refused(machine_3: Machine) -> None:
    link = machine_3.home / "link"
    link.symlink_to(machine_3.home / "nowhere")
    told = machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR=str(link)).refused()
    assert "leads nowhere" in told
    assert not Path(machine_3.home / "nowhere").exists()


def test_a_linked_folder_is_emptied_and_the_link_stays(machine_3: Machine) -> None:
    target, link = machine_3.home / "disk", machine_3.home / "link"
    target.mkdir()
    link.symlink_to(target)
    machine_3.environment["REGISTRY_DATA_DIR"] = str(link)
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    machine_3.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    assert link.is_symlink()
    assert list(target.iterdir()) == []


def test_a_registry_that_sk_did_not_start_is_noticed_before_anything_changes(machine_3: Machine) -> None:
    images, port = machine_3.home / "images", free_ports()
    images.mkdir()
    config = machine_3.home / "own.yml"
    config.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {images}\nhttp:\n  addr: 127.0.0.1:{port}\n"
    )
    machine_3.environment["REGISTRY_DATA_DIR"] = str(images)
    command = [machine_3.environment["REGISTRY_BINARY"], "serve", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as own:
        try:
            eventually(lambda: answers(port), "the registry of another listens")
            told = machine_3.sk("deploy", "registry").refused()
            assert f"the data folder {images} is in use" in told
            assert f"by process {own.pid}: " in told
            assert not machine_3.state.exists()
        finally:
            own.terminate()
    machine_3.deploy()
