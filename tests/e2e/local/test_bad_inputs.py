"""Settings that no registry can be deployed with: each is told as what it is, and nothing is changed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.local.machine.processes import alive
from tests.e2e.local.machine import Machine

PRIVATE = ".local/state/solakube/local/registry"

REFUSED = {
    "a long name": ({"SK_CLUSTER": "a" * 300}, "at most 100 bytes"),
    "a long name of few letters": ({"SK_CLUSTER": "\u00f6" * 51}, "has 102 bytes"),
    "the name of all clusters": ({"SK_CLUSTER": "globals"}, "holds the settings of all clusters"),
    "a file as home": ({"HOME": "/etc/passwd"}, "there is no folder /etc/passwd"),
    "no home": ({"HOME": ""}, "HOME is no absolute path: \'\'"),
    "a relative home": ({"HOME": "rel"}, "HOME is no absolute path: \'rel\'"),
    "a home that is not there": ({"HOME": "/nonexistent/x"}, "there is no folder /nonexistent/x"),
    "a file for states": ({"XDG_STATE_HOME": "/etc/passwd"}, "is not writable"),
    "a file for data": ({"XDG_DATA_HOME": "/etc/passwd"}, "is not writable"),
    "a device for states": ({"XDG_STATE_HOME": "/dev/null"}, "is not writable"),
    "nobody\'s home for data": ({"REGISTRY_DATA_DIR": "~nosuch/x"}, "REGISTRY_DATA_DIR=~nosuch/x leads nowhere"),
    "nobody\'s home for the program": ({"REGISTRY_BINARY": "~nosuch/x"}, "REGISTRY_BINARY=~nosuch/x leads nowhere"),
    "the root as data folder": ({"REGISTRY_DATA_DIR": "/"}, "is not for images alone"),
    "the home as data folder": ({"REGISTRY_DATA_DIR": "~"}, "is not for images alone"),
    "the state as data folder": ({"REGISTRY_DATA_DIR": f"~/{PRIVATE}"}, "is not for images alone"),
    "data in the state": ({"REGISTRY_DATA_DIR": f"~/{PRIVATE}/data"}, "would go with the configuration"),
    "data in the kernel": ({"REGISTRY_DATA_DIR": "/proc/1/x"}, "is not writable"),
    "a device as data folder": ({"REGISTRY_DATA_DIR": "/dev/full"}, "is not writable"),
    "a program nowhere": ({"REGISTRY_BINARY": "registry-v2"}, "no such program on PATH"),
    "a text as program": ({"REGISTRY_BINARY": "/etc/passwd"}, "it is not executable"),
    "a folder as program": ({"REGISTRY_BINARY": "/etc"}, "/etc cannot be run"),
    "another program": ({"REGISTRY_BINARY": sys.executable}, "is not what registry needs"),
    "a port of none": ({"REGISTRY_PORT": "0"}, "REGISTRY_PORT=0 is out of range"),
    "a port too high for three": ({"REGISTRY_PORT": "65534"}, "from 1 to 65533"),
    "a port of letters": ({"REGISTRY_PORT": "http"}, "REGISTRY_PORT"),
    "a listening name": ({"REGISTRY_LISTEN": "localhost"}, "REGISTRY_LISTEN=localhost is no IP address"),
    "listening with a port": ({"REGISTRY_LISTEN": "127.0.0.1:5000"}, "is no IP address"),
    "listening everywhere, misspelt": ({"REGISTRY_LISTEN": "*"}, "0.0.0.0 for every network"),
    "listening elsewhere": ({"REGISTRY_LISTEN": "192.0.2.1"}, "not to be had on 192.0.2.1"),
    "a name with a port": ({"REGISTRY_FQN": "r.test:5000"}, "REGISTRY_FQN"),
    "a certificate of a cluster": ({"REGISTRY_TLS": "cert-manager"}, "REGISTRY_TLS=cert-manager needs a cluster"),
    "a key alone": ({"REGISTRY_TLS_KEY": "/etc/passwd"}, "REGISTRY_TLS_CERTIFICATE is not set"),
    "files without any": ({"REGISTRY_TLS": "files"}, "REGISTRY_TLS_KEY is not set"),
    "a folder as certificate": (
        {"REGISTRY_TLS_CERTIFICATE": "/etc", "REGISTRY_TLS_KEY": "/etc/passwd"}, "REGISTRY_TLS_CERTIFICATE=/etc cannot"
    ),
    "a program as certificate": (
        {"REGISTRY_TLS_CERTIFICATE": "/bin/ls", "REGISTRY_TLS_KEY": "/etc/passwd"}, "is no PEM file"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused_with_the_reason_and_nothing_is_made(case: str, machine_3: Machine) -> None:
    changes, told = REFUSED[case]
    given = {"SK_CLUSTER_TYPE": "local", **machine_3.environment, **changes}
    refused = replace(machine_3, environment=given).sk("deploy", "registry")
    assert refused.exit_code == 1
    assert told in refused.stderr
    assert "what to do" in refused.stderr
    assert "internal error" not in refused.stderr
    assert "defect" not in refused.stderr
    assert not machine_3.home.joinpath(".local").exists()


def test_of_chart_values_the_configuration_holds_and_the_rest_is_named(machine_3: Machine) -> None:
    values = machine_3.home / "deployment/registry/chart-values.yaml"
    values.parent.mkdir(parents=True)
    values.write_text("resources:\n  limits:\n    memory: 1Gi\nconfigData:\n  log:\n    level: debug\n")
    machine_3.environment |= {"SK_CLUSTER_TYPE": "local", "SK_ROOTS": str(machine_3.home)}
    assert '"level": "debug"' in machine_3.sk("deploy", "registry", "--render").ok()
    told = machine_3.sk("deploy", "registry", "--dry-run").stderr
    assert "only configData holds on one machine: resources have no effect" in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_root_does_not_work_in_the_home_of_another_user(machine_3: Machine) -> None:
    os.chown(machine_3.home, 65534, 65534)
    told = machine_3.sk("deploy", "registry").refused()
    assert "this installation belongs to nobody, and you are root" in told
    assert not machine_3.home.joinpath(".local").exists()


def test_a_state_folder_elsewhere_is_not_taken_for_none(machine_3: Machine) -> None:
    machine_3.sk("deploy", "registry", XDG_STATE_HOME=str(machine_3.home / "state")).ok()
    told = machine_3.sk("deploy", "registry").refused()
    assert "another installation works on the data folder" in told
    machine_3.sk("undeploy", "registry", "--yes", XDG_STATE_HOME=str(machine_3.home / "state")).ok()


def test_a_configuration_file_that_is_gone_is_told_and_made_again(machine_3: Machine) -> None:
    machine_3.deploy()
    machine_3.state.joinpath("config/htpasswd").unlink()
    told = machine_3.sk("status", "registry")
    assert told.exit_code == 1
    assert "configuration: missing" in told.stdout
    machine_3.deploy()
    machine_3.sk("status", "registry").ok()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small file system")
def test_a_full_disk_is_told_and_a_collection_still_frees(machine_3: Machine) -> None:
    disk = machine_3.home / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(disk)], check=True)
    try:
        machine_3.environment["REGISTRY_DATA_DIR"] = str(disk)
        machine_3.deploy()
        registry = machine_3.registry()
        machine_3.push("app:1", {"a": os.urandom(4_000_000)})
        machine_3.push("app:2", {"a": b"a"})
        machine_3.sk("status", "registry").ok()
        machine_3.sk("registry", "regtool", "delete", "app", "1").ok()
        with disk.joinpath("filler").open("wb") as filler:
            filler.write(b"0" * (shutil.disk_usage(disk).free - 65536))
        told = machine_3.sk("status", "registry")
        assert told.exit_code == 1
        assert "less than 5% of the disk" in told.stdout
        assert "solakube_data_free_bytes 65536\n" in _metrics(machine_3)
        assert machine_3.pulls("app:2")
        assert "--now" in machine_3.sk("registry", "garbage-collect", "--grace", "1s", "--wait").ok()
        machine_3.sk("registry", "garbage-collect", "--grace", "1s", "--wait", "--now").ok()
        assert shutil.disk_usage(disk).free > 4_000_000
        machine_3.sk("status", "registry").ok()
        assert (alive(registry), machine_3.registry()) == (True, registry)
        machine_3.sk("undeploy", "registry", "--yes").ok()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def _metrics(machine: Machine) -> str:
    with socket.create_connection(("127.0.0.1", int(machine.environment["REGISTRY_PORT"]) + 2), 60) as connection:
        connection.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
def test_a_mount_point_is_emptied_and_stays(machine_3: Machine) -> None:
    disk = machine_3.home / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(disk)], check=True)
    try:
        machine_3.environment["REGISTRY_DATA_DIR"] = str(disk)
        machine_3.deploy()
        machine_3.push("app:1", {"a": b"a"})
        machine_3.sk("undeploy", "registry", "--yes", "--delete-data").ok()
        assert list(disk.iterdir()) == []
        assert Path(disk).is_mount()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)
