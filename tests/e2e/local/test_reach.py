"""Others reach the registry of one machine: by a name, over HTTPS that it serves itself, with the usual clients."""

from __future__ import annotations

import base64
import json
import os
import ssl
import tarfile
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from solakube_core.local.machine.ports import answers
from tests.e2e.local.machine import PASSWORD, Machine
from tests.e2e.support.docker import own_engine
from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.programs import Runner
from tests.e2e.support.tls import Authority
from tests.e2e.testbed.debian import ensure_program
from tests.e2e.testbed.provisioner import Provisioner

NAME = "registry.home.test"
ELSEWHERE = "registry.lan.test"
# Of this machine, but not where a registry for this machine alone listens.
ADDRESS = "127.0.0.3"


@pytest.fixture
def named(new_machine: Callable[[str], Machine], line: str, tmp_path: Path) -> Machine:
    """A user whose machine has a name, on an address of its own."""
    if os.geteuid() != 0:
        pytest.skip("a name without a change to /etc/hosts takes root")
    hosts = NamedHosts(tmp_path / "hosts")
    hosts.add(NAME, ADDRESS)
    machine = new_machine(line)
    machine.runner, machine.crane = replace(machine.runner, hosts=hosts), replace(machine.crane, hosts=hosts)
    machine.environment |= {"REGISTRY_LISTEN": "0.0.0.0", "REGISTRY_FQN": NAME}
    machine.host = f"{NAME}:{machine.environment['REGISTRY_PORT']}"
    return machine


@pytest.fixture(params=["2.8", "3"])
def line(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _trusting(machine: Machine, authority: Path) -> None:
    """Let the clients trust an authority, as one does for programs in Go."""
    machine.crane = replace(machine.crane, environment={**machine.crane.environment, "SSL_CERT_FILE": str(authority)})


def test_clients_push_and_pull_over_https_by_a_name(named: Machine, provisioner: Provisioner, tmp_path: Path) -> None:
    named.environment["REGISTRY_TLS"] = "self-signed"
    told = named.sk("deploy", "registry").ok()
    assert f"registry is ready at https://{named.host}" in told
    authority = tmp_path / "certs/ca.crt"
    authority.parent.mkdir()
    authority.write_text(named.sk("registry", "ca").ok())
    assert "certificate signed by unknown authority" in named.crane("digest", f"{named.host}/app:1").refused()
    _trusting(named, authority)
    named.crane.login(named.host, "admin", PASSWORD).ok()
    named.push("app:crane", {"file": os.urandom(200_000)})
    assert named.pulls("app:crane")

    environment = named.crane.environment
    regctl = Runner(provisioner.program("regctl"), named.crane.hosts, named.home, environment)
    regctl("image", "copy", f"{named.host}/app:crane", f"{named.host}/other:regctl").ok()
    assert named.pulls("other:regctl")

    ensure_program("skopeo", "skopeo")
    skopeo = Runner(Path("/usr/bin/skopeo"), named.crane.hosts, named.home, environment)
    login, certs = f"--authfile={named.home}/config.json", f"={authority.parent}"
    image, copy = f"docker://{named.host}/app:crane", f"dir:{named.home}/copy"
    skopeo("copy", "--insecure-policy", login, f"--src-cert-dir{certs}", image, copy).ok()
    skopeo("copy", "--insecure-policy", login, f"--dest-cert-dir{certs}", copy, image.replace("crane", "skopeo")).ok()
    assert named.pulls("app:skopeo")


def test_dockers_own_client_pushes_and_pulls(named: Machine, docker_engine: None, tmp_path: Path) -> None:
    named.environment |= {"REGISTRY_TLS": "self-signed", "REGISTRY_FQN": ELSEWHERE}
    named.host = named.host.replace(NAME, ELSEWHERE)
    image, archive = f"{named.host}/team/app:docker", tmp_path / "content.tar"
    with tarfile.open(archive, "w") as files:
        files.add(__file__, "a file of an image")
    with own_engine(tmp_path / "engine", ELSEWHERE, named.crane.hosts, named.crane.environment) as docker:
        named.sk("deploy", "registry").ok()
        docker("import", archive, image).ok()
        refused = docker("login", named.host, "-u", "admin", "--password-stdin", stdin=PASSWORD).refused()
        assert "certificate signed by unknown authority" in refused
        # As docs/one-machine-for-years.md tells.
        trusted = tmp_path / f"engine/etc/certs.d/{named.host}/ca.crt"
        trusted.parent.mkdir(parents=True)
        trusted.write_text(named.sk("registry", "ca").ok())
        docker("login", named.host, "-u", "admin", "--password-stdin", stdin=PASSWORD).ok()
        docker("push", image).ok()
        docker("image", "rm", image).ok()
        assert docker("image", "inspect", image).exit_code != 0
        docker("pull", image).ok()
        docker("image", "inspect", image).ok()
        _trusting(named, trusted)
        assert named.pulls("team/app:docker")


@pytest.mark.parametrize("line", ["3"])
def test_every_command_says_the_address(named: Machine) -> None:
    named.environment["REGISTRY_TLS"] = "self-signed"
    named.sk("deploy", "registry").ok()
    url = f"https://{named.host}"
    assert named.sk("registry", "forward").ok().strip() == url
    assert json.loads(named.sk("registry", "forward", "-o", "json").ok()) == {"url": url, "host": named.host}
    assert f"export PRIVATE_REGISTRY_FQN={named.host}\n" in named.sk("registry", "show-private").ok()
    assert f"/etc/containerd/certs.d/{named.host}/hosts.toml" in named.sk("registry", "trust").ok()
    assert f"{url} asks for a login" in named.sk("registry", "verify").ok()
    status = named.sk("status", "registry").ok()
    assert f"address: {url} (it listens on 0.0.0.0, as https://127.0.0.1:" in status
    assert "nothing to change" in named.sk("deploy", "registry").stderr


@pytest.mark.parametrize("line", ["3"])
def test_the_authority_outlives_the_registry_and_goes_with_the_data(named: Machine) -> None:
    named.environment["REGISTRY_TLS"] = "self-signed"
    named.sk("deploy", "registry").ok()
    authority = named.sk("registry", "ca").ok()
    named.sk("undeploy", "registry", "--yes").ok()
    named.sk("deploy", "registry").ok()
    assert named.sk("registry", "ca").ok() == authority
    named.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    named.sk("deploy", "registry").ok()
    assert named.sk("registry", "ca").ok() != authority


@pytest.mark.parametrize("line", ["3"])
def test_a_certificate_of_ones_own_is_served_and_taken_up_when_it_is_renewed(named: Machine, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine = authority.issue(NAME)
    named.environment |= {"REGISTRY_TLS_CERTIFICATE": str(mine.certificate), "REGISTRY_TLS_KEY": str(mine.key)}
    told = named.sk("deploy", "registry").ok()
    assert f"registry is ready at https://{named.host}" in told
    _trusting(named, authority.certificate)
    named.crane.login(named.host, "admin", PASSWORD).ok()
    named.push("app:1", {"file": b"content"})
    first = _served(named)
    authority.issue(NAME)
    named.sk("deploy", "registry").ok()
    assert _served(named) != first
    assert named.pulls("app:1")
    assert "is not known here" in named.sk("registry", "ca").refused()


def _served(machine: Machine) -> str:
    return ssl.get_server_certificate((ADDRESS, int(machine.environment["REGISTRY_PORT"])))


@pytest.mark.parametrize("line", ["3"])
def test_files_that_do_not_fit_are_refused(named: Machine, line: str, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    mine, other = authority.issue(NAME), authority.issue("other.test")
    text = tmp_path / "text"
    text.write_text("no certificate")
    for certificate, key, what in (
        (mine.certificate, "", "REGISTRY_TLS_KEY is not set"),
        (tmp_path / "none", mine.key, "cannot be read"),
        (text, mine.key, "holds no certificate"),
        (mine.certificate, text, "holds no key"),
        (mine.certificate, other.key, "is not the key of the certificate"),
        (other.certificate, other.key, f"is not for {NAME}"),
    ):
        changes = {"REGISTRY_TLS_CERTIFICATE": str(certificate), "REGISTRY_TLS_KEY": str(key)}
        told = replace(named, environment={**named.environment, **changes}).sk("deploy", "registry").refused()
        assert what in told
    for mode in ("wildcard", "cert-manager", "secret"):
        assert f"REGISTRY_TLS={mode} needs a cluster" in named.sk("deploy", "registry", REGISTRY_TLS=mode).refused()
    assert "is no IP address" in named.sk("deploy", "registry", REGISTRY_LISTEN="localhost").refused()
    assert "not to be had on 192.0.2.1" in named.sk("deploy", "registry", REGISTRY_LISTEN="192.0.2.1").refused()


@pytest.mark.parametrize("line", ["3"])
def test_without_tls_the_network_is_warned_of_and_clients_have_to_be_told(
    named: Machine, provisioner: Provisioner, docker_engine: None, tmp_path: Path, line: str
) -> None:
    named.environment["REGISTRY_FQN"] = ELSEWHERE
    named.host = named.host.replace(NAME, ELSEWHERE)
    image, hosts, environment = f"{named.host}/app:crane", named.crane.hosts, named.crane.environment
    insecure = {"insecure-registries": [named.host]}
    with own_engine(tmp_path / "engine", ELSEWHERE, hosts, environment, insecure) as docker:
        told = named.sk("deploy", "registry")
        assert f"registry is ready at http://{named.host}" in told.ok()
        assert "the password crosses the network in clear" in told.stderr
        # As docs/one-machine-for-years.md tells.
        named.crane.login(named.host, "admin", PASSWORD).ok()
        named.crane("catalog", named.host).refused()
        named.push("app:crane", {"file": b"content"}, "--insecure")

        regctl = Runner(provisioner.program("regctl"), hosts, named.home, environment)
        regctl("image", "digest", image).refused()
        regctl("registry", "set", named.host, "--tls", "disabled").ok()
        regctl("image", "copy", image, f"{named.host}/app:regctl").ok()

        ensure_program("skopeo", "skopeo")
        skopeo = Runner(Path("/usr/bin/skopeo"), hosts, named.home, environment)
        login = f"--authfile={named.home}/config.json"
        skopeo("inspect", login, f"docker://{image}").refused()
        skopeo("inspect", login, "--tls-verify=false", f"docker://{named.host}/app:regctl").ok()

        docker("pull", image).ok()


def test_behind_a_web_server_its_address_is_said(named: Machine) -> None:
    del named.environment["REGISTRY_LISTEN"]
    told = named.sk("deploy", "registry")
    assert f"registry is ready at https://{NAME}\n" in told.ok()
    assert "checked from inside" in told.stderr
    assert (
        f"address: https://{NAME} (this machine alone reaches it, as http://127.0.0.1:"
        in named.sk("status", "registry").ok()
    )
    request = urllib.request.Request(
        f"http://127.0.0.1:{named.environment['REGISTRY_PORT']}/v2/app/blobs/uploads/", method="POST"
    )
    request.add_header("Authorization", _basic("admin", PASSWORD))
    with urllib.request.urlopen(request) as answer:
        assert answer.headers["Location"].startswith("/v2/app/blobs/uploads/")


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_a_kept_address_is_loopback(machine_3: Machine) -> None:
    told = machine_3.sk("deploy", "registry")
    assert f"registry is ready at http://{machine_3.host}\n" in told.ok()
    assert "exposure" not in told.stderr
    port = int(machine_3.environment["REGISTRY_PORT"])
    assert answers(port)
    assert not any(answers(port, address) for address in (ADDRESS, "::1"))
    assert json.loads(machine_3.sk("status", "registry", "--json").ok())["healthy"]
