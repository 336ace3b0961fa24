"""References as people paste them, on a machine on which nothing is deployed."""

from __future__ import annotations

import pytest
from solakube_registry.commands.references import within

from solakube_core.cli.main import run
from solakube_core.cli.session import Session
from solakube_core.errors import SolakubeError
from solakube_core.plugins import PluginManager

URL = "https://registry.example.com:5000"
DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def session() -> Session:
    return Session(PluginManager())


@pytest.mark.parametrize(
    ("pasted", "meant"),
    [
        ("team/app", "team/app"),
        ("app:1.3", "app:1.3"),
        ("1.3", "1.3"),
        ("registry.example.com:5000/team/app:1.3", "team/app:1.3"),
        ("Registry.Example.COM:5000/team/app", "team/app"),
        (f"https://registry.example.com:5000/app@{DIGEST}", f"app@{DIGEST}"),
        (f"docker://registry.example.com:5000/app:1.3@{DIGEST}", f"app:1.3@{DIGEST}"),
        ("docker.io/library/busybox:1", "docker.io/library/busybox:1"),
        ("team/app:1.*", "team/app:1.*"),
    ],
)
def test_the_address_of_the_registry_in_question_is_left_out(session: Session, pasted: str, meant: str) -> None:
    assert within(session, pasted, URL) == meant


@pytest.mark.parametrize("url", ["https://registry.example.com", "https://registry.example.com:443"])
@pytest.mark.parametrize("host", ["registry.example.com", "registry.example.com:443"])
def test_the_port_of_https_may_be_left_out(session: Session, url: str, host: str) -> None:
    assert within(session, f"{host}/app:1", url) == "app:1"


@pytest.mark.parametrize(
    "pasted",
    [
        "registry.example.com:5001/app:1",
        "localhost/app",
        "localhost:5000/app",
        "[::1]:5000/app",
        "Docker.io/library/busybox",
        "https://docker.io/library/busybox",
        "other:5000/team/app@" + DIGEST,
    ],
)
def test_the_address_of_another_registry_is_refused(session: Session, pasted: str) -> None:
    with pytest.raises(SolakubeError, match="is of another registry"):
        within(session, pasted, URL)


@pytest.mark.parametrize("command", [["list"], ["regtool", "list"], ["delete"], ["regtool", "delete"], ["usage"]])
def test_every_command_that_takes_a_reference_refuses_it(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run(["registry", *command, "elsewhere:5000/team/app:1.3"]) == 1
    told = capsys.readouterr().err
    assert "elsewhere:5000/team/app:1.3 is of another registry: elsewhere:5000" in told
    assert "--url https://elsewhere:5000" in told


def test_the_public_name_of_the_deployed_registry_is_known(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_FQN", "images.example.com")
    monkeypatch.setenv("REGISTRY_APP_NAME", "registry")
    assert within(session, "images.example.com/team/app:1", None) == "team/app:1"
