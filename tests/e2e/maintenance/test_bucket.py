"""Looking into a registry's bucket: the same commands and words as on a data folder, at a request for each thousand."""

from __future__ import annotations

import json
import os
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from solakube_registry.oci import push_image
from solakube_registry.oci.content import Content
from solakube_regtool.collect.report import Options
from solakube_regtool.objects.survey import survey
from solakube_regtool.objects.unfinished import abandoned
from solakube_regtool.s3.address import ACCESS_KEY, SECRET_KEY
from solakube_regtool.sources.bucket import BucketSource, open_bucket
from solakube_regtool.storage.links import REVISIONS

from tests.e2e.maintenance.buckets import EITHER_SERVER
from tests.e2e.maintenance.by_api import Regtool, over_data, pushing, small_image
from tests.e2e.maintenance.registries import running
from tests.e2e.support.object_storage import KEYS, Storage

pytestmark = EITHER_SERVER

PREFIX = "some/place"
UNFINISHED = 1234
"""Bytes of an upload that nobody finishes."""


@dataclass(frozen=True)
class Filled:
    """A bucket with images.

    Attributes:
        storage: the server.
        regtool: the program on it.
        copy: a data folder with the same files.
    """

    storage: Storage
    regtool: Regtool
    copy: Path


def begin_upload(host: str, content: bytes) -> None:
    """Send a part of a layer, and never come back."""
    with urllib.request.urlopen(
        urllib.request.Request(f"http://{host}/v2/team/blobs/uploads/", method="POST")
    ) as begun:
        place = begun.headers["Location"]
    headers = {"Content-Type": "application/octet-stream"}
    urllib.request.urlopen(urllib.request.Request(place, content, headers, method="PATCH")).close()


@pytest.fixture
def filled(storage: Storage, registry_binaries: Mapping[str, Path], tmp_path: Path) -> Filled:
    """A registry's bucket, with three tags of two images, a moved tag and an untagged layer."""
    driver = storage.driver.replace("s3: {", f"s3: {{rootdirectory: /{PREFIX}, ") + ", redirect: {disable: true}"
    with (
        running(registry_binaries["3"], tmp_path / "unused", tmp_path, storage=driver) as registry,
        pushing(registry.host) as client,
    ):
        push_image(client, "team/app", "1", small_image("left behind"))
        for tag in ("1", "2"):
            push_image(client, "team/app", tag, small_image("common", "of both"))
        push_image(client, "team", "1", small_image("common"))
        begin_upload(registry.host, bytes(UNFINISHED))
    copy = tmp_path / "copy"
    copy_out(storage, copy)
    address = replace(storage.address, prefix=PREFIX)
    environment = {ACCESS_KEY: KEYS.access, SECRET_KEY: KEYS.secret}
    return Filled(storage, Regtool(f"--bucket={address.written()}", environment), copy)


@pytest.fixture
def source(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> Iterator[BucketSource]:
    """The same bucket, opened as the program does it."""
    for name, value in filled.regtool.environment.items():
        monkeypatch.setenv(name, value)
    opened = open_bucket(filled.regtool.place.partition("=")[2])
    with closing(opened.place.bucket):
        yield opened


def copy_out(storage: Storage, folder: Path) -> None:
    """Copy what a registry has in a bucket into a data folder, with the times of its writing."""
    with storage.opened() as bucket:
        for found in bucket.objects(f"{PREFIX}/"):
            file = folder / found.key.removeprefix(f"{PREFIX}/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(bucket.read(found.key) or b"")
            os.utime(file, (found.modified, found.modified))


def key_of(blob: Content) -> str:
    """The object that a blob is."""
    digits = blob.digest.partition(":")[2]
    return f"{PREFIX}/docker/registry/v2/blobs/sha256/{digits[:2]}/{digits}/data"


def test_it_tells_the_same_as_a_data_folder(filled: Filled) -> None:
    unknown = ("pulled", "pushed", "free", "keeps_access_times", "uploads", "upload_bytes", "summary")

    def told(regtool: Regtool, *arguments: str, stdin: str = "") -> list[dict[str, object]]:
        records = regtool.records(*arguments, code=None, stdin=stdin)
        return [{k: v for k, v in record.items() if k not in (*unknown, "seconds", "finished")} for record in records]

    files = over_data(filled.copy)
    for command in (
        ("list",),
        ("list", "--tags"),
        ("list", "team/app"),
        ("usage",),
        ("usage", "team/app"),
        ("usage", "--grace=0s", "--untagged-grace=0s"),
        ("fsck",),
        ("fsck", "--deep"),
    ):
        assert told(filled.regtool, *command) == told(files, *command), command
    assert filled.regtool.records("usage")[-1]["uploads"] == UNFINISHED
    policy = json.dumps({"rules": [{"keep_last": 1}], "held": {"team:1": ["Pod a/b"]}})
    assert told(filled.regtool, "prune", stdin=policy) == told(files, "prune", stdin=policy)
    held = json.dumps({"team/app:1": ["Pod a/b"], "team/app:9": ["Pod a/b"], "team:1": ["Pod a/c"]})
    assert told(filled.regtool, "check", "--held=-", stdin=held) == told(files, "check", "--held=-", stdin=held)
    assert filled.regtool.records("last-run")[-1]["sentence"] == files.records("last-run")[-1]["sentence"]
    for file in filter(Path.is_file, filled.copy.rglob("*")):
        # In a bucket nobody has read anything.
        os.utime(file, (1, file.stat().st_mtime))
    for options in (("--untagged-grace=0s",), (), ("--keep-untagged",)):
        command = ("garbage-collect", "--dry-run", "--grace=0s", *options)
        assert told(filled.regtool, *command) == told(files, *command), command
    pushed = [record["pushed"] for record in filled.regtool.records("list", "team/app")]
    assert all(
        int(found) == int(other["pushed"])
        for found, other in zip(pushed, files.records("list", "team/app"), strict=True)
    )


def test_what_was_written_lately_is_left_in_a_dry_run(filled: Filled) -> None:
    (told,) = filled.regtool.records(
        "garbage-collect", "--dry-run", "--grace=1h", "--untagged-grace=0s", "--undo-period=0"
    )
    assert (told["blobs"], told["postponed"]) == (0, 3)
    assert "only what was written lately counts as used" in told["summary"]


def test_a_rule_about_pulls_is_refused(filled: Filled) -> None:
    policy = json.dumps({"rules": [{"not_pulled_for": "1d"}], "held": {}})
    assert "an object storage keeps no access times" in filled.regtool.refused("prune", stdin=policy)


def test_a_mark_reads_each_manifest_once_and_nothing_else(source: BucketSource) -> None:
    bucket = source.place.bucket
    survey(source.tree, source.place, Options(grace=0, untagged_grace=0))
    manifests = len(list(source.tree.link_keys("team/app", REVISIONS)) + list(source.tree.link_keys("team", REVISIONS)))
    listings = 2  # Of all objects, and of the uploads in parts.
    assert bucket.requests == manifests + listings
    survey(source.tree, source.place, Options(grace=0, untagged_grace=0))
    assert bucket.requests == manifests + 2 * listings


def test_an_upload_that_nobody_finishes_is_found_after_a_week(source: BucketSource) -> None:
    week = 7 * 86400.0
    assert list(abandoned(source.tree, source.place, time.time() - week)) == []
    (found,) = abandoned(source.tree, source.place, time.time() + 60)
    assert (found.size, len(found.parts)) == (UNFINISHED, 1)
    report = survey(source.tree, source.place, Options(uploads_older=-60))
    assert (report.uploads, report.upload_bytes) == (1, UNFINISHED)
    for upload in found.parts:
        source.place.bucket.abort(upload)
        source.place.bucket.abort(upload)
    assert list(source.place.bucket.uploads("")) == []


def test_what_is_lost_or_spoilt_is_told(filled: Filled) -> None:
    lost, spoilt = small_image("common", "of both").blobs[1:3]
    with filled.storage.opened() as bucket:
        bucket.delete([key_of(lost)])
        bucket.write(key_of(spoilt), bytes(len(spoilt.data)))
    faults = {
        record["fault"] for record in filled.regtool.records("fsck", "--deep", code=1) if record["type"] == "damage"
    }
    assert f"the blob {lost.digest} is missing" in faults
    assert any(fault.startswith(f"the blob {spoilt.digest} has other content") for fault in faults)


def test_what_cannot_be_done_there_is_refused(filled: Filled) -> None:
    assert "in an object storage there are list, usage, fsck" in filled.regtool.refused("stored")
    for option in ("--wait", "--keep=1d", "--undo"):
        assert "is of no use for a bucket" in filled.regtool.refused("garbage-collect", option)
    assert "a registry does not tell what it does" in filled.regtool.refused("garbage-collect")
    wrong = Regtool(filled.regtool.place, {ACCESS_KEY: KEYS.access, SECRET_KEY: "wrong"})
    assert "correct the secret key" in wrong.refused("list")
    assert "REGISTRY_S3_ACCESS_KEY is not set" in Regtool(filled.regtool.place, {}).refused("list")
    assert json.loads(filled.regtool.place.partition("=")[2])["bucket"] == filled.storage.bucket
