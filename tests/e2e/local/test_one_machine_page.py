"""What docs/one-machine-for-years.md tells its readers to do, done: its own lines, with other folders and ports."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.local.machine.ports import answers
from tests.e2e.local.machine import Machine
from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.tls import Authority
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.debian import unpacked
from tests.e2e.testbed.provisioner import Provisioner

PAGE = (Path(__file__).parents[3] / "docs/one-machine-for-years.md").read_text()
NAME = "registry.example.com"
ADDRESS = "127.0.0.9"
"""Of this machine; nobody else serves HTTPS there."""


def section(title: str) -> list[str]:
    """Return the blocks of a section, without what is told as printed."""
    (text,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> str:
    """Return what one types of a block, as a script that ends at the first failure."""
    typed = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    return "\n".join(["set -eu", *typed])


def typed(machine: Machine, script: str) -> str:
    """Run a script as the user, whose `sk` is the tests'; returns what it told."""
    program = shlex.quote(str(machine.runner.program))
    environment = {"PATH": os.environ["PATH"], "HOME": str(machine.home), "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", f'sk() {{ {program} "$@"; }}\n{script}'],
        env={**environment, **machine.runner.environment, **machine.environment},
        cwd=machine.home,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def filled(machine_3: Machine) -> Machine:
    """A user with a registry that holds an image."""
    machine_3.deploy()
    machine_3.push("app:1", {"a": b"a"})
    return machine_3


def test_the_data_is_moved(filled: Machine) -> None:
    (block,) = section("Move the data")
    told = typed(filled, commands(block).replace("/srv/images", shlex.quote(f"{filled.home}/images")))
    assert f"note: found 1 repository, 1 tag in {filled.home}/images" in told
    assert filled.pulls("app:1")
    filled.deploy()  # It is remembered.
    assert filled.pulls("app:1")


def test_a_backup_is_made_and_restored(filled: Machine) -> None:
    backup, restore = section("Backup and restore")
    archive = shlex.quote(f"{filled.home}/registry.tar")
    typed(filled, commands(backup).replace("/backup/registry.tar", archive))
    assert filled.pulls("app:1")
    filled.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    told = typed(filled, commands(restore).replace("/backup/registry.tar", archive))
    assert "1 tag, 0 of them damaged" in told
    assert filled.pulls("app:1")


def test_the_line_of_cron_tells_only_what_needs_attention(filled: Machine) -> None:
    start, watch = section("Start with the machine")
    assert start == "SK_CLUSTER_TYPE=local\n@reboot sk deploy registry\n"
    setting, line = watch.splitlines()
    times = line.partition("sk ")[0]
    assert len(times.split()) == len(("minute", "hour", "day", "month", "weekday"))
    assert typed(filled, f"export {setting}\n{line.removeprefix(times)}") == ""
    filled.sk("undeploy", "registry", "--yes").ok()
    with pytest.raises(AssertionError, match="is not deployed"):
        typed(filled, f"export {setting}\n{line.removeprefix(times)}")


@pytest.fixture
def behind(machine_3: Machine, tmp_path: Path) -> Machine:
    """A user with a registry behind a web server of this machine, by a name that is its own in the tests."""
    if os.geteuid() != 0:
        pytest.skip("a name without a change to /etc/hosts takes root")
    hosts = NamedHosts(tmp_path / "hosts")
    hosts.add(NAME, ADDRESS)
    machine_3.crane = replace(machine_3.crane, hosts=hosts)
    machine_3.environment["REGISTRY_FQN"] = NAME
    assert f"registry is ready at https://{NAME}\n" in machine_3.sk("deploy", "registry").ok()
    return machine_3


def _adapted(block: str, machine: Machine) -> str:
    """Return a web server's configuration for the port that the test's registry has."""
    assert "127.0.0.1:5000" in block
    return block.replace("127.0.0.1:5000", f"127.0.0.1:{machine.environment['REGISTRY_PORT']}")


@contextmanager
def _running(command: list[str | Path], log: Path, **environ: str) -> Iterator[None]:
    with log.open("wb") as said:
        server = subprocess.Popen(command, env={**os.environ, **environ}, stdout=said, stderr=said)
    try:
        eventually(lambda: answers(443, ADDRESS) or server.poll() is not None, "the web server listens")
        assert server.poll() is None, log.read_text()
        yield
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _pushes_and_pulls(machine: Machine, authority: Path) -> None:
    """A layer is larger than what web servers take by themselves."""
    machine.host = NAME
    trusting = {**machine.crane.environment, "SSL_CERT_FILE": str(authority)}
    machine.crane = replace(machine.crane, environment=trusting)
    machine.crane.login(machine.host, "admin", machine.environment["REGISTRY_ADMIN_PASSWORD"]).ok()
    machine.push("app:1", {"large": os.urandom(3 << 20)})
    assert machine.pulls("app:1")


def test_nginx_passes_requests_on(behind: Machine, provisioner: Provisioner, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    issued = authority.issue(NAME)
    server = _adapted(section("HTTPS")[0], behind).replace("listen 443", f"listen {ADDRESS}:443")
    for file, ours in (("crt", issued.certificate), ("key", issued.key)):
        server = server.replace(f"/etc/ssl/registry.{file}", str(ours))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    around = f"daemon off; user root; pid {tmp_path}/pid; events {{}}"
    config = tmp_path / "nginx.conf"
    config.write_text(f"{around} http {{ access_log off; {paths}\n{server} }}")
    program = unpacked(provisioner.cache, "nginx") / "usr/sbin/nginx"
    with _running([program, "-e", "stderr", "-c", config], tmp_path / "nginx.log"):
        _pushes_and_pulls(behind, authority.certificate)


def test_caddy_passes_requests_on(behind: Machine, provisioner: Provisioner, tmp_path: Path) -> None:
    options = ("local_certs", "skip_install_trust", "admin off", "auto_https disable_redirects")
    places = (f"default_bind {ADDRESS}", f"storage file_system {tmp_path}/caddy")
    config = tmp_path / "Caddyfile"
    config.write_text("\n".join(["{", *options, *places, "}", _adapted(section("HTTPS")[1], behind)]))
    program = unpacked(provisioner.cache, "caddy") / "usr/bin/caddy"
    root = tmp_path / "caddy/pki/authorities/local/root.crt"
    command: list[str | Path] = [program, "run", "--adapter", "caddyfile", "--config", config]
    with _running(command, tmp_path / "caddy.log", HOME=str(tmp_path)):
        eventually(root.exists, "caddy has made its authority")
        _pushes_and_pulls(behind, root)
