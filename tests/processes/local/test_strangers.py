"""Programs that sk did not start and that work on a folder: real processes, by how they were started."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from solakube_core.local.data.strangers import strangers

NAMES = ("registry", "docker-registry")
WAITING = "import sys; print(flush=True); sys.stdin.read()"


@contextmanager
def running(*words: str, name: str = "registry", folder: Path | None = None, **environ: str) -> Iterator[int]:
    """Run a program of this name until the context ends."""
    # -I and -S: without what is installed Python begins in a fifth of the time.
    command, given = [name, "-IS", "-c", WAITING, *words], {**os.environ, **environ}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, executable=sys.executable, cwd=folder, env=given, stdin=pipe, stdout=pipe
    ) as process:
        assert process.stdout is not None
        # Before that it may still be what it was before it became the program (execve(2)).
        process.stdout.readline()
        yield process.pid
        process.communicate()


@pytest.fixture(params=["data", "da ta"])
def plain(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path / str(request.param)
    folder.mkdir()
    return folder


def config(folder: Path, root: Path) -> Path:
    file = folder / "config.yml"
    file.write_text(f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {root}\n")
    return file


def test_a_configuration_file_names_the_folder(plain: Path, tmp_path: Path) -> None:
    with running("serve", str(config(tmp_path, plain))) as pid:
        assert list(strangers(plain, NAMES)) == [pid]
        assert list(strangers(plain, NAMES, own=[pid])) == []
        assert list(strangers(plain, ["another"])) == []
        assert list(strangers(tmp_path, NAMES)) == []
    assert list(strangers(plain, NAMES)) == []


def test_it_is_read_from_where_the_process_is(plain: Path, tmp_path: Path) -> None:
    with running("serve", config(tmp_path, plain).name, folder=tmp_path) as pid:
        assert list(strangers(plain, NAMES)) == [pid]


def test_the_folder_may_go_by_another_name(plain: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(plain)
    with running("serve", str(config(tmp_path, link))) as pid:
        assert list(strangers(plain, NAMES)) == [pid]
    with running("serve", str(config(tmp_path, plain))) as pid:
        assert list(strangers(link, NAMES)) == [pid]


@pytest.mark.parametrize("name", ["registry", "/opt/bin/docker-registry"])
def test_so_do_the_environment_and_the_command_line(plain: Path, name: str) -> None:
    variables: dict[str, Any] = {"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": str(plain)}
    with running("serve", name=name, **variables) as pid:
        assert list(strangers(plain, NAMES)) == [pid]
    with running(f"--data={plain}", name=name) as pid:
        assert list(strangers(plain, NAMES)) == [pid]


@pytest.mark.parametrize("name", ["bash", "rsync", "registry-viewer"])
def test_other_programs_may_know_the_folder(plain: Path, name: str) -> None:
    with running(str(plain), name=name, folder=plain, REGISTRY_DATA_DIR=str(plain)):
        assert list(strangers(plain, NAMES)) == []


def test_a_folder_beside_it_is_another(plain: Path, tmp_path: Path) -> None:
    beside = tmp_path / "data-2"
    beside.mkdir()
    with running("serve", str(config(tmp_path, beside))):
        assert list(strangers(plain, NAMES)) == []


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert list(strangers(tmp_path / "gone", NAMES)) == []
