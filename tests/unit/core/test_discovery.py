"""Plugins are found where pip puts what it knows of distributions, as `importlib.metadata` finds them."""

from __future__ import annotations

import importlib.metadata
import json
from pathlib import Path

import pytest

from solakube_core.plugins.discovery import GROUP, installed_plugins


def found() -> list[tuple[str, str, str]]:
    return [(plugin.name, plugin.distribution, plugin.version) for plugin in installed_plugins()]


def install(site: Path, folder: str, points: str, metadata: str = "Name: wiki\nVersion: 1.2\n\nName: no\n") -> Path:
    info = site / folder
    info.mkdir()
    info.joinpath("entry_points.txt").write_text(points)
    info.joinpath("METADATA" if folder.endswith(".dist-info") else "PKG-INFO").write_text(metadata)
    return info


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of sys.path but for the standard library."""
    monkeypatch.setattr("sys.path", [str(tmp_path), f"{tmp_path}/gone", __file__])
    return tmp_path


def test_it_finds_what_the_standard_library_finds() -> None:
    known = {
        (point.name, distribution.metadata["Name"], distribution.version)
        for distribution in importlib.metadata.distributions()
        for point in distribution.entry_points
        if point.group == GROUP
    }
    assert {name for name, _, _ in known} >= {"registry", "storage"}
    assert set(found()) == known


@pytest.mark.parametrize("folder", ["wiki-1.2.dist-info", "wiki.egg-info"])
def test_both_kinds_of_folders_are_read(site: Path, folder: str) -> None:
    ours = "# a = b\n[solakube]\n; c = d\n\nwiki=json : loads [extra]\nall = json\nnothing\n"
    points = f"[other]\nno = json\n\n{ours}[last]\nno = x\n"
    install(site, folder, points)
    assert found() == [("all", "wiki", "1.2"), ("wiki", "wiki", "1.2")]
    assert [plugin.load() for plugin in installed_plugins()] == [json, json.loads]


def test_of_two_folders_of_one_distribution_the_first_counts(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = tmp_path / "later"
    later.mkdir()
    monkeypatch.setattr("sys.path", [str(site), str(later)])
    install(site, "wiki-2.dist-info", "[solakube]\nwiki = json\n", "Name: wiki\nVersion: 2\n")
    install(later, "wiki-1.dist-info", "[solakube]\nwiki = json\n", "Name: wiki\nVersion: 1\n")
    assert found() == [("wiki", "wiki", "2")]


def test_what_an_installation_that_was_cut_short_left_is_told_as_unknown(site: Path) -> None:
    info = install(site, "wiki-1.2.dist-info", "[solakube]\nwiki = gone.away:x\n")
    info.joinpath("METADATA").unlink()
    site.joinpath("file.egg-info").touch()
    site.joinpath("bytes-1.dist-info").mkdir()
    site.joinpath("bytes-1.dist-info/entry_points.txt").write_bytes(b"[solakube]\n\xff = json\n")
    assert found()[0] == ("wiki", "unknown", "unknown")
    with pytest.raises(ModuleNotFoundError):
        next(installed_plugins()).load()
