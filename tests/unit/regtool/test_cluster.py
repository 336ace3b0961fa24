"""What a pod learns of the cluster, from a server that speaks TLS as the API server does."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from solakube_regtool.cluster.api import Api
from solakube_regtool.cluster.held import held_images
from solakube_regtool.cluster.kinds import KINDS, Kind, kind_at
from solakube_regtool.errors import RegtoolError

from tests.loopback import LoopbackServer, QuietHandler, serving
from tests.unit.regtool.test_rotation import account

__all__ = ["account"]

PODS = "/api/v1/pods"
REVISIONS = kind_at("serving.knative.dev/v1/revisions")


def pod(name: str) -> dict[str, Any]:
    """A pod that runs an image of its own."""
    return {"metadata": {"name": name, "namespace": "web"}, "spec": {"containers": [{"image": f"r.io/app:{name}"}]}}


class _Server(LoopbackServer):
    """Answers by path: pages of objects, or a status alone."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.answers: dict[str, list[list[dict[str, Any]]] | int] = {PODS: [[pod("1")], [pod("2")], [pod("3")]]}


class _Handler(QuietHandler):
    server: _Server

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        found = self.server.answers.get(url.path, 404)
        page = int(parse_qs(url.query).get("continue", ["0"])[0])
        if isinstance(found, int) or page >= len(found):
            self._answer(found if isinstance(found, int) else 410, {"message": "so it is"})
            return
        following = {"continue": str(page + 1)} if page + 1 < len(found) else {}
        self._answer(200, {"metadata": following, "items": found[page]})

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def server(account: tuple[Path, ssl.SSLContext]) -> Iterator[_Server]:
    made = _Server()
    made.socket = account[1].wrap_socket(made.socket, server_side=True)
    with serving(made) as started:
        yield started


@pytest.fixture
def api(server: _Server, account: tuple[Path, ssl.SSLContext]) -> Api:
    return Api("localhost", server.server_port, str(account[0]))


def test_all_pages_count(api: Api) -> None:
    held = held_images([(KINDS[0], api.list_all(KINDS[0]))])
    assert {name: held[name] for name in ("app:1", "app:3")} == {"app:1": ["Pod web/1"], "app:3": ["Pod web/3"]}


def test_a_kind_that_the_cluster_does_not_know_holds_nothing(api: Api) -> None:
    assert isinstance(REVISIONS, Kind)
    assert list(api.list_all(REVISIONS)) == []


@pytest.mark.parametrize("status", [401, 403, 410, 429, 500, 503])
def test_any_other_answer_is_not_that_there_is_nothing(api: Api, server: _Server, status: int) -> None:
    server.answers[PODS] = status
    with pytest.raises(RegtoolError, match="cannot be listed") as refused:
        list(api.list_all(KINDS[0]))
    assert str(status) in refused.value.why
    assert refused.value.hint == "then nothing may be deleted"


def test_a_list_that_expires_half_way_is_none(api: Api, server: _Server) -> None:
    listed = api.list_all(KINDS[0])
    assert next(listed)["metadata"]["name"] == "1"
    server.answers[PODS] = [[pod("1")]]
    with pytest.raises(RegtoolError, match="cannot be listed"):
        list(listed)
