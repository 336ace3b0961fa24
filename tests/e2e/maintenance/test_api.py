"""Maintenance by the API of real registries of both lines, compared with crane and with what the data shows."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from solakube_registry.oci import RegistryClient, image, index, layer, pull_image, push_image
from solakube_regtool.api_source import ApiTag, open_api
from solakube_regtool.errors import RegtoolError

from tests.e2e.maintenance.by_api import Regtool, over_api, over_data, pushing, small_image
from tests.e2e.maintenance.conftest import RunningRegistry, serving
from tests.e2e.testbed.provisioner import Provisioner

REPOSITORIES = 250
TAGS = 1100


@pytest.fixture
def client(running_registry: RunningRegistry) -> Iterator[RegistryClient]:
    """Pushes to the running registry."""
    with pushing(running_registry.host) as client:
        yield client


@pytest.fixture
def regtool(running_registry: RunningRegistry, tmp_path: Path) -> Regtool:
    """The program over the running registry's API."""
    return over_api(f"http://{running_registry.host}", tmp_path)


@pytest.fixture
def beside(running_registry: RunningRegistry) -> Regtool:
    """The program beside the running registry's data."""
    return over_data(running_registry.data)


@pytest.fixture
def crane(running_registry: RunningRegistry, provisioner: Provisioner) -> Crane:
    return Crane(provisioner.program("crane"), running_registry.host)


class Crane:
    """The client crane on one registry."""

    def __init__(self, program: Path, host: str) -> None:
        self._program, self._host = program, host

    def __call__(self, command: str, image: str = "", *options: str) -> list[str]:
        """Run a command on an image, a repository or ("") the registry; returns the lines of its output."""
        name = f"{self._host}/{image}" if image else self._host
        done = subprocess.run(
            [self._program, command, "--insecure", *options, name], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def validate(self, image: str) -> None:
        """Pull all of an image and check its digests."""
        self("validate", image, "--remote")


def push_siblings(client: RegistryClient, repository: str = "team/app") -> str:
    """Push one image by the tags 1 and 2, and another by 3; returns the digest of the former."""
    for tag in ("1", "2"):
        push_image(client, repository, tag, small_image("common", "of both"))
    push_image(client, repository, "3", small_image("common", "of the third"))
    return small_image("common", "of both").digest


def test_all_pages_are_listed(client: RegistryClient, regtool: Regtool, crane: Crane) -> None:
    made = small_image("one layer")
    names = [f"group-{number % 7}/part/app-{number:03}" for number in range(REPOSITORIES)] + ["group-1/part", "app"]
    for name in names:
        push_image(client, name, "1", made, mount_from=names[0])
    for number in range(TAGS):
        client.put_manifest("app", f"t{number:04}", made.manifest)
    assert regtool.lines("list") == sorted(names)
    assert sorted(crane("catalog")) == sorted(names)
    assert regtool.lines("list", "app") == sorted(crane("ls", "app"))
    tags = {record["name"]: record["tags"] for record in regtool.records("list")}
    assert tags == {**dict.fromkeys(names, 1), "app": TAGS + 1}
    assert {record["digest"] for record in regtool.records("list", "app")} == {made.digest}


def test_a_list_tells_what_it_tells_beside_the_data(client: RegistryClient, regtool: Regtool, beside: Regtool) -> None:
    push_siblings(client)
    push_image(client, "team/app", "dated", small_image("dated", created="2020-02-02T00:00:00Z"))
    both = {name: image([layer({"file": name.encode()})], name) for name in ("amd64", "arm64")}
    push_image(client, "team/app", "multi", index(both))
    unknown = {"pushed": None, "pulled": None}
    assert regtool.records("list", "team/app") == [{**row, **unknown} for row in beside.records("list", "team/app")]


def test_of_two_tags_of_an_image_one_goes(client: RegistryClient, regtool: Regtool, crane: Crane) -> None:
    digest = push_siblings(client)
    (deleted,) = regtool.records("delete", "team/app", "2")
    assert (deleted["name"], deleted["digest"], deleted["dry_run"]) == ("2", digest, False)
    assert sorted(crane("ls", "team/app")) == ["1", "3"]
    assert crane("digest", "team/app:1") == [digest]
    for tag in ("1", "3"):
        crane.validate(f"team/app:{tag}")


def test_a_platform_that_loses_its_tag_stays_in_its_index(
    client: RegistryClient, regtool: Regtool, crane: Crane
) -> None:
    both = {name: image([layer({"file": name.encode()})], name) for name in ("amd64", "arm64")}
    multi = index(both)
    push_image(client, "app", "multi", multi)
    push_image(client, "app", "amd64", both["amd64"])
    regtool.records("delete", "app:amd64")
    assert crane("ls", "app") == ["multi"]
    crane.validate("app:multi")
    assert pull_image(client, "app", "multi") == multi


def test_many_tags_go_by_a_pattern_once_it_is_meant(client: RegistryClient, regtool: Regtool, crane: Crane) -> None:
    push_siblings(client)
    for number in range(40):
        push_image(client, "team/app", f"pr-{number}", small_image("common", f"of {number % 20}"))
    assert len(regtool.records("delete", "team/app:pr-*", "--dry-run")) == 40
    assert len(crane("ls", "team/app")) == 43
    assert len(regtool.records("delete", "team/app:pr-*", "team/app:3")) == 40 + 1
    assert sorted(crane("ls", "team/app")) == ["1", "2"]
    crane.validate("team/app:1")


def test_two_may_delete_in_one_repository_at_a_time(client: RegistryClient, regtool: Regtool, crane: Crane) -> None:
    digest = push_siblings(client)
    for number in range(15):
        for who in ("a", "b"):
            client.put_manifest("team/app", f"{who}-{number}", small_image("common", "of both").manifest)
    with ThreadPoolExecutor() as both:
        list(both.map(lambda who: regtool.records("delete", f"team/app:{who}-*"), ("a", "b")))
    assert sorted(crane("ls", "team/app")) == ["1", "2", "3"]
    assert crane("digest", "team/app:2") == [digest]
    crane.validate("team/app:1")


def test_an_age_is_that_of_the_image(client: RegistryClient, regtool: Regtool, crane: Crane) -> None:
    made = {"old": "2020-02-02T02:02:02Z", "reproducible": "1970-01-01T00:00:00Z", "undated": ""}
    for tag, created in made.items():
        push_image(client, "app", tag, small_image(tag, created=created))
    done = regtool.run("delete", "app:*", "--older-than", "30d")
    assert done.returncode == 0
    assert "ages are those of the images" in done.stderr
    assert "keep app:reproducible: its age is not known" in done.stderr
    assert sorted(crane("ls", "app")) == ["reproducible", "undated"]


@pytest.mark.parametrize("first", [False, True], ids=["by the tag", "after another"])
def test_a_tag_that_a_push_has_moved_stays(
    running_registry: RunningRegistry, client: RegistryClient, crane: Crane, first: bool
) -> None:
    digest = push_siblings(client)
    with closing(open_api(f"http://{running_registry.host}")) as source:
        if first:
            source.delete(ApiTag("team/app", "1", digest))
        push_image(client, "team/app", "2", small_image("newer"))
        with pytest.raises(RegtoolError, match="pushed anew meanwhile"):
            source.delete(ApiTag("team/app", "2", digest))
    crane.validate("team/app:2")


def test_usage_is_what_it_is_beside_the_data(client: RegistryClient, regtool: Regtool, beside: Regtool) -> None:
    push_siblings(client)
    push_image(client, "other", "1", small_image("common", "x" * 1000))
    push_image(client, "alone", "1", small_image("alone"))
    figures = ("size", "unique", "shared")
    for arguments in ((), ("team/app",)):
        shown = regtool.records("usage", *arguments)
        expected = beside.records("usage", "--grace=0s", *arguments)
        assert [[row.get(key) for key in figures] for row in shown] == [
            [row.get(key) for key in figures] for row in expected
        ]
    total = regtool.records("usage")[-1]
    assert total["unique"] > 0 < total["shared"]
    assert {total[key] for key in ("stored", "unreferenced", "uploads", "free", "keeps_access_times")} == {None}


def blob(registry: RunningRegistry, digest: str) -> Path:
    """A blob's file."""
    name = digest.partition(":")[2]
    return registry.data / f"docker/registry/v2/blobs/sha256/{name[:2]}/{name}/data"


def faults(records: list[dict[str, object]]) -> dict[object, object]:
    return {record["image"]: record["fault"] for record in records if record["type"] == "damage"}


def test_a_check_finds_what_was_taken_away(
    running_registry: RunningRegistry, client: RegistryClient, regtool: Regtool, beside: Regtool
) -> None:
    push_siblings(client)
    assert regtool.records("fsck", "--deep")[-1]["damaged"] == 0
    assert regtool.records("fsck")[-1]["blobs"] == beside.records("fsck")[-1]["blobs"] == 7
    lost = small_image("common", "of both").blobs[2].digest
    blob(running_registry, lost).unlink()
    found = regtool.records("fsck", code=1)
    assert faults(found) == dict.fromkeys(("team/app:1", "team/app:2"), f"the blob {lost} is missing")
    assert (found[-1]["tags"], found[-1]["damaged"]) == (3, 2)
    assert found[-1] == beside.records("fsck", code=1)[-1]


def test_a_check_reads_content_if_need_be(
    running_registry: RunningRegistry, client: RegistryClient, regtool: Regtool
) -> None:
    push_siblings(client)
    spoilt = blob(running_registry, small_image("common", "of the third").blobs[2].digest)
    spoilt.write_bytes(spoilt.read_bytes()[::-1])
    assert regtool.records("fsck")[-1]["damaged"] == 0
    (fault,) = faults(regtool.records("fsck", "--deep", code=1)).values()
    assert "has other content" in str(fault)


def test_a_check_finds_a_tag_without_its_manifest(
    running_registry: RunningRegistry, client: RegistryClient, regtool: Regtool
) -> None:
    blob(running_registry, push_siblings(client)).unlink()
    assert faults(regtool.records("fsck", code=1)).keys() == {"team/app:1", "team/app:2"}


@pytest.mark.parametrize("line", ["2.8", "3"])
def test_nothing_is_lost_where_deleting_is_disabled(
    line: str, registry_binaries: Mapping[str, Path], provisioner: Provisioner, tmp_path: Path
) -> None:
    disabled = {"REGISTRY_STORAGE_DELETE_ENABLED": "false"}
    with serving(registry_binaries[line], tmp_path, environment=disabled) as registry, pushing(registry.host) as client:
        push_siblings(client)
        told = over_api(f"http://{registry.host}", tmp_path).refused("delete", "team/app", "2")
        assert "team/app:2 cannot be deleted" in told
        assert "disables deleting" in told
        assert "deleted " not in over_api(f"http://{registry.host}", tmp_path).run("delete", "team/app:*").stdout
        Crane(provisioner.program("crane"), registry.host).validate("team/app:2")


def test_what_is_not_there_is_told(client: RegistryClient, regtool: Regtool) -> None:
    push_siblings(client)
    assert "did you mean team/app?" in regtool.refused("list", "team/ap")
    assert "there is no tag of team/app named 4" in regtool.refused("delete", "team/app:4")
    assert "needs the registry's data" in regtool.refused("garbage-collect")
