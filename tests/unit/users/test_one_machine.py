"""Users who may only pull on one machine: the pod's processes as services, which listen on sockets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from solakube_registry.configure import configure
from solakube_registry.maintenance.regtool import maintenance
from solakube_registry.naming import COMPONENT, CONTAINER_LAYOUT
from solakube_registry.place import has_reader_here
from solakube_registry.plan import deploy
from solakube_registry.users.accounts import Accounts
from solakube_registry.users.changes import added, removed, rotated

from solakube_core.engine import Engine
from solakube_core.errors import NotDeployed, SolakubeError
from solakube_core.lifecycle import Lifecycle
from solakube_core.local.apply.configuration import write_all
from solakube_core.local.data.folders import Folders
from solakube_core.local.machine.programs import find
from solakube_core.model import File, Layout, ObjectRef, Plan, Service
from solakube_core.testing import Place
from tests.unit.exposure.places import NAMES, Machine, settings

ADMIN = {"REGISTRY_ADMIN_PASSWORD": "correct horse"}
METRICS = "http://127.0.0.1:5001 http://127.0.0.1:5003"


@dataclass(frozen=True)
class Installed(Machine):
    """A machine with an installation.

    Attributes:
        files: of its configuration folder.
        folder: that folder.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    folder: str = "/config"

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        assert component == COMPONENT
        return self.files.get(key)

    def layout(self, component: str, in_container: Layout) -> Layout:
        assert in_container == CONTAINER_LAYOUT
        return Layout("/data", self.folder)


def planned(site: Place = Installed(), /, **values: str) -> Plan:
    made = settings(cluster_type="local", **ADMIN, **values)
    assert configure(made, (), site).problems == ()
    return deploy(made, (), None, None, site)


def services(plan: Plan) -> dict[str, Service]:
    return {service.name: service for service in plan.services}


def files(plan: Plan) -> dict[str, File]:
    return {file.name: file for service in plan.services for file in service.files}


def texts(plan: Plan) -> dict[str, str]:
    return {name: file.content for name, file in files(plan).items()}


def test_without_users_who_only_pull_there_is_one_process_at_the_address() -> None:
    plan = planned(REGISTRY_PUSH_USERS="ci")
    assert list(services(plan)) == ["registry", "regtool"]
    assert services(plan)["registry"].port == 5000
    assert json.loads(files(plan)["config.yml"].content)["http"]["addr"] == "127.0.0.1:5000"
    assert not any(file.copied for file in files(plan).values())
    assert services(plan)["regtool"].environment == {}


@pytest.mark.parametrize("values", [{"REGISTRY_PULL_USERS": "web"}, {"REGISTRY_ANONYMOUS_PULL": "Y"}])
def test_both_processes_listen_on_sockets_and_the_proxy_at_the_address(values: dict[str, str]) -> None:
    plan = planned(**values)
    proxy, writer, reader, regtool = plan.services
    assert [service.name for service in plan.services] == ["proxy", "registry", "reader", "regtool"]
    assert (proxy.port, proxy.listen, proxy.more_ports, proxy.ends_by) == (5000, "127.0.0.1", (), "SIGUSR1")
    assert proxy.environment == {"RUN": "/config/run"}
    assert [(service.port, service.more_ports) for service in (writer, reader)] == [(0, (5001,)), (0, (5003,))]
    assert regtool.port == 5002
    configs = {name: json.loads(files(plan)[name].content) for name in ("config.yml", "reader.yml")}
    for name, socket in (("config.yml", "writer"), ("reader.yml", "reader")):
        assert configs[name]["http"]["net"] == "unix"
        assert configs[name]["http"]["addr"] == f"/config/run/{socket}"
        assert f"'unix@${{RUN}}/{socket}'" in texts(plan)["haproxy.cfg"]
    assert configs["reader.yml"]["storage"]["maintenance"]["readonly"] == {"enabled": True}
    assert "bind 127.0.0.1:5000\n" in texts(plan)["haproxy.cfg"]
    assert ("Authorization" in texts(plan)["haproxy.cfg"]) == ("REGISTRY_ANONYMOUS_PULL" in values)


def test_the_processes_read_copies_which_the_maintenance_program_keeps() -> None:
    plan = planned(REGISTRY_PULL_USERS="web")
    configs = {name: json.loads(files(plan)[name].content) for name in ("config.yml", "reader.yml")}
    paths = {config["auth"]["htpasswd"]["path"] for config in configs.values()}
    assert paths == {"/config/run/htpasswd", "/config/run/htpasswd-reader"}
    assert {name for name, file in files(plan).items() if file.copied} == {"htpasswd", "htpasswd-reader"}
    assert "web:" not in texts(plan)["htpasswd"]
    assert "web:" in texts(plan)["htpasswd-reader"]
    arguments = services(plan)["regtool"].arguments
    assert arguments[arguments.index("--logins") + 1 :][:2] == ("/config", "/config/run")


@pytest.mark.parametrize("before", [{}, {"REGISTRY_PULL_USERS": "web"}])
def test_every_run_of_the_maintenance_program_knows_of_both_processes(before: dict[str, str], tmp_path: Any) -> None:
    """Those that are planned know what is planned, and commands what is deployed."""
    site = Installed(files=texts(planned(**before)))
    known = {"SOLAKUBE_REGISTRY_METRICS": METRICS}
    scheduled = {"REGISTRY_GC_SCHEDULE": "0 4 * * *", "REGISTRY_BACKUP_TO": str(tmp_path)}
    for wanted, environment in (({"REGISTRY_PULL_USERS": "web"}, known), ({}, {})):
        plan = planned(site, **scheduled, **wanted)
        assert [schedule.program.environment for schedule in plan.schedules] == [environment] * 2
        assert services(plan)["regtool"].environment == environment
    assert maintenance(settings(cluster_type="local"), site).tool.environment == (known if before else {})


def test_the_files_of_a_registry_alone_are_in_the_order_that_they_had() -> None:
    """A new version of sk would restart it otherwise."""
    names = [file.name for file in services(planned())["registry"].files]
    assert names == ["config.yml", "htpasswd", "users.json", "haSharedSecret"]


def test_a_second_deployment_changes_nothing() -> None:
    values = {"REGISTRY_PULL_USERS": "web", "REGISTRY_PUSH_USERS": "ci", "REGISTRY_ANONYMOUS_PULL": "Y"}
    first = planned(**values)
    second = planned(Installed(files=texts(first)), **values)
    assert texts(second) == texts(first)
    assert files(second)["users.json"].replaces == texts(first)["users.json"]


def test_what_listens_where_is_told_by_the_settings() -> None:
    for listen, bind in (("0.0.0.0", "bind 0.0.0.0:5000\n"), ("::1", "bind [::1]:5000 v4v6\n")):
        plan = planned(REGISTRY_PULL_USERS="web", REGISTRY_LISTEN=listen)
        assert bind in texts(plan)["haproxy.cfg"]
        assert services(plan)["proxy"].listen == listen


def test_a_path_that_is_too_long_for_a_socket_is_told() -> None:
    longest = "/" + "x" * (103 - len("/run/reader") - 1)
    planned(Installed(folder=longest), REGISTRY_PULL_USERS="web")
    planned(Installed(folder=f"{longest}x"))
    with pytest.raises(SolakubeError, match="too long by 1 bytes"):
        planned(Installed(folder=f"{longest}x"), REGISTRY_PULL_USERS="web")


def test_where_the_proxy_is_not_there_that_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr("solakube_core.local.machine.programs._SERVERS_PATH", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    proxy = services(planned(REGISTRY_PULL_USERS="web"))["proxy"]
    with pytest.raises(SolakubeError) as raised:
        find(proxy, Layout("/data", "/config"), "proxy")
    (problem,) = raised.value.problems
    assert problem.what == "there is no program for proxy"
    assert "apt-get install haproxy" in problem.why
    assert problem.remedy == "install it, or set REGISTRY_PROXY_BINARY to its path"


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        ("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/", True),
        ("HAProxy version 2.4.0 2021/05/14", True),
        ("HAProxy version 2.10.1 2030/05/14", True),
        ("HAProxy version 3.0.11-1+deb13u5 2026/11/18", True),
        ("HA-Proxy version 2.2.9-2+deb11u6", False),
        ("HAProxy version 2.3.1 2020/11/13", False),
        ("nginx version: nginx/1.22", False),
    ],
)
def test_another_program_does_not_take_the_proxys_place(told: str, fits: bool) -> None:
    proxy = services(planned(REGISTRY_PULL_USERS="web", REGISTRY_PROXY_BINARY="/opt/it"))["proxy"]
    assert proxy.binary == "/opt/it"
    found = re.search(proxy.told, told)
    assert bool(found) == fits
    if found:
        assert f" {found[1]} " in f"{told} "


@dataclass
class Deployed:
    """An engine and a lifecycle on one machine, whose files lie in a real folder; no registry answers.

    Attributes:
        where: its folders.
        lacks: why it cannot be deployed with users who may only pull.
        deployments: how often it was deployed.
    """

    where: Folders
    lacks: str = ""
    deployments: int = 0

    @property
    def site(self) -> Installed:
        return Installed(files={path.name: path.read_text() for path in self.where.config.iterdir() if path.is_file()})

    @property
    def accounts(self) -> Accounts:
        return Accounts(cast(Engine, self), cast(Lifecycle, self), NAMES, cast(Any, self))

    def rewrite(self, component: str, changed: Any) -> None:
        write_all(self.where, tuple(changed))

    def prepare(self, component: str, overrides: Mapping[str, str] | None = None) -> Plan:
        return planned(self.site, **(overrides or {}))

    def changes(self, plan: Plan) -> None:
        if self.lacks and "proxy" in services(plan):
            raise SolakubeError(self.lacks)

    def carry_out(self, plan: Plan, progress: object) -> None:
        self.deployments += 1
        self.where.config.mkdir(parents=True, exist_ok=True)
        write_all(self.where, tuple(files(plan).values()))

    def say(self, line: str) -> None:
        del line


@pytest.fixture
def deployed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    monkeypatch.setattr(Accounts, "_await", lambda *_: None)
    made = Deployed(Folders(tmp_path / "state", tmp_path / "data"))
    made.where.config.mkdir(parents=True)
    made.carry_out(planned(), None)
    made.where.run.mkdir()
    return made


def test_who_is_added_takes_a_deployment_once(deployed: Deployed) -> None:
    deployed.accounts.change(lambda users: added(users, "ci", "push", "chosen"), {"ci": "chosen"})
    assert deployed.deployments == 1
    assert not has_reader_here(deployed.site, NAMES)
    deployed.accounts.change(lambda users: added(users, "web", "pull", None))
    assert deployed.deployments == 2
    assert has_reader_here(deployed.site, NAMES)
    deployed.accounts.require_ends()
    deployed.accounts.change(lambda users: rotated(users, ["web"], 99999999999.0))
    deployed.accounts.change(lambda users: removed(users, ["ci"]))
    assert deployed.deployments == 2
    assert set(deployed.accounts.users()) == {"web", "web~2"}
    for name in ("htpasswd", "htpasswd-reader"):
        given, used = (folder / name for folder in (deployed.where.config, deployed.where.run))
        assert given.read_text() == used.read_text()
        assert "ci:" not in given.read_text()


def test_where_there_is_no_proxy_nothing_is_changed(deployed: Deployed) -> None:
    deployed.lacks = "there is no program for proxy"
    before = deployed.site.files
    with pytest.raises(SolakubeError, match="no program for proxy"):
        deployed.accounts.change(lambda users: added(users, "web", "pull", None))
    assert deployed.site.files == before
    deployed.accounts.change(lambda users: added(users, "ci", "push", None))
    with pytest.raises(SolakubeError, match="no login can end by itself"):
        deployed.accounts.require_ends()


def test_two_changes_do_not_overwrite_each_other(deployed: Deployed) -> None:
    plan = deployed.prepare(COMPONENT)

    def meanwhile(users: Any) -> Any:
        if "second" not in deployed.accounts.users():
            deployed.accounts.change(lambda known: added(known, "second", "push", None))
        return added(users, "first", "push", None)

    with pytest.raises(SolakubeError, match=r"users\.json was changed meanwhile"):
        deployed.accounts.change(meanwhile)
    with pytest.raises(SolakubeError, match=r"users\.json was changed meanwhile"):
        deployed.carry_out(plan, None)
    assert set(deployed.accounts.users()) == {"second"}


def test_what_is_not_deployed_has_no_users(deployed: Deployed) -> None:
    for path in deployed.where.config.glob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(NotDeployed):
        deployed.accounts.users()
