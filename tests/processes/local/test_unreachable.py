"""Places of which nobody can tell what is there: links that lead to themselves, and mounts that do not answer."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from solakube_core.cli.main import run

Output = pytest.CaptureFixture[str]

PLACES = {
    "the images": ("REGISTRY_DATA_DIR", "{place}", "cannot be reached"),
    "a folder for the images": ("REGISTRY_DATA_DIR", "{place}/images", "cannot be reached"),
    "the state": ("XDG_STATE_HOME", "{place}", "cannot be used"),
    "the default of the images": ("XDG_DATA_HOME", "{place}", "cannot be reached"),
    "a certificate": ("REGISTRY_TLS_CERTIFICATE", "{place}", "REGISTRY_TLS_CERTIFICATE={place} cannot be read"),
    "settings": ("SK_ROOTS", "{place}", "it cannot be told whether there is a {place}/variables-context.sh"),
    "a kubeconfig": ("KUBECONFIG", "{place}", "{place}"),
}


def _loop(folder: Path) -> Path:
    place = folder / "loop"
    place.symlink_to(place)
    return place


@pytest.fixture
def dead(tmp_path: Path) -> Iterator[Path]:
    """A mount whose file system has gone away, as that of a network may."""
    device = Path("/dev/fuse")
    if os.geteuid() != 0 or not device.exists():
        pytest.skip("needs root and FUSE to mount")
    place = tmp_path / "dead"
    place.mkdir()
    serving = os.open(device, os.O_RDWR)
    options = f"fd={serving},rootmode=40000,user_id=0,group_id=0".encode()
    mounted = ctypes.CDLL(None, use_errno=True).mount(b"dead", os.fsencode(place), b"fuse", 0, options)
    os.close(serving)
    if mounted != 0:
        pytest.skip(f"cannot mount: {os.strerror(ctypes.get_errno())}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def _refused(case: str, place: Path, monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    variable, value, told = PLACES[case]
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", "secret")
    if variable != "KUBECONFIG":
        monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    if variable == "REGISTRY_TLS_CERTIFICATE":
        monkeypatch.setenv("REGISTRY_TLS_KEY", str(place))
    monkeypatch.setenv(variable, value.format(place=place))
    assert run(["deploy", "registry", "--dry-run"]) == 1
    printed = output.readouterr().err
    assert told.format(place=place) in printed
    assert "what to do: " in printed
    for word in ("internal error", "defect", "Traceback"):
        assert word not in printed


@pytest.mark.parametrize("case", PLACES)
def test_a_link_that_leads_to_itself_is_told(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    _refused(case, _loop(tmp_path), monkeypatch, capsys)


@pytest.mark.parametrize("case", PLACES)
def test_a_mount_that_does_not_answer_is_told(
    case: str, dead: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    _refused(case, dead, monkeypatch, capsys)


@pytest.mark.parametrize("options", [[], ["--delete-data"]])
def test_what_is_there_is_not_taken_for_nothing(
    options: list[str], dead: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(dead))
    for command in (["undeploy", "registry", "--yes", *options], ["status"], ["status", "registry"]):
        assert run(command) == 1
        assert "Transport endpoint is not connected" in capsys.readouterr().err
