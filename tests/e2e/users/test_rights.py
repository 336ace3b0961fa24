"""What each user may do, on every path and by every method, at real registries of both lines behind the proxy."""

from __future__ import annotations

import base64
import hmac
import json
import os
import subprocess
import uuid
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.e2e.support.waiting import eventually
from tests.e2e.users.conftest import Fronted
from tests.e2e.users.fronts import PASSWORDS, SIGNING, USERS, write_passwords
from tests.e2e.users.walk import Client, Walk


def test_who_may_only_pull_changes_nothing_by_any_method_on_any_path(closed: Fronted) -> None:
    walk = Walk(closed.client("ci"))
    assert walk.refused(closed.client("web")) == []
    for user in ("web", "ci", "admin"):
        assert walk.answers(closed.client(user), walk.begin()) == {200}
        assert closed.client(user)("GET", "/v2/").status == 200


def test_nobody_without_a_login_or_with_a_wrong_one_gets_anything(closed: Fronted) -> None:
    walk = Walk(closed.client("ci"))
    for nobody in (closed.client(), closed.client("web", "admin's"), closed.client("admin", "web's")):
        assert walk.refused(nobody) == []
        assert walk.answers(nobody, walk.begin()) == {401}
        assert nobody("GET", "/v2/").status == 401


def test_a_push_user_pushes_mounts_overwrites_and_deletes(closed: Fronted) -> None:
    pusher = closed.client("ci")
    walk = Walk(pusher)
    digest, blob = walk.begin(), walk.reading("")[3].rpartition("/")[2]
    assert pusher("POST", f"/v2/other/blobs/uploads/?mount={blob}&from={walk.repository}").status == 201
    assert replace(walk, content=b"other").begin() != digest
    assert pusher("DELETE", f"/v2/{walk.repository}/manifests/{digest}").status == 202
    assert pusher("GET", f"/v2/{walk.repository}/manifests/{digest}").status == 404
    assert pusher("GET", f"/v2/{walk.repository}/manifests/1").status == 200


def test_everybody_pulls_where_that_is_allowed_and_a_login_is_asked_for_all_the_same(open_to_all: Fronted) -> None:
    walk, anybody = Walk(open_to_all.client("ci")), open_to_all.client()
    assert walk.refused(anybody) == []
    digest = walk.begin()
    assert walk.answers(anybody, digest) == {200}
    for greeting in ("/v2/", "/v2"):
        assert anybody("GET", greeting).status == 401
    # A wrong login is told, not taken for none.
    assert walk.answers(open_to_all.client("ci", "wrong"), digest) == {401}
    assert open_to_all.client("web")("GET", "/v2/").status == 200


@dataclass
class ByToken(Client):
    """Shows a token, as Docker's engine does where it is told of them."""

    token: str = ""

    def login(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def test_a_token_may_what_its_owner_may(open_to_all: Fronted) -> None:
    challenge = open_to_all.client()("GET", "/v2/").headers["WWW-Authenticate"]
    assert challenge == f'Bearer realm="http://{open_to_all.registry.host}/v2/token",service="registry"'

    def by_token(client: Client) -> Client:
        given = client("GET", "/v2/token?service=registry&scope=repository:app:pull,push")
        assert (given.status, given.headers["Cache-Control"]) == (200, "no-store")
        return ByToken(client.connect, token=json.loads(given.body)["token"])

    pusher = by_token(open_to_all.client("ci"))
    walk = Walk(pusher)
    digest = walk.begin()
    for name in ("", "web"):
        puller = by_token(open_to_all.client(name))
        assert puller("GET", "/v2/").status == 200
        assert walk.answers(puller, digest) == {200}
        assert walk.refused(puller) == []


@pytest.mark.parametrize(
    "shown",
    ["Basic d2ViOndyb25n", "Basic", "Bearer d2ViOndlYidz", 'Basic "},"x":"', "Basic d2ViOndlYidz more", "Digest x"],
)
def test_no_token_is_given_for_what_is_no_login(open_to_all: Fronted, shown: str) -> None:
    """The first one is web's with a wrong password; the third one shows a token where a password is asked for."""
    client = open_to_all.client()
    client.login = lambda: {"Authorization": shown}  # type: ignore[method-assign]
    answer = client("GET", "/v2/token")
    assert answer.status == 401
    assert b"token" not in answer.body
    assert open_to_all.client("ci")("POST", "/v2/token").status == 405


def _state(secret: str, repository: str, upload: str) -> str:
    """Return the state of an upload as the registry writes it, signed with a secret.

    Source: https://github.com/distribution/distribution/blob/main/registry/handlers/hmac.go
    """
    told = {"Name": repository, "UUID": upload, "Offset": 0, "StartedAt": "2026-01-01T00:00:00Z"}
    message = json.dumps(told).encode()
    signature = hmac.digest(secret.encode(), message, "sha256")
    return base64.urlsafe_b64encode(signature + message).decode()


def test_who_has_the_signing_secret_forges_the_state_of_an_upload_and_needs_a_login_all_the_same(
    closed: Fronted,
) -> None:
    pusher, repository = closed.client("ci"), f"team/forged-{uuid.uuid4().hex[:8]}"
    place = pusher.begin_upload(repository).partition("?")[0]

    def forged(secret: str) -> str:
        return f"{place}?{urlencode({'_state': _state(secret, repository, place.rpartition('/')[2])})}"

    assert pusher("PATCH", forged("another"), b"content").status == 404
    for nobody in (closed.client(), closed.client("web")):
        assert nobody("PATCH", forged(SIGNING), b"content").status == 401
    assert pusher("GET", forged(SIGNING)).status == 204
    assert pusher("PATCH", forged(SIGNING), b"content").status == 202


def test_docker_pulls_without_a_login_and_pushes_with_one(open_to_all: Fronted, tmp_path: Path) -> None:
    image = f"{open_to_all.registry.host}/public/busybox:1"

    def docker(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DOCKER_CONFIG": str(tmp_path)}
        return subprocess.run(["docker", *words], env=environment, input=stdin, capture_output=True, text=True)

    docker("tag", "busybox:1.37", image).check_returncode()
    try:
        assert "unauthorized" in docker("push", image).stderr
        host = open_to_all.registry.host
        assert docker("login", host, "-u", "ci", "--password-stdin", stdin="wrong").returncode
        docker("login", host, "-u", "ci", "--password-stdin", stdin=PASSWORDS["ci"]).check_returncode()
        docker("push", image).check_returncode()
        docker("logout", host).check_returncode()
        docker("image", "rm", image).check_returncode()
        docker("pull", image).check_returncode()
    finally:
        docker("image", "rm", image)


def test_changed_password_files_hold_without_a_restart(closed: Fronted) -> None:
    web = closed.client("web")
    assert web("GET", "/v2/").status == 200
    write_passwords(closed.config, users={"web": replace(USERS["web"], password="new")})
    eventually(lambda: web("GET", "/v2/").status == 401, "the old password is refused", 10)
    assert closed.client("web", "new")("GET", "/v2/").status == 200
    assert closed.client("ci")("POST", "/v2/team/app/blobs/uploads/").status == 401
    write_passwords(closed.config)
    eventually(lambda: web("GET", "/v2/").status == 200, "the old password is back", 10)
