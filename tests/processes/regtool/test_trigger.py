"""A scheduled run in the cluster, from the job to the program beside the data: real processes, a real HTTP server.

The cluster itself, whose API tells who holds images, is asked in tests/e2e/deploy/test_schedule.py.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from solakube_regtool.cli import main
from solakube_regtool.collect.lock import RunLock
from solakube_regtool.serve.web import Server
from solakube_regtool.storage.tree import Tree
from solakube_regtool.storage.workspace import Workspace

from tests.unit.retention.trees import SmallTree

TOKEN = "t0ken"
ORDER: dict[str, Any] = {"rules": [], "grace": "1h"}
IGNORING = {**ORDER, "cluster": "ignore", "kinds": []}


@dataclass
class Beside:
    """`serve` beside a tree.

    Attributes:
        tree: its data.
        address: HOST:PORT.
        folder: for the job's files.
    """

    tree: SmallTree
    address: str
    folder: Path

    def trigger(self, policy: dict[str, Any] = IGNORING, token: str = TOKEN) -> int:
        """Run the job."""
        (self.folder / "token").write_text(f"{token}\n")
        (self.folder / "policy.json").write_text(json.dumps(policy))
        files = ("--token", str(self.folder / "token"), "--policy", str(self.folder / "policy.json"))
        return main(["trigger", "--server", f"http://{self.address}", *files])

    def post(self, body: bytes, token: str = TOKEN) -> str:
        """Ask for maintenance as the job does."""
        headers = {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"http://{self.address}/maintenance", body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            told: str = answer.read().decode()
            return told


@contextmanager
def serve(host: str, folder: Path, *options: str) -> Iterator[str]:
    """Run `serve` beside the folder's `data`; gives its address, HOST:PORT."""
    with Server(f"{host}:0", (), str, "", ()) as probe:
        port = probe.server_address[1]
    (folder / "data").mkdir(exist_ok=True)
    (folder / "served").write_text(f"{TOKEN}\n")
    command = [sys.executable, "-m", "solakube_regtool", "--data", str(folder / "data"), "serve"]
    command += ["--listen", f"{host}:{port}", "--token", str(folder / "served"), *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        try:
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
    assert process.returncode == 0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A folder, and the address of one `serve` for all tests beside what is in its `data`."""
    folder = tmp_path_factory.mktemp("served")
    with serve("127.0.0.1", folder) as address:
        yield folder, address


@pytest.fixture
def beside(served: tuple[Path, str], tmp_path: Path) -> Beside:
    """Beside a tree that is empty."""
    folder, address = served
    shutil.rmtree(folder / "data", ignore_errors=True)
    return Beside(SmallTree(folder / "data"), address, tmp_path)


def test_on_all_addresses_it_is_reached_by_each(tmp_path: Path) -> None:
    SmallTree(tmp_path / "data")
    with serve("", tmp_path) as address:
        port = address.rpartition(":")[2]
        for host in ("127.0.0.1", "[::1]") if socket.has_dualstack_ipv6() else ("127.0.0.1",):
            with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=30) as page:
                assert page.status == 200


def test_the_job_tells_what_was_done(beside: Beside, capsys: pytest.CaptureFixture[str]) -> None:
    assert beside.trigger() == 0
    assert "freed 0 B" in capsys.readouterr().err
    with urllib.request.urlopen(f"http://{beside.address}/metrics", timeout=60) as page:
        assert page.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        names = {family.name for family in text_string_to_metric_families(page.read().decode())}
    assert "solakube_garbage_collect_freed_bytes" in names


def test_it_prunes_what_nobody_holds(beside: Beside) -> None:
    for tag in ("1.0.0", "1.0.1", "1.0.2"):
        beside.tree.image("app", tag, [tag.encode()])
    order = {**ORDER, "rules": [{"patch_releases": 1}], "held": {"app:1.0.0": ["Pod web/a"]}}
    told = beside.post(json.dumps(order).encode())
    assert "keep app:1.0.0, held by Pod web/a\n" in told
    assert "deleted app:1.0.1\n" in told
    assert told.endswith("\nexit code 0\n")


def test_without_knowing_the_holders_no_tag_is_deleted(beside: Beside) -> None:
    for tag in ("1.0.0", "1.0.1"):
        beside.tree.image("app", tag, [tag.encode()])
    told = beside.post(json.dumps({**ORDER, "rules": [{"patch_releases": 1}]}).encode())
    assert "the retention policy cannot be read" in told
    assert "freed 0 B" in told  # The collection goes on all the same.
    assert told.endswith("\nexit code 1\n")
    assert len(list(Tree(str(beside.tree.data)).tags("app"))) == 2


def test_a_job_outside_a_pod_deletes_nothing(
    beside: Beside, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert beside.trigger({**ORDER, "rules": [{"keep_last": 1}], "cluster": "ask", "kinds": ["v1/pods"]}) == 1
    assert "the cluster cannot be asked" in capsys.readouterr().err


def test_a_failure_is_the_jobs_and_stays_to_be_told(beside: Beside, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = Workspace(Tree(str(beside.tree.data)))
    workspace.prepare()
    lock = RunLock(workspace)
    lock.take()
    assert beside.trigger() == 1
    lock.release()
    assert "another run is at work" in capsys.readouterr().err
    assert main(["--data", str(beside.tree.data), "--json", "last-run"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["success"] is False
    assert "garbage-collect failed: another run is at work" in record["summary"]


@pytest.mark.parametrize("token", ["", "x", "t0ken2", "tökén"])
def test_another_token_gets_nothing(beside: Beside, token: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        beside.post(b"{}", token)
    refused.value.close()
    assert refused.value.code == 401


def test_what_is_no_order_is_refused(beside: Beside) -> None:
    assert "what to maintain cannot be read" in beside.post(b"{half")
    connection = http.client.HTTPConnection(beside.address, timeout=60)
    connection.putrequest("POST", "/maintenance")
    connection.putheader("Authorization", f"Bearer {TOKEN}")
    connection.putheader("Content-Length", str(1 << 40))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
    for path in ("/", "/metrics/x"):
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"http://{beside.address}{path}", timeout=60)
        refused.value.close()


def test_an_answer_that_breaks_off_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)

        def answer() -> None:
            client, _ = server.accept()
            with client:
                client.recv(65536)
                client.sendall(b"HTTP/1.0 200 OK\r\n\r\nreading\n")
                # A connection that is closed before all of the request was read is reset, which is another failure.
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass

        thread = threading.Thread(target=answer)
        thread.start()
        cut_off = Beside(SmallTree(tmp_path / "data"), f"127.0.0.1:{server.getsockname()[1]}", tmp_path)
        assert cut_off.trigger() == 1
        thread.join()
    assert "what is scheduled was cut off" in capsys.readouterr().err


def test_nobody_there_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Beside(SmallTree(tmp_path / "data"), "127.0.0.1:1", tmp_path).trigger() == 1
    assert "http://127.0.0.1:1 does not do its work" in capsys.readouterr().err
