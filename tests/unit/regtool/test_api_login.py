"""Where the login for a registry comes from, and what is never shown of it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from solakube_regtool.errors import RegtoolError
from solakube_regtool.registry_api.login import Login, find_login
from solakube_regtool.sources.api import open_api

SECRET = "s3cret:with a colon"
PAIR = base64.b64encode(f"me:{SECRET}".encode()).decode()


def docker(home: Path, document: object) -> dict[str, str]:
    """Write docker's login file; returns the environment."""
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(document if isinstance(document, str) else json.dumps(document))
    return {"HOME": str(home)}


@pytest.mark.parametrize("key", ["r.io:5000", "https://r.io:5000", "http://r.io:5000"])
def test_docker_writes_hosts_in_several_ways(tmp_path: Path, key: str) -> None:
    environment = docker(tmp_path, {"auths": {"r.io": {"auth": "eA=="}, key: {"auth": PAIR}}})
    assert find_login("r.io:5000", environment) == Login("me", SECRET)


FILES = {
    "REGISTRY_AUTH_FILE": "own.json",
    "XDG_RUNTIME_DIR": "containers/auth.json",
    "": ".config/containers/auth.json",
}


@pytest.mark.parametrize("variable", FILES)
def test_the_file_of_podman_and_skopeo_comes_before_dockers(tmp_path: Path, variable: str) -> None:
    environment = docker(tmp_path, {"auths": {"r.io": {"auth": "eDp5"}, "only-docker.io": {"auth": PAIR}}})
    path = tmp_path / FILES[variable]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"auths": {"r.io": {"auth": PAIR}}}))
    if variable:
        environment[variable] = str(path if variable == "REGISTRY_AUTH_FILE" else tmp_path)
    assert find_login("r.io", environment) == Login("me", SECRET)
    assert find_login("only-docker.io", environment) == Login("me", SECRET)


def test_the_environment_comes_first(tmp_path: Path) -> None:
    environment = docker(tmp_path, {"auths": {"r.io": {"auth": PAIR}}})
    environment.update(REGISTRY_USERNAME="you", REGISTRY_PASSWORD="else")
    assert find_login("r.io", environment) == Login("you", "else")


@pytest.mark.parametrize(
    "document",
    [{}, {"auths": None}, {"auths": {"r.io": {}}}, {"auths": {"other.io": {"auth": PAIR}}, "credsStore": "x"}],
)
def test_nobody_is_logged_in(tmp_path: Path, document: object) -> None:
    assert find_login("r.io", docker(tmp_path, document)) is None
    assert find_login("r.io", {}) is None


@pytest.mark.parametrize(
    "document", [PAIR, [PAIR], {"auths": {"r.io": {"auth": f"{SECRET}!"}}}, {"auths": {"r.io": PAIR}}]
)
def test_a_broken_file_is_told_without_what_is_in_it(tmp_path: Path, document: object) -> None:
    with pytest.raises(RegtoolError) as told:
        find_login("r.io", docker(tmp_path, document))
    assert "config.json cannot be read" in str(told.value)
    assert SECRET not in str(told.value)
    assert PAIR not in str(told.value)


def test_a_login_does_not_show_its_password() -> None:
    assert SECRET not in f"{Login('me', SECRET)!r} {Login('me', SECRET)}"


@pytest.mark.parametrize(
    "url", ["r.io", "ftp://r.io", "https://", "https://r.io:x", "https://r.io/prefix", "https://r.io?x", "-h"]
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RegtoolError, match="is no address of a registry"):
        open_api(url)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(RegtoolError) as told:
        open_api("https://me:tell-nobody@r.io")
    assert "tell-nobody" not in str(told.value)
