"""Images that are whole although they look unusual, and some that are not: caches, sparse indexes, foreign layers."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main
from solakube_regtool.oci import digests

from tests.unit.regtool.collecting import age, another_user, blobs, collected
from tests.unit.retention.trees import SmallTree

OCI = "application/vnd.oci.image."
LAYER = OCI + "layer.v1.tar+gzip"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


class Images:
    """Writes images piece by piece into the repository `app`."""

    def __init__(self, tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
        self.tree, self._capsys = tree, capsys
        self._repository = tree.root / "repositories/app"

    def blob(self, content: bytes | dict[str, Any], media_type: str = LAYER, kind: str = "_layers") -> dict[str, Any]:
        """Store and link a blob; returns its descriptor."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        digest = self.tree.blob(body)
        self.link(f"{kind}/sha256/{digest[7:]}/link", digest)
        return {"mediaType": media_type, "digest": digest, "size": len(body)}

    def manifest(self, media_type: str, tag: str = "", **document: Any) -> dict[str, Any]:
        """Store a manifest, under a tag if one is given; returns its descriptor."""
        content = {"schemaVersion": 2, "mediaType": media_type, **document}
        descriptor = self.blob(content, media_type, "_manifests/revisions")
        if tag:
            self.link(f"_manifests/tags/{tag}/current/link", descriptor["digest"])
        return descriptor

    def image(self, tag: str = "", *layers: dict[str, Any], config: bytes | dict[str, Any] | None = None) -> Any:
        """Store an image."""
        stored = self.blob(config or {"os": "linux", "architecture": "amd64", "n": tag}, OCI + "config.v1+json")
        return self.manifest(OCI + "manifest.v1+json", tag, config=stored, layers=list(layers))

    def lose(self, descriptor: dict[str, Any]) -> None:
        """Lose a blob."""
        self.tree.blob_path(descriptor["digest"]).unlink()

    def fsck(self, *options: str) -> tuple[int, str]:
        """Check all; returns the exit code and all that is told."""
        code = main(["--data", str(self.tree.data), "fsck", *options])
        told = self._capsys.readouterr()
        return code, told.out + told.err

    def listed(self) -> dict[str, Any]:
        """List the tags by their names."""
        assert main(["--data", str(self.tree.data), "--json", "list", "--tags"]) == 0
        records = map(json.loads, self._capsys.readouterr().out.splitlines())
        return {record["name"]: record for record in records if record["type"] == "tag"}

    def link(self, path: str, text: str) -> None:
        """Write a link of the repository."""
        file = self._repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def images(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> Images:
    return Images(small_tree, capsys)


@pytest.mark.parametrize("options", [(), ("--deep",)])
def test_a_cache_that_is_an_index_of_layers_is_whole_and_a_lost_layer_of_it_is_not(
    images: Images, options: tuple[str, ...]
) -> None:
    layers = [images.blob(os.urandom(3000)) for _ in range(3)]
    config = images.blob({"records": []}, "application/vnd.buildkit.cacheconfig.v0")
    cache = images.manifest(OCI + "index.v1+json", "cache", manifests=[*layers, config])
    assert images.fsck(*options)[0] == 0
    assert images.listed()["cache"]["size"] == sum(part["size"] for part in (*layers, config, cache))
    images.lose(layers[1])
    code, told = images.fsck(*options)
    assert code == 1
    assert f"the blob {layers[1]['digest']} is missing" in told


def test_platforms_that_were_never_copied_are_no_damage(images: Images) -> None:
    platforms = {"amd64": images.image("", images.blob(b"a")), "arm64": {**images.image(""), "digest": _digest(b"no")}}
    children = [{**child, "platform": {"os": "linux", "architecture": name}} for name, child in platforms.items()]
    images.manifest(OCI + "index.v1+json", "sparse", manifests=children)
    code, told = images.fsck()
    assert code == 0
    assert "app:sparse: of its index these platforms are not here: linux/arm64" in told
    images.lose(platforms["amd64"])
    assert images.fsck()[0] == 1


def test_an_index_of_which_nothing_is_here_is_damage(images: Images) -> None:
    children = [{**images.image(""), "digest": _digest(name)} for name in (b"a", b"b")]
    images.manifest(OCI + "index.v1+json", "none", manifests=children)
    assert images.fsck()[0] == 1


@pytest.mark.parametrize(
    ("media_type", "damaged"),
    [(LAYER, True), (FOREIGN, False), (OCI + "layer.nondistributable.v1.tar+gzip", False)],
)
def test_only_a_layer_that_must_not_be_distributed_may_be_missing(
    images: Images, media_type: str, damaged: bool
) -> None:
    layer = {**images.blob(b"layer" * 99, media_type), "urls": ["https://mirror.example.com/layer"]}
    whole = images.image("1", layer)
    images.lose(layer)
    assert images.fsck()[0] == int(damaged)
    if not damaged:
        config = json.loads(images.tree.blob_path(whole["digest"]).read_bytes())["config"]
        assert images.listed()["1"]["size"] == whole["size"] + config["size"]


@pytest.mark.parametrize("config", [b"[" * 100_000, b'{"created": ' + b"9" * 5000 + b"}", b"[]", b"\xff", b"null"])
def test_a_hostile_configuration_ends_no_command(images: Images, config: bytes) -> None:
    images.image("good")
    images.image("evil", config=config)
    assert set(images.listed()) == {"good", "evil"}
    assert images.fsck()[0] == 0


def test_indexes_in_indexes_without_end_end_no_command(images: Images) -> None:
    child = images.image("")
    for depth in range(1500):
        child = images.manifest(OCI + "index.v1+json", "" if depth < 1499 else "deep", manifests=[child])
    assert images.fsck()[0] == 0
    assert images.listed()["deep"]["platforms"] == ["linux/amd64"]


def test_an_attestation_is_no_platform(images: Images) -> None:
    image, attestation = images.image("", images.blob(b"a")), images.image("", images.blob(b"b"))
    children = [
        {**image, "platform": {"os": "linux", "architecture": "amd64"}},
        {**attestation, "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    images.manifest(OCI + "index.v1+json", "1", manifests=children)
    assert images.listed()["1"]["platforms"] == ["linux/amd64"]


def test_what_others_left_among_the_tags_is_none(images: Images, capsys: pytest.CaptureFixture[str]) -> None:
    images.image("1")
    tags = images.tree.root / "repositories/app/_manifests/tags"
    (tags / "@eaDir").mkdir()
    (tags / ".DS_Store").write_text("")
    (tags / ".stfolder").mkdir()
    assert main(["--data", str(images.tree.data), "--json", "list"]) == 0
    assert json.loads(capsys.readouterr().out)["tags"] == 1


def test_a_manifest_among_the_layers_is_told_as_that(images: Images) -> None:
    whole = images.image("1")
    revisions = images.tree.root / "repositories/app/_manifests/revisions/sha256"
    layers = images.tree.root / "repositories/app/_layers/sha256"
    (revisions / whole["digest"][7:]).rename(layers / whole["digest"][7:])
    code, told = images.fsck()
    assert code == 1
    assert "is linked among the layers, as registry 2.1 did" in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can hand files to another user")
def test_of_anothers_files_it_is_not_told_that_we_pulled_them(
    images: Images, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    images.image("1")
    place = ("--data", str(images.tree.data), "--json")
    order = json.dumps({"rules": [{"not_pulled_for": "1d"}], "held": {}})

    def told(*command: str) -> dict[str, Any]:
        monkeypatch.setattr("sys.stdin", io.StringIO(order))
        main([*place, *command])
        record: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[0])
        return record

    commands = (("usage", "app"), ("list", "app"), ("prune",))
    for command in commands:
        # What it imports must be there before the user changes, who may not read it.
        told(*command)
    _hand_over(images.tree.data)
    with another_user():
        usage, tag, refused = (told(*command) for command in commands)
    assert (usage["pulled"], tag["pulled"]) == (None, None)
    assert refused["what"].startswith("not_pulled_for cannot be judged")


def _hand_over(data: Path) -> None:
    """Have a data folder belong to root, and to a group that may write in it."""
    for path in (data, *data.rglob("*")):
        os.chown(path, 0, 1000)
        path.chmod(0o775 if path.is_dir() else 0o664)
    for parent in data.parents:
        parent.chmod(parent.stat().st_mode | 0o011)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def garbage(images: Images) -> dict[str, Any]:
    """Store an image without a tag."""
    stored: dict[str, Any] = images.image("", images.blob(b"of a platform"))
    return stored


@pytest.mark.parametrize("media_type", ["application/octet-stream", "application/vnd.acme.thing.v1+tar", LAYER])
@pytest.mark.parametrize("place", ["manifests", "layers", "config"])
def test_a_manifest_is_one_whatever_it_is_called_by_another(images: Images, place: str, media_type: str) -> None:
    """The registry looks whether an index's children are manifests, not whether they are called so."""
    called = {**garbage(images), "mediaType": media_type}
    if place == "manifests":
        images.manifest(OCI + "index.v1+json", "1", manifests=[called])
    elif place == "layers":
        images.image("1", called)
    else:
        images.manifest(OCI + "manifest.v1+json", "1", config=called, layers=[])
    before = blobs(images.tree)
    collected(images.tree)
    assert blobs(images.tree) == before
    assert images.fsck()[0] == 0


def test_an_artifact_without_layers_is_whole_and_goes_with_what_it_belongs_to(images: Images) -> None:
    """OCI 1.1 asks for a list, which registries do not."""
    image = images.image("1", images.blob(b"layer"))
    empty = images.blob(b"{}", OCI + "empty.v1+json")
    for number, tag in enumerate(("", "sbom")):
        fields = {"artifactType": "text/x", "subject": image, "annotations": {"n": str(number)}}
        images.manifest(OCI + "manifest.v1+json", tag, config=empty, **fields)
    before = blobs(images.tree)
    collected(images.tree)
    assert blobs(images.tree) == before
    assert images.fsck()[0] == 0
    for tag in ("1", "sbom"):
        shutil.rmtree(images.tree.root / "repositories/app/_manifests/tags" / tag)
    collected(images.tree)
    assert blobs(images.tree) == set()


@pytest.mark.parametrize("key", ["config", "layers", "subject"])
def test_keys_count_in_any_letters_as_in_go(images: Images, key: str) -> None:
    image = images.image("1", images.blob(b"layer"))
    document = {"config": images.blob(b"{}"), "layers": [images.blob(b"other")], "subject": image}
    document[key.upper()] = document.pop(key)
    images.manifest(OCI + "manifest.v1+json", "" if key == "subject" else "2", **document)
    before = blobs(images.tree)
    collected(images.tree)
    assert blobs(images.tree) == before


@pytest.mark.parametrize("by", ["subject", "child", "held"])
def test_a_manifest_goes_by_each_of_its_digests(images: Images, by: str) -> None:
    """Distribution 3 links a manifest by the digest that it was pushed by, too."""
    image = images.image("1" if by == "subject" else "", images.blob(b"layer"))
    content = images.tree.blob_path(image["digest"]).read_bytes()
    long = "sha512:" + hashlib.sha512(content).hexdigest()
    images.link(f"_manifests/revisions/sha512/{long[7:]}/link", image["digest"])
    if by == "subject":
        images.manifest(OCI + "manifest.v1+json", "", config=images.blob(b"{}"), layers=[], subject={"digest": long})
    elif by == "child":
        images.manifest(OCI + "index.v1+json", "1", manifests=[{**image, "digest": long}])
    else:
        images.manifest(OCI + "manifest.v1+json", "", config=images.blob(b"{}"), layers=[], subject=image)
    before = blobs(images.tree)
    collected(images.tree, *([digests.parse(long)] if by == "held" else []))
    assert blobs(images.tree) == before


@pytest.mark.parametrize("tagged", [True, False])
def test_an_image_that_the_cluster_names_by_its_configuration_stays(images: Images, tagged: bool) -> None:
    """Docker tells it so where it knows no other digest."""
    image = images.image("", images.blob(b"layer"), config={"os": "linux", "n": "held"})
    images.image("other" if tagged else "", images.blob(b"another"))
    config = json.loads(images.tree.blob_path(image["digest"]).read_bytes())["config"]["digest"]
    before = blobs(images.tree)
    collected(images.tree, digests.parse(config))
    assert len(before - blobs(images.tree)) == (0 if tagged else 3)
    assert image["digest"] in blobs(images.tree)


@pytest.mark.parametrize("name", ["{}", "app@{}", "r.io:5000/another/path@{}", "docker-pullable://r.io/app:1@{}"])
def test_what_the_cluster_names_by_a_digest_stays_by_whatever_address(
    images: Images, tmp_path: Path, name: str
) -> None:
    image = images.image("", images.blob(b"layer"))
    before = blobs(images.tree)
    file = tmp_path / "held.json"
    file.write_text(json.dumps({name.format(image["digest"]): ["Pod web/a"]}))
    age(images.tree)
    options = ("--grace=0s", "--untagged-grace=0s", f"--held={file}")
    assert main(["--data", str(images.tree.data), "garbage-collect", *options]) == 0
    assert blobs(images.tree) == before
