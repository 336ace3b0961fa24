"""The supervisor as a unit of the user's systemd, as far as it goes without one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from solakube_core.local.keep import systemd

# Records what it is asked, as the real one would be: there is no systemd in a unit test.
_SYSTEMCTL = '#!/bin/sh\necho "$@" >>"$HOME/asked"\n'


@pytest.fixture
def asked(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemd of which there is nothing but its socket and a `systemctl`; the file tells what that was asked."""
    programs = private_home / "bin"
    programs.mkdir()
    programs.joinpath("systemctl").write_text(_SYSTEMCTL)
    programs.joinpath("systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private_home))
    private_home.joinpath("systemd").mkdir()
    private_home.joinpath("systemd/private").touch()
    return private_home / "asked"


def test_a_unit_is_written_once_started_and_removed(asked: Path, private_home: Path) -> None:
    assert systemd.is_there()
    command = ("/my python", "-m", "solakube_core.local.supervisor", '/a "100%" $folder')
    assert systemd.install("solakube-x", command)
    assert not systemd.install("solakube-x", command)
    systemd.start("solakube-x")
    unit = private_home / ".config/systemd/user/solakube-x.service"
    text = unit.read_text()
    assert 'ExecStart="/my python" "-m" "solakube_core.local.supervisor" "/a \\"100%%\\" $$folder"\n' in text
    assert "Restart=on-failure" in text
    systemd.remove("solakube-x")
    assert not unit.exists()
    assert asked.read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now solakube-x.service",
        "--user disable --now solakube-x.service",
        "--user daemon-reload",
    ]


def test_another_command_makes_another_unit(asked: Path) -> None:
    systemd.install("solakube-x", ("/python", "/one"))
    assert systemd.install("solakube-x", ("/python", "/two"))


@pytest.mark.parametrize(
    ("cluster", "name"),
    [
        ("local", "solakube-local-registry"),
        ("a b@c", r"solakube-a\x20b\x40c-registry"),
        ("ö", r"solakube-\xc3\xb6-registry"),
    ],
)
def test_names_of_units_are_valid(cluster: str, name: str) -> None:
    assert systemd.unit_name(cluster, "registry") == name


def test_without_its_socket_there_is_no_systemd(private_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(private_home))
    assert not systemd.is_there()
