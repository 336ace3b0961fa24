"""Importing from real registries and their data folders, of one line into the other: what arrives, and what is told."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from solakube_registry.oci import Content, Image, image, index, layer, push_image
from solakube_registry.oci.content import INDEX, LAYER, MANIFEST

from tests.e2e.maintenance.busy import BIG, Front
from tests.e2e.maintenance.by_api import Regtool, over_api, over_data, pushing, small_image
from tests.e2e.maintenance.registries import RunningRegistry, running
from tests.e2e.maintenance.test_api_login import LOGIN, PASSWORD, USER, htpasswd
from tests.loopback import serving

Record = dict[str, Any]

ONE_LINE = pytest.mark.parametrize("registry_line", ["3"], indirect=True)
ODD = ("a/b--c.d__e/f_g", "x.y/z", "a")


@dataclass(frozen=True)
class Two:
    """A registry with images, and an empty one of the other line.

    Attributes:
        source: the former.
        target: the latter.
        regtool: the program over the API of the latter.
    """

    source: RunningRegistry
    target: RunningRegistry
    regtool: Regtool

    @property
    def url(self) -> str:
        """The address to import from."""
        return f"--from-url=http://{self.source.host}"

    @property
    def folder(self) -> str:
        """The folder to import from."""
        return f"--from-folder={self.source.data}"

    def run(self, place: str, *arguments: str, code: int = 0) -> tuple[dict[str, str], Record]:
        """Import; returns what came of each image, and the report."""
        records = self.regtool.records("import-images", place, *arguments, code=code)
        done = {record["image"]: record["done"] for record in records if record["type"] == "imported"}
        return done, records[-1]


@pytest.fixture
def two(registry_binaries: Mapping[str, Path], registry_line: str, tmp_path: Path) -> Iterator[Two]:
    """Two registries; the target's line is the one in question."""
    (other,) = registry_binaries.keys() - {registry_line}
    with (
        started(registry_binaries[other], tmp_path / "source") as source,
        started(registry_binaries[registry_line], tmp_path / "target") as target,
    ):
        yield Two(source, target, over_api(f"http://{target.host}", tmp_path))


@contextmanager
def started(program: Path, folder: Path, more: str = "") -> Iterator[RunningRegistry]:
    (folder / "data").mkdir(parents=True, exist_ok=True)
    with running(program, folder / "data", folder, more) as registry:
        yield registry


def both() -> Image:
    """An image for two platforms."""
    return index({name: image([layer({"f": name.encode()})], name) for name in ("amd64", "arm64")})


def push_all(host: str) -> set[str]:
    """Push an index, images of odd names that share layers, and a signature by each means; returns their names."""
    with pushing(host) as client:
        for name in ODD:
            push_image(client, name, "v1.0_x-Y", small_image("common", name))
        digest = push_image(client, "team/app", "multi", both())
        tag = digest.replace(":", "-")
        push_image(client, "team/app", f"{tag}.sig", small_image("signature"))
        referrer = attached(small_image("sbom"), both().manifest)
        push_image(client, "team/app", tag, Image(fallback(referrer.manifest), children=(referrer,)))
    return {f"{name}:v1.0_x-Y" for name in ODD} | {f"team/app:{name}" for name in ("multi", f"{tag}.sig", tag)}


def attached(made: Image, subject: Content) -> Image:
    """Let an image be one that belongs to another."""
    document = {**json.loads(made.manifest.data), "subject": subject.descriptor()}
    return Image(Content(MANIFEST, json.dumps(document).encode()), made.blobs)


def fallback(manifest: Content) -> Content:
    """Make the index that tells what belongs to an image where a registry has no API for it."""
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest.descriptor()]}
    return Content(INDEX, json.dumps(document).encode())


def tags_of(registry: RunningRegistry) -> dict[str, str]:
    """Give the digest of each tag, as the data tells."""
    regtool = over_data(registry.data)
    return {f"{row['repository']}:{row['name']}": row["digest"] for row in regtool.records("list", "--tags")}


def walk(folder: Path) -> dict[str, tuple[str, int]]:
    """Give the hash and the time stamp of each file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(file): (hashlib.sha256(file.read_bytes()).hexdigest(), file.stat().st_mtime_ns) for file in files}


@pytest.mark.parametrize("place", ["url", "folder"])
def test_all_arrives_byte_for_byte_and_once(two: Two, place: str) -> None:
    names = push_all(two.source.host)
    before = walk(two.source.data)
    planned, plan = two.run(getattr(two, place), "--dry-run")
    assert set(planned) == names
    assert tags_of(two.target) == {}
    done, report = two.run(getattr(two, place))
    assert done == dict.fromkeys(names, "made")
    assert tags_of(two.target) == tags_of(two.source)
    assert over_data(two.target.data).records("fsck", "--deep")[-1]["damaged"] == 0
    assert (report["blobs"], report["bytes"]) == (plan["blobs"], plan["bytes"])
    # Of one layer that three repositories have, two are linked; no bytes are sent for them.
    assert report["linked"] == 2
    again, nothing = two.run(getattr(two, place))
    assert again == dict.fromkeys(names, "there")
    assert (nothing["blobs"], nothing["bytes"], nothing["linked"]) == (0, 0, 0)
    assert walk(two.source.data) == before


@ONE_LINE
def test_one_image_comes_with_what_belongs_to_it(two: Two) -> None:
    push_all(two.source.host)
    done, _ = two.run(two.url, "team/app:mul*")
    assert {name.partition(":")[0] for name in done} == {"team/app"}
    assert len(done) == 3
    assert done == {name: "made" for name in tags_of(two.source) if name.startswith("team/app:")}
    assert over_data(two.target.data).records("fsck", "--deep")[-1]["damaged"] == 0


@ONE_LINE
def test_what_was_pushed_since_comes_alone_and_a_moved_tag_is_set(two: Two) -> None:
    push_all(two.source.host)
    two.run(two.url)
    with pushing(two.source.host) as client:
        push_image(client, "a", "v1.0_x-Y", small_image("common", "another"))
        push_image(client, "new", "1", small_image("common"))
    done, report = two.run(two.url)
    assert {name: how for name, how in done.items() if how != "there"} == {"a:v1.0_x-Y": "set", "new:1": "made"}
    assert tags_of(two.target) == tags_of(two.source)
    # Two configurations, a layer, and the common one: this run knows of no other repository that has it.
    assert (report["blobs"], report["linked"]) == (4, 0)


@ONE_LINE
def test_a_bad_blob_fails_its_images_alone(two: Two) -> None:
    push_all(two.source.host)
    with pushing(two.source.host) as client:
        bad = layer({"f": os.urandom(3_000_000)}).content
        client.upload("bad", bad)
        push_image(client, "bad", "1", image([layer({"g": b"g"})], "amd64"))
    made = small_image("for bad")
    document = json.loads(made.manifest.data)
    document["layers"].append(bad.descriptor())
    with pushing(two.source.host) as client:
        push_image(client, "bad", "2", Image(Content(MANIFEST, json.dumps(document).encode()), made.blobs))
    file = two.source.blobs / f"sha256/{bad.digest[7:9]}/{bad.digest[7:]}/data"
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    for place in (two.url, two.folder):
        done, report = two.run(place, code=1)
        assert f"the blob {bad.digest} has other content" in done.pop("bad:2")
        assert report["failed"] == 1
        assert set(done.values()) <= {"made", "there"}
        assert "bad:1" in done
        assert set(tags_of(two.target)) == set(tags_of(two.source)) - {"bad:2"}
        assert not list(two.target.data.rglob("_uploads/*/data"))
    file.unlink()
    done, _ = two.run(two.folder, code=1)
    assert done["bad:2"] == f"the blob {bad.digest} is missing"


@ONE_LINE
def test_what_registries_no_longer_take_is_told(two: Two) -> None:
    """No registry takes it any more, so it is written into the folder as one did."""
    push_all(two.source.host)
    root = two.source.data / "docker/registry/v2"
    schema1 = json.dumps({"schemaVersion": 1, "name": "old", "tag": "1", "fsLayers": [], "history": []}).encode()
    strange = json.dumps({"schemaVersion": 2, "mediaType": "application/x-strange", "manifests": [], "x": []}).encode()
    for name, content in (("old", schema1), ("strange", strange), ("no/Name", strange)):
        hexadecimal = hashlib.sha256(content).hexdigest()
        written = {
            root / f"blobs/sha256/{hexadecimal[:2]}/{hexadecimal}/data": content,
            root / f"repositories/{name}/_manifests/revisions/sha256/{hexadecimal}/link": b"sha256:%s",
            root / f"repositories/{name}/_manifests/tags/1/current/link": b"sha256:%s",
        }
        for path, text in written.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.replace(b"%s", hexadecimal.encode()))
    done, report = two.run(two.folder, code=1)
    assert "is of Docker's schema 1" in done.pop("old:1")
    assert "cannot be understood" in done.pop("strange:1")
    assert "is no name of a repository" in done.pop("no/Name:1")
    assert report["failed"] == 3
    assert set(done.values()) == {"made"}


@ONE_LINE
def test_of_a_sparse_index_it_is_told_what_its_source_has_not_got(two: Two) -> None:
    push_all(two.source.host)
    absent = both().children[0].digest
    (two.source.blobs / f"sha256/{absent[7:9]}/{absent[7:]}/data").unlink()
    done, _ = two.run(two.folder, code=1)
    assert "not all is at its source: linux/amd64" in done["team/app:multi"]
    assert "team/app:multi" not in tags_of(two.target)
    assert over_data(two.target.data).records("fsck", "--deep")[-1]["damaged"] == 0


@ONE_LINE
def test_a_source_that_wants_a_login_gets_its_own(two: Two, registry_program: Path, tmp_path: Path) -> None:
    push_all(two.source.host)
    other = tmp_path / "closed"
    other.mkdir()
    with running(registry_program, two.target.data, other, htpasswd(other)) as closed:
        place = f"--from-url=http://{two.source.host}"
        anonymous = over_api(f"http://{closed.host}", tmp_path)
        assert "wants a login" in str(anonymous.records("import-images", place, code=1))
        logged_in = over_api(f"http://{closed.host}", tmp_path, **LOGIN)
        logged_in.records("import-images", place)
        # The other way: the login of the target is none of the source's.
        place = f"--from-url=http://{closed.host}"
        third = over_api(f"http://{two.source.host}", tmp_path, **LOGIN)
        assert "wants a login" in third.refused("import-images", place)
        given = {"SOURCE_USERNAME": USER, "SOURCE_PASSWORD": PASSWORD}
        assert over_api(f"http://{two.source.host}", tmp_path, **given).records("import-images", place)[-1]["tags"] == 6


@ONE_LINE
def test_a_busy_registry_that_breaks_off_is_asked_again_and_its_referrers_get_a_tag(two: Two) -> None:
    with pushing(two.source.host) as client:
        subject = image([layer({"f": os.urandom(BIG + 100_000)})], "amd64")
        push_image(client, "app", "1", subject)
        sbom, more = (attached(small_image(name), subject.manifest) for name in ("sbom", "more"))
        push_image(client, "app", sbom.digest, sbom)
        push_image(client, "app", more.digest, more)
    with serving(Front(two.source.host, {subject.digest: sbom.manifest})) as front:
        done, report = two.run(f"--from-url={front.url}")
        front.referrers = {subject.digest: more.manifest}
        again, _ = two.run(f"--from-url={front.url}")
    assert (done, again) == ({"app:1": "made"}, {"app:1": "there"})
    assert len(front.broken) == 1
    # Half of it came in vain.
    assert report["blobs"] == len(subject.blobs) + len(sbom.blobs)
    with pushing(two.target.host) as client:
        told = json.loads(client.manifest("app", subject.digest.replace(":", "-")).data)
        assert told["manifests"] == [sbom.manifest.descriptor(), more.manifest.descriptor()]
        assert client.manifest("app", more.digest) == more.manifest
    assert over_data(two.target.data).records("fsck", "--deep")[-1]["damaged"] == 0


@ONE_LINE
def test_a_large_layer_passes_through_little_memory(two: Two) -> None:
    large = Content(LAYER, bytes(150_000_000))
    with pushing(two.source.host) as client:
        client.upload("app", large)
        document = {"schemaVersion": 2, "mediaType": MANIFEST, "config": large.descriptor(), "layers": []}
        client.put_manifest("app", "1", Content(MANIFEST, json.dumps(document).encode()))
    command = [sys.executable, "-c", MEASURED, two.regtool.place, "import-images", two.url]
    environment = {**two.regtool.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    # The kernel's own figure: ru_maxrss begins with what the process had that started it.
    assert int(done.stderr.splitlines()[-1]) < 80_000
    assert tags_of(two.target) == tags_of(two.source)


MEASURED = """
import re, sys
from solakube_regtool.cli import main
code = main(sys.argv[1:])
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1], file=sys.stderr)
sys.exit(code)
"""

KILLED = """
import os, sys, itertools
from solakube_regtool.http import transport
from solakube_regtool.cli import main
steps, plain = itertools.count(1), transport.Transport.send
def send(self, method, *arguments, **more):
    if method not in ("GET", "HEAD") and next(steps) == int(sys.argv[1]):
        os._exit(9)
    return plain(self, method, *arguments, **more)
transport.Transport.send = send
sys.exit(main(sys.argv[2:]))
"""


@ONE_LINE
def test_killed_at_any_step_it_is_run_again(two: Two) -> None:
    """Each change of the target is a step; after each kill all tags that are there are whole."""
    push_all(two.source.host)
    arguments = [two.regtool.place, "import-images", two.url]
    environment = {**two.regtool.environment, "PYTHONPATH": os.pathsep.join(sys.path)}
    for step in (1, 3, 8, 13):
        command = [sys.executable, "-c", KILLED, str(step), *arguments]
        assert subprocess.run(command, check=False, capture_output=True, env=environment).returncode == 9
        assert over_data(two.target.data).records("fsck", "--deep")[-1]["damaged"] == 0
    two.run(two.url)
    assert tags_of(two.target) == tags_of(two.source)
    assert over_data(two.target.data).records("fsck", "--deep")[-1]["damaged"] == 0
