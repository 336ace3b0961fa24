"""What a release ships, installed and used outside the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from release.make import CHECKOUT, make, sources
from tests.e2e.local.machine import Machine
from tests.e2e.support.examples import QUICKLY, run_pip
from tests.e2e.support.waiting import PATIENCE

NAMES = ("solakube", "solakube_registry", "solakube_storage")


@dataclass(frozen=True)
class Release:
    """All files of a release, and an environment that has its wheels and what these require, nothing else."""

    folder: Path
    environment: Path

    def one(self, pattern: str) -> Path:
        """The only file of that name."""
        (file,) = self.folder.glob(pattern)
        return file


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    made = Release(tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("environment"))
    with pytest.MonkeyPatch.context() as environ:
        for name, value in QUICKLY.items():
            environ.setenv(name, value)
        make(made.folder, made.environment)
    return made


@pytest.fixture
def filled(release: Release, new_machine: Callable[[str], Machine]) -> Iterator[Machine]:
    """A user whose `sk` is that of the wheels, with two images in a registry."""
    user = new_machine("3")
    user = replace(user, runner=replace(user.runner, program=release.environment / "bin" / "sk"))
    user.deploy()
    for tag in ("1", "2"):
        user.push(f"team/app:{tag}", {"file": tag.encode()})
    yield user
    user.sk("undeploy", "registry", "--yes").ok()


def test_the_wheels_alone_deploy_a_registry_which_the_one_file_looks_after(release: Release, filled: Machine) -> None:
    assert filled.pulls("team/app:1")
    (version,) = re.findall(r"solakube-(.*)-py3", release.one("solakube-*.whl").name)
    assert filled.sk("version").ok() == f"sk, version {version}\n"

    def regtool(*arguments: str) -> str:
        command = [str(release.one("regtool.pyz")), "--data", str(filled.data), *arguments]
        return subprocess.check_output(command, cwd="/", text=True)

    assert regtool("--version") == f"regtool {version}\n"
    assert regtool("list", "team/app") == filled.sk("registry", "regtool", "list", "team/app").ok()
    assert regtool("fsck", "--deep")
    usage = regtool("usage")
    assert "team/app" in usage
    assert regtool("garbage-collect", "--dry-run")
    assert filled.pulls("team/app:2")


def test_a_wheel_made_from_an_sdist_is_the_wheel(release: Release, tmp_path: Path) -> None:
    for name in NAMES:
        run_pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, release.one(f"{name}-*.tar.gz"))
        assert contents(next(tmp_path.glob(f"{name}-*.whl"))) == contents(release.one(f"{name}-*.whl"))


def contents(wheel: Path) -> dict[str, bytes]:
    """What a wheel installs; its RECORD says when it was packed."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def test_it_is_told_what_comes_with_it_and_under_which_licence(release: Release) -> None:
    installed = json.loads(
        subprocess.check_output([sys.executable, "-m", "pip", "--python", release.environment, "list", "--format=json"])
    )
    bill = json.loads(release.one("sbom.cdx.json").read_text())
    assert bill["bomFormat"] == "CycloneDX"
    listed = {(part["name"], part["version"]) for part in bill["components"]}
    assert listed == {(part["name"], part["version"]) for part in installed}
    licences = release.one("licenses.md").read_text()
    lines = [line.split("|")[1:4] for line in licences.splitlines()[2:]]
    told = {name.strip(): licence.strip() for name, _, licence in lines}
    assert set(told) == {part["name"] for part in installed}
    assert "UNKNOWN" not in told.values()


@pytest.mark.parametrize("tool", ["uv tool", "pipx"])
def test_the_lines_of_the_readme_install_sk(tool: str, tmp_path: Path) -> None:
    readme = CHECKOUT.joinpath("README.md").read_text(encoding="utf-8")
    (line,) = re.findall(rf"^\$ ({tool} install .*?)(?:  +#.*)?$", readme, re.MULTILINE)
    clone, programs = tmp_path / "clone", tmp_path / "bin"
    sources(clone)
    own = {"HOME": str(tmp_path), "UV_TOOL_BIN_DIR": str(programs), "PIPX_BIN_DIR": str(programs)}
    tools = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        line, shell=True, cwd=clone, check=True, timeout=PATIENCE * 2,
        env={**os.environ, **QUICKLY, **own, "PATH": tools},
    )  # fmt: skip
    shown = subprocess.check_output([programs / "sk", "plugins"], text=True, env={"HOME": str(tmp_path)})
    assert "solakube-registry" in shown
    assert "solakube-storage" in shown
