"""Users who may only pull, on one machine: two processes of the registry on sockets, and the proxy at its address."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from solakube_core.local.machine.ports import answers
from solakube_core.local.state.recording import read_state
from tests.e2e.local.machine import PASSWORD, Machine
from tests.e2e.local.versions import later
from tests.e2e.support.programs import Crane
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.provisioner import Provisioner
from tests.e2e.users.walk import Client, Walk, digest_of

CI_PASSWORD = "pa$$ \"w'o:rd"
USERS = {
    "REGISTRY_PULL_USERS": "web",
    "REGISTRY_PUSH_USERS": "ci",
    "REGISTRY_CI_PASSWORD": CI_PASSWORD,
}
AT_ONCE = ("--now", "--grace=1s", "--untagged-grace=0s", "--wait")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short path, as sockets have."""
    with TemporaryDirectory(prefix="sk-") as folder:
        yield Path(folder)


@pytest.fixture(autouse=True)
def proxy(provisioner: Provisioner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody have the proxy's program on PATH."""
    monkeypatch.setenv("PATH", f"{provisioner.haproxy().parent}:{os.environ['PATH']}")


def client(machine: Machine, user: str = "", password: str = "") -> Client:
    """Talk to the registry as one user."""
    return Client(lambda: http.client.HTTPConnection(machine.host, timeout=PATIENCE), user, password)


def password(machine: Machine, user: str) -> str:
    """The password that was made for a user."""
    listed = json.loads(machine.sk("registry", "user", "list", "--show-secrets", "-o", "json").ok())
    found: str = next(item["password"] for item in listed["items"] if item["name"] == user)
    return found


def crane_of(machine: Machine, user: str, secret: str) -> Crane:
    """The client as a user; one without a name is logged in nowhere."""
    folder = machine.home / f"client of {user}"
    folder.mkdir(exist_ok=True)
    crane = replace(machine.crane, environment={**machine.crane.environment, "DOCKER_CONFIG": str(folder)})
    if user:
        crane.login(machine.host, user, secret).ok()
    return crane


def processes(machine: Machine) -> dict[str, object]:
    """Everything that is kept up, by name."""
    state = read_state(machine.state / "state.json")
    assert state
    return {name: running.process for name, running in state.jobs.items()}


def test_who_may_only_pull_does_that_and_nothing_else(machine: Machine) -> None:
    machine.environment |= USERS
    told = machine.deploy()
    assert "no effect" not in told
    pusher, web = client(machine, "ci", CI_PASSWORD), client(machine, "web", password(machine, "web"))
    walk = Walk(pusher)
    digest, upload = walk.begin(), pusher.begin_upload(walk.repository)
    assert walk.answers(web, digest) == {200}
    for nobody in (client(machine), client(machine, "web", PASSWORD), client(machine, "admin", web.password)):
        assert walk.answers(nobody, digest) == {401}
    here = f"/v2/{walk.repository}"
    changes = (
        *(("POST", f"{here}/blobs/uploads/"), ("GET", upload), ("PATCH", upload), ("PUT", f"{upload}&digest={digest}")),
        *(("PUT", f"{here}/manifests/2"), ("DELETE", f"{here}/manifests/1"), ("DELETE", f"{here}/blobs/{digest}")),
    )
    assert {web(method, path, b"content").status for method, path in changes} == {401}

    # Clients that nobody here wrote.
    digest = crane_of(machine, "ci", CI_PASSWORD).push_new(f"{machine.host}/app:1", {"file": b"content"})
    puller = crane_of(machine, "web", web.password)
    assert puller("digest", f"{machine.host}/app:1").ok().strip() == digest
    puller("validate", "--remote", f"{machine.host}/app:1").ok()
    for words in (("tag", f"{machine.host}/app:1", "2"), ("delete", f"{machine.host}/app@{digest}")):
        assert "401 Unauthorized" in puller(*words).refused().replace("UNAUTHORIZED", "401 Unauthorized")

    # Nobody else of this machine comes past the proxy, or reads a password file.
    sockets = sorted(path for path in machine.state.rglob("*") if stat.S_ISSOCK(path.stat().st_mode))
    assert [path.name for path in sockets] == ["reader", "writer"]
    assert all(parent.stat().st_mode & 0o077 == 0 for path in sockets for parent in (path.parent, machine.state))
    assert all(path.stat().st_mode & 0o077 == 0 for path in sockets[0].parent.glob("htpasswd*"))

    before = processes(machine)
    assert set(before) == {"proxy", "registry", "reader", "regtool"}
    assert "+" not in machine.sk("diff", "registry").ok()
    assert "nothing to change" in machine.sk("deploy", "registry").stderr
    shown = machine.sk("status", "registry").ok()
    assert all(f" {name}: running" in shown for name in before), shown
    machine.sk("logs", "registry", "--of", "proxy").ok()
    machine.sk("registry", "verify").ok()
    assert processes(machine) == before


def test_users_come_and_go_and_the_images_stay(machine_3: Machine) -> None:
    machine = machine_3
    machine.deploy()
    machine.push("app:1", {"file": os.urandom(100_000)})
    alone = set(processes(machine))

    # The first user who may only pull takes a deployment, which is looked into before anything is changed.
    lacking = machine.sk("registry", "user", "add", "guest", REGISTRY_PROXY_BINARY=f"{machine.home}/nothing")
    assert f"{machine.home}/nothing cannot be run" in lacking.refused()
    assert set(processes(machine)) == alone
    assert "guest" not in machine.sk("registry", "user", "list").ok()
    made = machine.sk("registry", "user", "add", "guest", "--show-secrets").ok().strip()
    assert set(processes(machine)) == {"proxy", "registry", "reader", "regtool"}
    guest = crane_of(machine, "guest", made)
    guest("validate", "--remote", f"{machine.host}/app:1").ok()
    guest("tag", f"{machine.host}/app:1", "2").refused()

    before = processes(machine)
    machine.sk("registry", "user", "add", "build", "--push", "--password-stdin", stdin=f"{CI_PASSWORD}\n").ok()
    crane_of(machine, "build", CI_PASSWORD).push_new(f"{machine.host}/app:2", {"file": os.urandom(100_000)})
    further = machine.sk("registry", "user", "rotate", "guest", "--grace=1s", "--show-secrets").ok().strip()
    old, new = client(machine, "guest", made), client(machine, "guest~2", further)
    assert new("GET", "/v2/").status == 200
    eventually(lambda: old("GET", "/v2/").status == 401, "the old login ended by itself")
    machine.sk("registry", "user", "remove", "guest", "--yes").ok()
    assert new("GET", "/v2/").status == 401
    assert processes(machine) == before

    # What nothing needs is freed, with both processes at work.
    machine.sk("registry", "regtool", "delete", "app", "1").ok()
    freed = json.loads(machine.sk("registry", "garbage-collect", *AT_ONCE, "-o", "json").ok())
    assert 100_000 < freed["total"]["freed_bytes"] < 110_000

    assert "proxy" in machine.sk("diff", "registry").stdout
    machine.deploy()
    assert set(processes(machine)) == alone
    assert machine.pulls("app:2")
    assert sorted(path.name for path in machine.state.joinpath("config").iterdir()) == [
        "config.yml", "haSharedSecret", "htpasswd", "users.json",
    ]  # fmt: skip
    client(machine, "build", CI_PASSWORD).push("later", "1", b"x")


def test_a_login_is_replaced_without_a_failed_pull(machine_3: Machine) -> None:
    machine_3.environment |= USERS
    machine_3.deploy()
    machine_3.push("app:1", {"file": b"content"})
    known, over = Known(("web", password(machine_3, "web"))), threading.Event()
    pullers = [Puller(machine_3, known) for _ in range(4)]
    threads = [threading.Thread(target=puller.work, args=(over,)) for puller in pullers]
    for thread in threads:
        thread.start()
    try:
        for further in (2, 3):
            seen = [puller.pulls for puller in pullers]
            made = machine_3.sk("registry", "user", "rotate", "web", "--grace=1h", "--show-secrets").ok().strip()
            known.login = (f"web~{further}", made)
            eventually(partial(_went_on, pullers, seen), "pulls go on")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert [failure for puller in pullers for failure in puller.failures] == []


def _went_on(pullers: list[Puller], seen: list[int]) -> bool:
    return all(puller.pulls > count for puller, count in zip(pullers, seen, strict=True))


def test_a_push_under_way_ends_when_the_proxy_is_restarted(machine_3: Machine) -> None:
    machine = machine_3
    machine.environment |= USERS
    machine.deploy()
    pusher, content = client(machine, "ci", CI_PASSWORD), os.urandom(50_000)
    with under_way(machine, pusher, content) as rest:
        assert "nothing to change" in machine.sk("deploy", "registry").stderr
        assert rest() == 201
    machine.environment["REGISTRY_ANONYMOUS_PULL"] = "Y"
    port = int(machine.environment["REGISTRY_PORT"])
    with under_way(machine, pusher, content) as rest, ThreadPoolExecutor(1) as side:
        deployed = side.submit(machine.sk, "deploy", "registry")
        eventually(lambda: not answers(port), "the proxy takes no more connections")
        assert rest() == 201
        deployed.result().ok()
    anybody = crane_of(machine, "", "")
    crane_of(machine, "ci", CI_PASSWORD).push_new(f"{machine.host}/app:1", {"file": b"content"})
    anybody("validate", "--remote", f"{machine.host}/app:1").ok()
    anybody("tag", f"{machine.host}/app:1", "2").refused()
    assert Walk(pusher).refused(client(machine)) == []


def test_it_serves_https_and_its_supervisor_is_replaced(machine_3: Machine, tmp_path: Path) -> None:
    machine = machine_3
    machine.environment |= {**USERS, "REGISTRY_TLS": "self-signed", "REGISTRY_ANONYMOUS_PULL": "Y"}
    machine.sk("deploy", "registry").ok()
    authority = machine.home / "ca.crt"
    authority.write_text(machine.sk("registry", "ca").ok())
    machine.crane = replace(machine.crane, environment={**machine.crane.environment, "SSL_CERT_FILE": str(authority)})
    crane_of(machine, "ci", CI_PASSWORD).push_new(f"{machine.host}/app:1", {"file": b"content"})
    crane_of(machine, "", "")("validate", "--remote", f"{machine.host}/app:1").ok()
    context = ssl.create_default_context(cafile=str(authority))
    secure = partial(http.client.HTTPSConnection, machine.host, timeout=PATIENCE, context=context)
    assert Walk(Client(secure, "ci", CI_PASSWORD)).refused(Client(secure, "web", password(machine, "web"))) == []
    asked = Client(secure)("GET", "/v2/").headers["WWW-Authenticate"]
    assert asked == f'Bearer realm="https://{machine.host}/v2/token",service="registry"'
    assert "nothing to change" in machine.sk("deploy", "registry").stderr

    before = processes(machine)
    newer = replace(machine, runner=replace(machine.runner, program=later(tmp_path / "later")))
    assert "replaced by version 99.0" in newer.sk("deploy", "registry").stderr
    # The maintenance program is another one.
    assert {**processes(machine), "regtool": None} == {**before, "regtool": None}


@contextmanager
def under_way(machine: Machine, pusher: Client, content: bytes) -> Iterator[Callable[[], int]]:
    """Begin to send a blob; what is yielded sends the rest, and returns the answer's status."""
    place = pusher.begin_upload("pushed")
    connection = http.client.HTTPConnection(machine.host, timeout=PATIENCE)
    connection.putrequest("PUT", f"{place}&digest={digest_of(content)}")
    for name, value in {**pusher.login(), "Content-Length": str(len(content))}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(content[:1000])

    def rest() -> int:
        connection.send(content[1000:])
        answer = connection.getresponse()
        answer.read()
        return answer.status

    try:
        yield rest
    finally:
        connection.close()


@dataclass
class Known:
    """What clients are told of a user.

    Attributes:
        login: name and password.
    """

    login: tuple[str, str]


@dataclass
class Puller:
    """Pulls again and again by the login that there is.

    Attributes:
        pulls: that succeeded.
        failures: what the others got.
    """

    machine: Machine
    known: Known
    pulls: int = 0
    failures: list[int] = field(default_factory=list)

    def work(self, over: threading.Event) -> None:
        """Go on until it is over."""
        while not over.is_set():
            asked = client(self.machine, *self.known.login)
            answer = asked("GET", "/v2/app/manifests/1")
            if answer.status == 200:
                answer = asked("GET", f"/v2/app/blobs/{json.loads(answer.body)['layers'][0]['digest']}")
            if answer.status == 200:
                self.pulls += 1
            else:
                self.failures.append(answer.status)
