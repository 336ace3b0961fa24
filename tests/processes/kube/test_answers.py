"""No answer is not "no": what an API server says that is not ready, or that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import connect
from tests.unit.kube.api_server import ApiServer, kubeconfig


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["kubelogin-missing"], "kubelogin-missing"),
        (["sh", "-c", "echo expired >&2; exit 3"], "expired"),
        (["echo", "no JSON"], "decode"),
        (["echo", '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{}}'], "token"),
    ],
)
def test_a_credential_plugin_that_fails_is_named_as_the_cause(
    server: ApiServer, tmp_path: Path, capfd: pytest.CaptureFixture[str], command: list[str], why: str
) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": command[0], "args": command[1:]}
    config = kubeconfig(tmp_path / "c", server.url, user={"exec": plugin})
    with pytest.raises(SolakubeError, match="no credentials for the cluster") as caught:
        connect(config, None).site.check()
    assert why in caught.value.problems[0].why
    assert server.seen == []
    assert capfd.readouterr() == ("", "")


def test_a_credential_plugin_that_fails_later_is_an_error_too(server: ApiServer, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    status = {"token": "t", "expirationTimestamp": "2020-01-01T00:00:00Z"}
    kinds = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    answer.write_text(json.dumps({**kinds, "status": status}))
    plugin = {"apiVersion": kinds["apiVersion"], "command": "cat", "args": [str(answer)]}
    config = kubeconfig(tmp_path / "c", server.url, user={"exec": plugin})
    engine = connect(config, None)
    engine.site.check()
    engine.site.check()
    answer.unlink()
    with pytest.raises(SolakubeError, match="no credentials for the cluster"):
        engine.site.check()
    assert len(server.seen) == 2
