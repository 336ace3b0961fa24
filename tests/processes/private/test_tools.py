"""What development tools are told can be read by them, and says what they need."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import tomllib
from typing import Any

import pytest
from solakube_registry.private.tools import PLACES, TOOLS, Reach

PUBLIC = Reach("https://registry.example.com")
OWN = Reach("https://registry.example.com:8443", own_authority=True)
PLAIN = Reach("http://192.0.2.7:30500")
HERE = Reach("http://127.0.0.1:5000")
EVERY = (PUBLIC, OWN, PLAIN, HERE, Reach("http://localhost:5000"), Reach("http://[2001:db8::1]:5000"))


def variables(text: str) -> dict[str, str]:
    """Return what a shell has after it has read the text up to the first other command."""
    exports = "".join(line for line in text.splitlines(keepends=True) if line.startswith(("export", "#")))
    names = re.findall(r"^export (\w+)=", exports, re.MULTILINE)
    shown = "".join(f'printf "%s\\n" "${name}";' for name in names)
    done = subprocess.run(["sh", "-c", exports + shown], capture_output=True, text=True, check=True, env={"HOME": "/h"})
    return dict(zip(names, done.stdout.splitlines(), strict=True))


def buildkitd(reach: Reach) -> Any:
    return tomllib.loads(TOOLS["buildkit"](reach))["registry"][reach.host]


@pytest.mark.parametrize("reach", EVERY)
def test_each_tool_can_read_its_part(reach: Reach) -> None:
    assert variables(TOOLS["ko"](reach))["KO_DOCKER_REPO"] == reach.host
    assert variables(TOOLS["skaffold"](reach))["SKAFFOLD_DEFAULT_REPO"] == reach.host
    assert isinstance(buildkitd(reach), dict)
    (call,) = ast.parse(TOOLS["tilt"](reach)).body
    assert ast.unparse(call) == f"default_registry({reach.host!r})"
    for line in TOOLS["docker"](reach).splitlines():
        assert shlex.split(line, comments=True) or line.startswith("#")
    assert shlex.split(TOOLS["docker"](reach).splitlines()[-1])[:3] == ["docker", "login", reach.host]


@pytest.mark.parametrize("reach", EVERY)
@pytest.mark.parametrize("tool", ["ko", "docker"])
def test_commands_are_those_of_bash(tool: str, reach: Reach) -> None:
    subprocess.run(["bash", "-n"], input=TOOLS[tool](reach), text=True, check=True)


def test_plain_http_is_told_where_tools_do_not_expect_it() -> None:
    assert buildkitd(PLAIN)["http"] is True
    assert variables(TOOLS["skaffold"](PLAIN))["SKAFFOLD_INSECURE_REGISTRY"] == PLAIN.host
    assert "--insecure-registry" in TOOLS["ko"](PLAIN)
    (entry,) = re.findall(r"daemon.json, then restart Docker: (.*)", TOOLS["docker"](PLAIN))
    assert json.loads(entry) == {"insecure-registries": [PLAIN.host]}


@pytest.mark.parametrize("reach", [PUBLIC, OWN, HERE, Reach("http://localhost:5000"), Reach("http://[::1]:5000")])
def test_nothing_is_called_insecure_that_is_not(reach: Reach) -> None:
    assert "insecure" not in "".join(tool(reach) for tool in TOOLS.values()).lower()
    assert "http" not in buildkitd(reach)


def test_an_authority_of_its_own_is_told_and_no_other() -> None:
    assert buildkitd(OWN)["ca"] == ["/etc/buildkit/certs/registry.example.com:8443/ca.crt"]
    assert "/etc/docker/certs.d/registry.example.com:8443/ca.crt" in TOOLS["docker"](OWN)
    assert variables(TOOLS["ko"](OWN))["SSL_CERT_FILE"] == "/h/.ko-authorities.crt"
    assert "registry ca" not in "".join(tool(reach) for tool in TOOLS.values() for reach in (PUBLIC, PLAIN, HERE))


def test_every_tool_is_told_where_its_part_goes() -> None:
    assert set(PLACES) == set(TOOLS)
