"""New logins for namespaces, by a job that may read and change two kinds of Secrets: real HTTPS, and a real registry's
answers to who shows what.
"""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from solakube_registry.users import htpasswd
from solakube_registry.users import record as records
from solakube_registry.users.user import User
from solakube_regtool.cluster.api import Api
from solakube_regtool.errors import RegtoolError
from solakube_regtool.logins import hashes, rotation
from solakube_regtool.logins.keeping import living
from solakube_regtool.logins.record import Record
from solakube_regtool.logins.rotation import Rotation
from solakube_regtool.output import Output

from tests.e2e.support.tls import Authority
from tests.loopback import LoopbackServer, QuietHandler, serving

SECRET = "/api/v1/namespaces/registry/secrets/logins"
HOST = "registry.example.com"


def pull_secret(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets/private-registry"


def encoded(data: Mapping[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}


class Cluster(LoopbackServer):
    """An API server of Secrets by their paths, which lets nobody change what he has not seen.

    Attributes:
        before: called before each patch, with its path.
        patched: the paths, in order.
    """

    def __init__(self) -> None:
        super().__init__(_Api)
        self.secrets: dict[str, dict[str, Any]] = {}
        self.before: Callable[[str], None] = lambda _: None
        self.patched: list[str] = []

    def store(self, path: str, data: Mapping[str, str]) -> None:
        """Write a Secret as somebody does."""
        version = int(self.secrets.get(path, {"metadata": {"resourceVersion": "0"}})["metadata"]["resourceVersion"])
        self.secrets[path] = {"metadata": {"resourceVersion": str(version + 1)}, "data": dict(data)}

    def text(self, path: str, key: str) -> str:
        return base64.b64decode(self.secrets[path]["data"][key]).decode()

    def users(self) -> dict[str, User]:
        return records.read(self.text(SECRET, "users.json"))

    def login(self, namespace: str, host: str = HOST) -> tuple[str, str]:
        entry = json.loads(self.text(pull_secret(namespace), ".dockerconfigjson"))["auths"][host]
        name, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
        assert (entry["username"], entry["password"]) == (name, password)
        return name, password

    def lets_in(self, name: str, password: str, now: float) -> bool:
        """Answer as the registry does that goes by the Secret."""
        digest = htpasswd.read(living(self.text(SECRET, "htpasswd-reader"), now)).get(name, "")
        return bool(digest) and bcrypt.checkpw(password.encode(), digest.encode())


class _Api(QuietHandler):
    server: Cluster

    def do_GET(self) -> None:
        self._answer(self.server.secrets.get(self.path))

    def do_PATCH(self) -> None:
        self.server.before(self.path)
        patch = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        live = self.server.secrets.get(self.path)
        if live and patch["metadata"]["resourceVersion"] != live["metadata"]["resourceVersion"]:
            self._answer({"message": "the object has been modified"}, 409)
            return
        if live:
            self.server.patched.append(self.path)
            self.server.store(self.path, {**live["data"], **patch["data"]})
        self._answer(self.server.secrets.get(self.path))

    def _answer(self, found: Mapping[str, Any] | None, status: int = 200) -> None:
        assert self.headers["Authorization"] == "Bearer the job's"
        body = json.dumps(found or {"message": "not found"}).encode()
        self.send_response(status if found else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """The job's service account, and the server's side of TLS."""
    folder = tmp_path_factory.mktemp("account")
    issued = Authority(folder).issue("localhost")
    (folder / "token").write_text("the job's\n")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.certificate, issued.key)
    return folder, context


@pytest.fixture
def cluster(account: tuple[Path, ssl.SSLContext]) -> Iterator[Cluster]:
    """A registry that shop and blog may pull from; gone has a login and no pull secret any more."""
    made = Cluster()
    made.socket = account[1].wrap_socket(made.socket, server_side=True)
    users = {
        f"pull-{name}": User(f"pull-{name}", "pull", "grant", f"{name}'s", name) for name in ("shop", "blog", "gone")
    }
    users["web"] = User("web", "pull", "settings", "web's")
    lines = htpasswd.lines({}, hashes.hashed("admin's"), users, {}, anonymous=False)
    data = {"users.json": records.written(users), "htpasswd-reader": htpasswd.written(lines, users)}
    made.store(SECRET, encoded({**data, "htpasswd": "admin:x\n", "haSharedSecret": "signing"}))
    for name in ("shop", "blog"):
        logins = {HOST: _entry(f"pull-{name}", f"{name}'s"), "quay.io": _entry("them", "theirs")}
        made.store(pull_secret(name), encoded({".dockerconfigjson": json.dumps({"auths": logins})}))
    with serving(made) as started:
        yield started


def _entry(name: str, password: str) -> dict[str, str]:
    return {"username": name, "password": password, "auth": base64.b64encode(f"{name}:{password}".encode()).decode()}


@pytest.fixture
def registry(cluster: Cluster) -> Iterator[LoopbackServer]:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            pair = base64.b64decode(self.headers["Authorization"].partition(" ")[2]).decode().partition(":")
            self.send_response(200 if cluster.lets_in(pair[0], pair[2], time.time()) else 401)
            self.send_header("Content-Length", "0")
            self.end_headers()

    with serving(LoopbackServer(Handler)) as server:
        yield server


@pytest.fixture
def rotate(cluster: Cluster, registry: LoopbackServer, account: tuple[Path, ssl.SSLContext]) -> Callable[[], int]:
    """Run the job."""

    def run() -> int:
        order = {
            "namespace": "registry", "secret": "logins", "pull_secret": "private-registry",
            "registry": registry.url, "grace": "1h", "settle": 0,
        }  # fmt: skip
        return Rotation(Api("localhost", cluster.server_port, str(account[0])), order, Output(False)).run()

    return run


def test_each_namespace_gets_a_new_login_and_the_old_one_an_end(cluster: Cluster, rotate: Callable[[], int]) -> None:
    assert rotate() == 0
    now = time.time()
    for name in ("shop", "blog"):
        login = cluster.login(name)
        assert login[0] == f"pull-{name}.2"
        assert cluster.lets_in(*login, now + 7200)
        assert cluster.lets_in(f"pull-{name}", f"{name}'s", now + 3000)
        assert not cluster.lets_in(f"pull-{name}", f"{name}'s", now + 3700)
        assert cluster.login(name, "quay.io") == ("them", "theirs")


def test_who_does_not_follow_keeps_his_login(cluster: Cluster, rotate: Callable[[], int]) -> None:
    before = cluster.users()
    assert rotate() == 0
    after = cluster.users()
    for name in ("pull-gone", "web"):
        assert after[name] == before[name]
        assert cluster.lets_in(name, before[name].password, time.time() + 1e9)
    assert set(after) == {*before, "pull-shop.2", "pull-blog.2"}
    assert (cluster.text(SECRET, "htpasswd"), cluster.text(SECRET, "haSharedSecret")) == ("admin:x\n", "signing")


def test_a_namespace_gets_its_login_when_the_registry_knows_it_and_the_old_ones_end_after_that(
    cluster: Cluster, rotate: Callable[[], int]
) -> None:
    known: list[bool] = []

    def look(path: str) -> None:
        if path == pull_secret("shop"):
            login = cluster.users()["pull-shop.2"]
            known.append(cluster.lets_in(login.name, login.password, time.time()))
            known.append(cluster.users()["pull-shop"].ends == 0)

    cluster.before = look
    assert rotate() == 0
    assert known == [True, True]
    assert cluster.patched[0] == cluster.patched[-1] == SECRET


def test_what_somebody_changes_meanwhile_is_not_lost(cluster: Cluster, rotate: Callable[[], int]) -> None:
    added = User("late", "pull", "command", "late's")
    done: list[str] = []

    def meanwhile(path: str) -> None:
        if path == SECRET and not done:
            done.append(path)
            data = {**cluster.secrets[SECRET]["data"]}
            cluster.store(
                SECRET, {**data, **encoded({"users.json": records.written({**cluster.users(), "late": added})})}
            )

    cluster.before = meanwhile
    assert rotate() == 0
    assert cluster.users()["late"] == added
    assert cluster.login("shop")[0] == "pull-shop.2"


def test_where_a_namespace_does_not_take_it_its_old_login_goes_on(
    cluster: Cluster, rotate: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    def always_changed(path: str) -> None:
        if path == pull_secret("shop"):
            cluster.store(path, cluster.secrets[path]["data"])

    cluster.before = always_changed
    assert rotate() == 1
    assert cluster.login("shop") == ("pull-shop", "shop's")
    assert cluster.lets_in("pull-shop", "shop's", time.time() + 1e9)
    assert "pull-shop.2" not in cluster.users()
    assert "pull-shop.2" not in cluster.text(SECRET, "htpasswd-reader")
    assert cluster.login("blog")[0] == "pull-blog.2"
    assert "shop keeps its login" in capsys.readouterr().err


def test_a_registry_that_does_not_know_the_new_logins_leaves_all_as_it_was(
    cluster: Cluster, rotate: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, secrets = cluster.users(), {name: cluster.login(name) for name in ("shop", "blog")}
    monkeypatch.setattr(rotation, "_PATIENCE", 0.0)
    monkeypatch.setattr(rotation, "_PAUSE", 0.0)
    monkeypatch.setattr(Cluster, "lets_in", lambda *_: False)
    with pytest.raises(RegtoolError, match="does not let pull-"):
        rotate()
    assert cluster.users() == before
    assert {name: cluster.login(name) for name in secrets} == secrets


def test_a_run_after_one_that_was_cut_off_ends_what_that_left(cluster: Cluster, rotate: Callable[[], int]) -> None:
    record = Record(cluster.secrets[SECRET]["data"])
    left = record.add("shop")
    cluster.store(SECRET, {**cluster.secrets[SECRET]["data"], **record.data()})
    assert rotate() == 0
    name, _ = cluster.login("shop")
    assert name == "pull-shop.3"
    users = cluster.users()
    assert users[left.name].ends > 0
    assert users["pull-shop"].ends > 0
    assert users[name].ends == 0


def test_again_and_again_the_ends_stay(cluster: Cluster, rotate: Callable[[], int]) -> None:
    rotate()
    first = cluster.users()["pull-shop"].ends
    rotate()
    assert cluster.users()["pull-shop"].ends == first
    assert cluster.login("shop")[0] == "pull-shop.3"


def test_the_hash_is_what_the_registry_takes() -> None:
    password = hashes.made()
    digest = hashes.hashed(password)
    assert digest.startswith("$2b$04$")
    assert bcrypt.checkpw(password.encode(), digest.encode())
    assert not bcrypt.checkpw(hashes.made().encode(), digest.encode())
    assert hashes.hashed(password) != digest


def test_where_the_system_has_no_bcrypt_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "_LIBRARIES", ("libm.so.6", "no-such-library"))
    with pytest.raises(RegtoolError, match="no login can be made here"):
        hashes.hashed("x")


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2, "users": []}', '{"format": 1, "users": [{}]}'])
def test_a_record_that_cannot_be_read_is_left_as_it_is(text: str) -> None:
    with pytest.raises(RegtoolError, match="the record of the users"):
        Record(encoded({"users.json": text, "htpasswd-reader": ""}))
