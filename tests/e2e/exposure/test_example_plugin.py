"""A plugin that pip installed replaces the built-in exposure; without it all is as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.e2e.exposure.test_ways_in import kinds
from tests.e2e.support.examples import Environment, built
from tests.e2e.support.installation import Installation
from tests.e2e.support.waiting import eventually

NAME = "solakube-ingressroute"


def test_the_plugins_route_serves_while_it_is_installed(exposed: Installation, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv")
    exposed.runner = replace(exposed.runner, program=environment.sk)
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    digest = exposed.push("app:1", {"file": b"by ingress"})
    assert kinds(exposed) == {"Ingress"}

    environment.pip("install", "--no-deps", built(NAME, tmp_path))
    assert NAME in exposed.sk("plugins").ok()
    assert "IngressRoute at Traefik's entry point websecure" in exposed.sk("deploy", "registry").stderr
    assert kinds(exposed) == {"IngressRoute"}
    # Traefik takes up to two seconds from a change of routes to serving them, and serves the old one meanwhile.
    eventually(lambda: exposed.pulls("app:1"), "the plugin's route serves", steady=4)
    assert exposed.digest("app:1") == digest
    exposed.push("app:2", {"file": b"by the plugin's route"})
    assert exposed.pulls("app:2")

    environment.pip("uninstall", "--yes", NAME)
    exposed.sk("deploy", "registry").ok()
    assert kinds(exposed) == {"Ingress"}
    eventually(lambda: exposed.pulls("app:2"), "the Ingress serves again", steady=4)
