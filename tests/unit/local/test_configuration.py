"""The configuration folder holds what the plan says, and nothing leaves it."""

from __future__ import annotations

from pathlib import Path

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.local.apply.configuration import leftovers, write, write_all
from solakube_core.local.apply.orders import orders
from solakube_core.local.apply.texts import changes, render
from solakube_core.local.data.folders import Folders
from solakube_core.model import Backend, File, Plan, Service


def plan(*files: File) -> Plan:
    service = Service(
        name="cache", binary="", candidates=("sh",), image="", arguments=("serve",),
        environment={"PASSWORD": "not for everybody"}, files=files, port=0,
    )  # fmt: skip
    return Plan("cache", (), (service,), Backend("cache", "cache", 0, "cache", {}, 0))


@pytest.mark.parametrize("name", ["../escape", "/etc/passwd", "..", ".", "", "a/b", "a/../../b", "a\0b"])
def test_a_name_that_leads_out_of_the_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a file's name"):
        File(name, "content")


def test_a_symbolic_link_in_the_folder_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "config"
    folder.mkdir()
    outside.write_text("theirs")
    folder.joinpath("key").symlink_to(outside)
    assert write(folder, File("key", "ours"))
    assert (outside.read_text(), folder.joinpath("key").read_text()) == ("theirs", "ours")
    assert not write(folder, File("key", "ours"))


def test_what_left_the_plan_is_left_over(tmp_path: Path) -> None:
    kept, old = File("config.yml", "a"), File("old.key", "secret")
    for file in (kept, old):
        write(tmp_path, file)
    tmp_path.joinpath(".old.key.half").touch()
    assert [path.name for path in leftovers(tmp_path, [kept])] == [".old.key.half", "old.key"]
    assert leftovers(tmp_path / "none", [kept]) == ()


def test_a_copy_is_there_with_its_file_and_none_of_it_where_one_was_written_meanwhile(tmp_path: Path) -> None:
    where = Folders(tmp_path / "state", tmp_path / "data")
    where.config.mkdir(parents=True)
    first = File("htpasswd", "a", secret=True, copied=True), File("users", "a", replaces="")
    assert write_all(where, first) == list(first)
    assert where.run.joinpath("htpasswd").read_text() == "a"
    assert where.run.stat().st_mode & 0o077 == 0
    assert [path.name for path in leftovers(where.config, first)] == []

    second = File("htpasswd", "b", copied=True), File("users", "b", replaces="a")
    third = File("htpasswd", "c", copied=True), File("users", "c", replaces="a")
    assert write_all(where, second) == list(second)
    with pytest.raises(SolakubeError, match="users was changed meanwhile"):
        write_all(where, third)
    assert {path.read_text() for path in tmp_path.rglob("*") if path.is_file()} == {"b"}


def test_a_difference_tells_what_would_be_removed(tmp_path: Path) -> None:
    where = Folders(tmp_path / "state", tmp_path / "data")
    where.config.mkdir(parents=True)
    write(where.config, File("old.key", "secret"))
    told = {change.subject: change.action for change in changes(where, orders(plan(), where, "local"))}
    assert told[f"file {where.config}/old.key"] == "remove"


def test_a_rendered_service_names_its_environment_and_shows_it_on_demand(tmp_path: Path) -> None:
    where = Folders(tmp_path / "state", tmp_path / "data")
    assert "# environment PASSWORD=(secret)\nsh serve\n" in render(plan(), where, False)
    assert "# environment PASSWORD='not for everybody'\n" in render(plan(), where, True)


def test_a_url_in_a_rendered_file_is_shown_without_its_login(tmp_path: Path) -> None:
    where = Folders(tmp_path / "state", tmp_path / "data")
    planned = plan(File("config.yml", "remoteurl: https://me:hunter2@host.test\n"))
    assert "remoteurl: https://***@host.test\n" in render(planned, where, False)
    assert "remoteurl: https://me:hunter2@host.test\n" in render(planned, where, True)
