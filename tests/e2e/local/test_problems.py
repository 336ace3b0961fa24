"""What cannot be deployed is refused before anything is changed, and the reason is told."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from solakube_core.local.machine.processes import alive
from tests.e2e.local.machine import Machine, free_ports


def _untouched(machine: Machine) -> bool:
    return not machine.home.joinpath(".local").exists()


def test_a_port_that_somebody_uses_is_refused_and_its_user_named(machine_3: Machine) -> None:
    port = int(machine_3.environment["REGISTRY_PORT"])
    for taken in (port, port + 1, port + 2):
        with socket.create_server(("127.0.0.1", taken)):
            told = machine_3.sk("deploy", "registry").refused()
        assert f"port {taken} of this machine is taken" in told
        assert f"process {os.getpid()}" in told
        assert "python" in told
        assert "REGISTRY_PORT" in told
        assert _untouched(machine_3)
    machine_3.deploy()


@pytest.mark.parametrize("folder", ["a file/data", "/proc/nowhere/data"])
def test_a_data_folder_that_cannot_be_made_is_refused(folder: str, machine_3: Machine) -> None:
    machine_3.home.joinpath("a file").touch()
    told = machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR=str(machine_3.home / folder)).refused()
    assert f"the data folder {machine_3.home / folder} is not writable" in told
    assert "REGISTRY_DATA_DIR" in told
    assert _untouched(machine_3)


def test_all_problems_are_told_in_one_go(machine_3: Machine) -> None:
    with socket.create_server(("127.0.0.1", int(machine_3.environment["REGISTRY_PORT"]))):
        told = machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR="/dev/null/x", REGISTRY_BINARY="/none").refused()
    assert "3 problems" in told
    assert "/none cannot be run" in told


def test_without_any_program_the_ways_to_one_are_named(machine_3: Machine) -> None:
    del machine_3.environment["REGISTRY_BINARY"]
    told = machine_3.sk("deploy", "registry", PATH="/nowhere").refused()
    for word in ("REGISTRY_BINARY", "`registry` or `docker-registry`", "Docker", "registry:3"):
        assert word in told
    assert _untouched(machine_3)


def test_a_relative_data_folder_is_refused(machine_3: Machine) -> None:
    assert "no absolute path" in machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR="images").refused()


def test_a_registry_that_cannot_start_is_told_with_its_own_words(machine_3: Machine) -> None:
    program = machine_3.home / "registry"
    version = "[ $1 = --version ] && echo $0 github.com/docker/distribution 2.8.2"
    program.write_text(f"#!/bin/sh\n{version}\necho what a pity >&2\nexit 3\n")
    program.chmod(0o755)
    told = machine_3.sk("deploy", "registry", REGISTRY_BINARY=str(program)).refused()
    assert "what a pity" in told
    assert "exit code 3" in told
    machine_3.deploy()


@pytest.mark.parametrize("program", ["/bin/ls", "/bin/true", "/bin/cat", sys.executable])
def test_a_program_that_is_no_registry_takes_nobodys_place(program: str, machine_3: Machine) -> None:
    machine_3.deploy()
    before = machine_3.registry()
    told = machine_3.sk("deploy", "registry", REGISTRY_BINARY=program).refused()
    assert f"{program} is not what registry needs" in told
    assert machine_3.registry() == before
    machine_3.sk("status", "registry").ok()


@pytest.mark.parametrize("names", [("wanted.json",), ("state.json",), ("wanted.json", "state.json", "turns.json")])
@pytest.mark.parametrize("content", ["", '{"format": 99}'])
def test_what_cannot_be_read_keeps_what_runs_and_can_be_removed(
    names: tuple[str, ...], content: str, machine_3: Machine
) -> None:
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    processes = machine_3.registry(), machine_3.supervisor()
    for name in names:
        machine_3.state.joinpath(name).write_text(content)
    assert f"{machine_3.state / names[0]} cannot be read" in machine_3.sk("deploy", "registry").refused()
    assert all(map(alive, processes))
    machine_3.sk("undeploy", "registry", "--yes").ok()
    assert not any(map(alive, processes))
    machine_3.deploy()
    assert machine_3.pulls("app:1")


def test_a_folder_that_held_something_before_is_not_deleted(machine_3: Machine) -> None:
    images = machine_3.home / "images, mine"
    images.mkdir()
    images.joinpath("letter").write_text("dear")
    machine_3.environment["REGISTRY_DATA_DIR"] = str(images)
    machine_3.deploy()
    told = machine_3.sk("undeploy", "registry", "--yes", "--delete-data").refused()
    assert "not empty" in told
    machine_3.sk("status", "registry").ok()
    machine_3.sk("undeploy", "registry", "--yes").ok()
    assert images.joinpath("letter").exists()


def test_the_data_folder_stays_where_it_was_deployed(machine_3: Machine) -> None:
    images = machine_3.home / "images"
    machine_3.sk("deploy", "registry", REGISTRY_DATA_DIR=str(images)).ok()
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    assert images.joinpath("docker").exists()
    assert machine_3.sk("registry", "regtool", "list").ok().split() == ["app"]
    told = machine_3.sk("registry", "regtool", "list", REGISTRY_DATA_DIR=str(machine_3.home / "others")).refused()
    assert f"has its data in {images}" in told


def test_two_clusters_side_by_side(machine_3: Machine) -> None:
    first, second = str(free_ports()), str(free_ports())
    assert first != second
    for name, port in (("one", first), ("two", second)):
        changes = {"SK_CLUSTER": name, "SK_CLUSTER_TYPE": "local", "REGISTRY_PORT": port}
        machine_3.environment |= changes
        machine_3.host = f"127.0.0.1:{port}"
        machine_3.deploy()
        machine_3.push(f"app-{name}:1", {"a": name.encode()})
    for name, port in (("one", first), ("two", second)):
        machine_3.environment |= {"SK_CLUSTER": name, "REGISTRY_PORT": port}
        assert machine_3.sk("registry", "regtool", "list").ok().split() == [f"app-{name}"]
    machine_3.sk("undeploy", "registry", "--yes", "--delete-data", SK_CLUSTER="one", REGISTRY_PORT=first).ok()
    assert machine_3.pulls("app-two:1")


def test_without_a_kubeconfig_this_machine_is_chosen_and_said_so(machine_3: Machine) -> None:
    assert "no kubeconfig found: working on this machine" in machine_3.deploy()
    machine_3.environment["SK_CLUSTER_TYPE"] = "local"
    assert "no kubeconfig" not in machine_3.deploy()


def test_an_image_that_cannot_be_had_is_told_before_anything_is_changed(
    docker_engine: None, machine_3: Machine
) -> None:
    del machine_3.environment["REGISTRY_BINARY"]
    image = "127.0.0.1:9/nothing:1"
    told = machine_3.sk("deploy", "registry", PATH="/usr/bin:/bin", REGISTRY_IMAGE=image).refused()
    assert f"the image {image} cannot be pulled" in told
    assert _untouched(machine_3)


def test_a_container_serves_where_there_is_no_program(docker_engine: None, machine_3: Machine) -> None:
    del machine_3.environment["REGISTRY_BINARY"]
    machine_3.cluster = machine_3.environment["SK_CLUSTER"] = f"test-{machine_3.environment['REGISTRY_PORT']}"
    machine_3.environment |= {"PATH": "/usr/bin:/bin", "SK_CLUSTER_TYPE": "local"}
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    assert "container" in machine_3.sk("status", "registry").ok()
    assert machine_3.sk("registry", "regtool", "list").ok().split() == ["app"]
    machine_3.sk("registry", "regtool", "delete", "app", "1").ok()
    assert "freed 0 B" not in machine_3.sk("registry", "garbage-collect", "--offline", "--now").ok()
    owners = {file.stat().st_uid for file in Path(machine_3.data).rglob("*")}
    assert owners == {os.getuid()}
    assert "nothing to change" in machine_3.deploy()
    machine_3.sk("undeploy", "registry", "--yes", "--delete-data").ok()
