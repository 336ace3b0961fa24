"""A plugin that pip installed replaces the built-in exposure; without it all is as before."""

from __future__ import annotations

import shutil
import site
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.e2e.exposure.test_ways_in import kinds
from tests.e2e.support.installation import Installation
from tests.e2e.support.waiting import eventually

EXAMPLE = Path(__file__).parents[3] / "examples" / "solakube-ingressroute"
NAME = "solakube-ingressroute"


class Environment:
    """A virtual environment that sees the installed SolaKube, so that only the example has to be installed."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.python = folder / "bin" / "python"
        (packages,) = folder.glob("lib/python*/site-packages")
        packages.joinpath("solakube.pth").write_text(f"import site; site.addsitedir({site.getsitepackages()[0]!r})\n")
        self.sk = folder / "bin" / "sk"
        self.sk.write_text(f"#!{self.python}\nfrom solakube_core.cli.main import main\n\nmain()\n")
        self.sk.chmod(0o755)

    def pip(self, *arguments: str | Path) -> None:
        """Run pip for the environment."""
        run_pip("--python", self.python, *arguments)


def run_pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True, timeout=120)


def built(folder: Path) -> Path:
    """The example as a wheel, built from a copy: building writes beside the sources."""
    source = shutil.copytree(EXAMPLE, folder / "source")
    run_pip("wheel", "--no-deps", "--wheel-dir", folder / "wheels", source)
    (wheel,) = (folder / "wheels").iterdir()
    return wheel


def test_the_plugins_route_serves_while_it_is_installed(exposed: Installation, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "venv")
    exposed.runner = replace(exposed.runner, program=environment.sk)
    exposed.sk("deploy", "registry").ok()
    exposed.login()
    digest = exposed.push("app:1", {"file": b"by ingress"})
    assert kinds(exposed) == {"Ingress"}

    environment.pip("install", "--no-deps", built(tmp_path))
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
