"""What each user may do, on every path and by every method, at real registries of both lines behind the proxy."""

from __future__ import annotations

from dataclasses import replace

from tests.e2e.support.waiting import eventually
from tests.e2e.users.conftest import Fronted
from tests.e2e.users.fronts import USERS, write_passwords
from tests.e2e.users.walk import Walk


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
        assert anybody("GET", greeting).status in (401, 301)
    assert anybody("GET", "/v2/").headers["WWW-Authenticate"].startswith("Basic realm=")
    # A wrong login is told, not taken for none.
    assert walk.answers(open_to_all.client("ci", "wrong"), digest) == {401}
    assert open_to_all.client("web")("GET", "/v2/").status == 200


def test_changed_password_files_hold_without_a_restart(closed: Fronted) -> None:
    web = closed.client("web")
    assert web("GET", "/v2/").status == 200
    write_passwords(closed.config, users={"web": replace(USERS["web"], password="new")})
    eventually(lambda: web("GET", "/v2/").status == 401, "the old password is refused", 10)
    assert closed.client("web", "new")("GET", "/v2/").status == 200
    assert closed.client("ci")("POST", "/v2/team/app/blobs/uploads/").status == 401
    write_passwords(closed.config)
    eventually(lambda: web("GET", "/v2/").status == 200, "the old password is back", 10)
