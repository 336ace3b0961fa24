"""Maintenance by the API of real registries of both lines, compared with crane and with what the data shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from solakube_registry.oci import Content, RegistryClient, image, index, layer, pull_image, push_image
from solakube_registry.oci.content import INDEX, LAYER
from solakube_regtool.errors import RegtoolError
from solakube_regtool.sources.api import ApiTag, open_api

from tests.e2e.maintenance.by_api import Regtool, over_api, over_data, pushing, small_image
from tests.e2e.maintenance.load import Crane
from tests.e2e.maintenance.registries import RunningRegistry, running
from tests.e2e.testbed.provisioner import Provisioner

REPOSITORIES = 250
TAGS = 1100


@pytest.fixture
def pusher(running_registry: RunningRegistry) -> Iterator[RegistryClient]:
    """Pushes to the running registry."""
    with pushing(running_registry.host) as pusher:
        yield pusher


@pytest.fixture
def regtool(running_registry: RunningRegistry, tmp_path: Path) -> Regtool:
    """The program over the running registry's API."""
    return over_api(f"http://{running_registry.host}", tmp_path)


@pytest.fixture
def beside(running_registry: RunningRegistry) -> Regtool:
    """The program beside the running registry's data."""
    return over_data(running_registry.data)


def push_siblings(pusher: RegistryClient, repository: str = "team/app") -> str:
    """Push one image by the tags 1 and 2, and another by 3; returns the digest of the former."""
    for tag in ("1", "2"):
        push_image(pusher, repository, tag, small_image("common", "of both"))
    push_image(pusher, repository, "3", small_image("common", "of the third"))
    return small_image("common", "of both").digest


def test_all_pages_are_listed(pusher: RegistryClient, regtool: Regtool, client: Crane) -> None:
    made = small_image("one layer")
    names = [f"group-{number % 7}/part/app-{number:03}" for number in range(REPOSITORIES)] + ["group-1/part", "app"]
    for name in names:
        push_image(pusher, name, "1", made, mount_from=names[0])
    for number in range(TAGS):
        pusher.put_manifest("app", f"t{number:04}", made.manifest)
    assert regtool.lines("list") == sorted(names)
    assert client.repositories() == set(names)
    assert regtool.lines("list", "app") == sorted(client.tags("app"))
    tags = {record["name"]: record["tags"] for record in regtool.records("list")}
    assert tags == {**dict.fromkeys(names, 1), "app": TAGS + 1}
    assert {record["digest"] for record in regtool.records("list", "app")} == {made.digest}


@pytest.mark.parametrize("registry_line", ["2.8"], indirect=True)
def test_an_index_of_layers_ends_no_command(pusher: RegistryClient, regtool: Regtool, beside: Regtool) -> None:
    """BuildKit has such caches; a registry 2.8 takes them, and answers 500 where a layer is asked for as a manifest."""
    push_siblings(pusher)
    parts = [Content(LAYER, bytes([number]) * 3000) for number in range(2)]
    parts.append(Content("application/vnd.buildkit.cacheconfig.v0", b'{"layers": [], "records": []}'))
    for part in parts:
        pusher.upload("team/cache", part)
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [part.descriptor() for part in parts]}
    pusher.put_manifest("team/cache", "cache", Content(INDEX, json.dumps(document).encode()))
    for command in (["list", "team/cache"], ["usage"], ["usage", "team/cache"], ["fsck"], ["fsck", "--deep"]):
        assert regtool.run(*command).returncode == 0
    told = [next(tag for tag in over.records("list", "team/cache")) for over in (regtool, beside)]
    assert told[0]["size"] == told[1]["size"] > 6000


def test_a_list_tells_what_it_tells_beside_the_data(pusher: RegistryClient, regtool: Regtool, beside: Regtool) -> None:
    push_siblings(pusher)
    push_image(pusher, "team/app", "dated", small_image("dated", created="2020-02-02T00:00:00Z"))
    both = {name: image([layer({"file": name.encode()})], name) for name in ("amd64", "arm64")}
    push_image(pusher, "team/app", "multi", index(both))
    unknown = {"pushed": None, "pulled": None}
    assert regtool.records("list", "team/app") == [{**row, **unknown} for row in beside.records("list", "team/app")]


def test_of_two_tags_of_an_image_one_goes(pusher: RegistryClient, regtool: Regtool, client: Crane) -> None:
    digest = push_siblings(pusher)
    (deleted,) = regtool.records("delete", "team/app", "2")
    assert (deleted["name"], deleted["digest"], deleted["dry_run"]) == ("2", digest, False)
    assert client.tags("team/app") == {"1", "3"}
    assert client.digest("team/app:1") == digest
    for tag in ("1", "3"):
        client.validate(f"team/app:{tag}")


def test_a_platform_that_loses_its_tag_stays_in_its_index(
    pusher: RegistryClient, regtool: Regtool, client: Crane
) -> None:
    both = {name: image([layer({"file": name.encode()})], name) for name in ("amd64", "arm64")}
    multi = index(both)
    push_image(pusher, "app", "multi", multi)
    push_image(pusher, "app", "amd64", both["amd64"])
    regtool.records("delete", "app:amd64")
    assert client.tags("app") == {"multi"}
    client.validate("app:multi")
    assert pull_image(pusher, "app", "multi") == multi


def test_many_tags_go_by_a_pattern_once_it_is_meant(pusher: RegistryClient, regtool: Regtool, client: Crane) -> None:
    push_siblings(pusher)
    for number in range(40):
        push_image(pusher, "team/app", f"pr-{number}", small_image("common", f"of {number % 20}"))
    assert len(regtool.records("delete", "team/app:pr-*", "--dry-run")) == 40
    assert len(client.tags("team/app")) == 43
    assert len(regtool.records("delete", "team/app:pr-*", "team/app:3")) == 40 + 1
    assert client.tags("team/app") == {"1", "2"}
    client.validate("team/app:1")


def test_two_may_delete_in_one_repository_at_a_time(pusher: RegistryClient, regtool: Regtool, client: Crane) -> None:
    digest = push_siblings(pusher)
    for number in range(15):
        for who in ("a", "b"):
            pusher.put_manifest("team/app", f"{who}-{number}", small_image("common", "of both").manifest)
    with ThreadPoolExecutor() as both:
        list(both.map(lambda who: regtool.records("delete", f"team/app:{who}-*"), ("a", "b")))
    assert client.tags("team/app") == {"1", "2", "3"}
    assert client.digest("team/app:2") == digest
    client.validate("team/app:1")


def test_an_age_is_that_of_the_image(pusher: RegistryClient, regtool: Regtool, client: Crane) -> None:
    never = {"reproducible": "1970-01-01T00:00:00Z", "as-in-an-archive": "1980-01-01T00:00:00Z", "undated": ""}
    made = {"old": "2020-02-02T02:02:02Z", "ancient": "1981-01-01T00:00:00Z", **never}
    for tag, created in made.items():
        push_image(pusher, "app", tag, small_image(tag, created=created))
    done = regtool.run("delete", "app:*", "--older-than", "30d")
    assert done.returncode == 0
    assert "ages are those of the images" in done.stderr
    assert "keep app:reproducible: its age is not known" in done.stderr
    assert client.tags("app") == {*never}


@pytest.mark.parametrize("first", [False, True], ids=["by the tag", "after another"])
def test_a_tag_that_a_push_has_moved_stays(
    running_registry: RunningRegistry, pusher: RegistryClient, client: Crane, first: bool
) -> None:
    digest = push_siblings(pusher)
    with closing(open_api(f"http://{running_registry.host}")) as source:
        if first:
            source.delete(ApiTag("team/app", "1", digest))
        push_image(pusher, "team/app", "2", small_image("newer"))
        with pytest.raises(RegtoolError, match="pushed anew meanwhile"):
            source.delete(ApiTag("team/app", "2", digest))
    client.validate("team/app:2")


def test_usage_is_what_it_is_beside_the_data(pusher: RegistryClient, regtool: Regtool, beside: Regtool) -> None:
    push_siblings(pusher)
    push_image(pusher, "other", "1", small_image("common", "x" * 1000))
    push_image(pusher, "alone", "1", small_image("alone"))
    figures = ("size", "unique", "shared")
    for arguments in ((), ("team/app",)):
        shown = regtool.records("usage", *arguments)
        expected = beside.records("usage", "--grace=0s", *arguments)
        assert [[row.get(key) for key in figures] for row in shown] == [
            [row.get(key) for key in figures] for row in expected
        ]
    total = regtool.records("usage")[-1]
    assert total["unique"] > 0 < total["shared"]
    assert {total[key] for key in ("stored", "unreferenced", "uploads", "trash", "free", "keeps_access_times")} == {
        None
    }


def blob(registry: RunningRegistry, digest: str) -> Path:
    """A blob's file."""
    name = digest.partition(":")[2]
    return registry.data / f"docker/registry/v2/blobs/sha256/{name[:2]}/{name}/data"


def faults(records: list[dict[str, object]]) -> dict[object, object]:
    return {record["image"]: record["fault"] for record in records if record["type"] == "damage"}


def test_a_check_finds_what_was_taken_away(
    running_registry: RunningRegistry, pusher: RegistryClient, regtool: Regtool, beside: Regtool
) -> None:
    push_siblings(pusher)
    assert regtool.records("fsck", "--deep")[-1]["damaged"] == 0
    assert regtool.records("fsck")[-1]["blobs"] == beside.records("fsck")[-1]["blobs"] == 7
    lost = small_image("common", "of both").blobs[2].digest
    blob(running_registry, lost).unlink()
    found = regtool.records("fsck", code=1)
    assert faults(found) == dict.fromkeys(("team/app:1", "team/app:2"), f"the blob {lost} is missing")
    assert (found[-1]["tags"], found[-1]["damaged"]) == (3, 2)
    assert found[-1] == beside.records("fsck", code=1)[-1]


def test_a_check_reads_content_if_need_be(
    running_registry: RunningRegistry, pusher: RegistryClient, regtool: Regtool
) -> None:
    push_siblings(pusher)
    spoilt = blob(running_registry, small_image("common", "of the third").blobs[2].digest)
    spoilt.write_bytes(spoilt.read_bytes()[::-1])
    assert regtool.records("fsck")[-1]["damaged"] == 0
    (fault,) = faults(regtool.records("fsck", "--deep", code=1)).values()
    assert "has other content" in str(fault)


def test_a_check_finds_a_tag_without_its_manifest(
    running_registry: RunningRegistry, pusher: RegistryClient, regtool: Regtool
) -> None:
    blob(running_registry, push_siblings(pusher)).unlink()
    assert faults(regtool.records("fsck", code=1)).keys() == {"team/app:1", "team/app:2"}


def test_nothing_is_lost_where_deleting_is_disabled(
    registry_program: Path, provisioner: Provisioner, tmp_path: Path
) -> None:
    disabled = {"REGISTRY_STORAGE_DELETE_ENABLED": "false"}
    with (
        running(registry_program, tmp_path / "data", tmp_path, environment=disabled) as registry,
        pushing(registry.host) as pusher,
    ):
        push_siblings(pusher)
        told = over_api(f"http://{registry.host}", tmp_path).refused("delete", "team/app", "2")
        assert "team/app:2 cannot be deleted" in told
        assert "disables deleting" in told
        assert "deleted " not in over_api(f"http://{registry.host}", tmp_path).run("delete", "team/app:*").stdout
        Crane(provisioner.program("crane"), registry).validate("team/app:2")


def test_what_is_not_there_is_told(pusher: RegistryClient, regtool: Regtool) -> None:
    push_siblings(pusher)
    assert "did you mean team/app?" in regtool.refused("list", "team/ap")
    assert "there is no tag of team/app named 4" in regtool.refused("delete", "team/app:4")
    assert "needs the registry's data" in regtool.refused("garbage-collect")
