"""What the cluster names is looked for by whatever it is named, and told with those who name it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main

from tests.unit.retention.trees import SmallTree

HOST = "registry.example.com"
LAYER = b"layer"
ABSENT = "sha256:" + "a" * 64


def check(
    capsys: pytest.CaptureFixture[str], tree: SmallTree, tmp_path: Path, *names: str
) -> tuple[int, list[dict[str, Any]]]:
    """Check what `names` name, for the sake of a pod."""
    (tmp_path / "held.json").write_text(json.dumps({name: ["Pod web/p"] for name in names}))
    place = ("--data", str(tree.data), "--json", "check")
    code = main([*place, "--held", str(tmp_path / "held.json"), "--address", HOST])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def digest(small_tree: SmallTree) -> str:
    """The digest of team/app:1."""
    return small_tree.image("team/app", "1", [LAYER])


def test_what_is_whole_is_counted(
    small_tree: SmallTree, digest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = (f"{HOST}/team/app:1", "team/app:1", f"10.0.0.7:30500/team/app@{digest}", digest)
    code, (told,) = check(capsys, small_tree, tmp_path, *names)
    assert (code, told["images"], told["damaged"]) == (0, 2, 0)
    assert told["summary"] == "the cluster names 2 images of this registry, none of them damaged"


@pytest.mark.parametrize("named", ["team/app:1", "team/app@{}", "localhost:5000/team/app:1@{}"])
@pytest.mark.parametrize("lost", ["blob", "link"])
def test_what_is_not_whole_is_told_with_its_holder(
    small_tree: SmallTree, digest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str, lost: str
) -> None:
    layer = small_tree.blob(LAYER)
    if lost == "blob":
        (small_tree.root / "blobs/sha256" / layer[7:9] / layer[7:] / "data").unlink()
    else:
        small_tree.layer_link("team/app", layer).unlink()
    code, (damage, told) = check(capsys, small_tree, tmp_path, named.format(digest))
    assert (code, told["damaged"]) == (1, 1)
    assert layer in damage["fault"]
    assert damage["holders"] == ["Pod web/p"]


@pytest.mark.parametrize("image", ["team/app:2", f"team/app@{ABSENT}", "gone/app:1"])
def test_what_is_named_by_our_address_and_not_here_is_damage(
    small_tree: SmallTree, digest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], image: str
) -> None:
    code, (damage, told) = check(capsys, small_tree, tmp_path, f"{HOST}/{image}")
    assert (code, told["damaged"], damage["image"], damage["fault"]) == (1, 1, image, "is not here")
    code, (told,) = check(capsys, small_tree, tmp_path, f"docker.io/{image}")
    assert (code, told["images"]) == (0, 0)


@pytest.mark.parametrize(
    "name", ["../../etc:1", f"{HOST}/../app:1", "team/app:", "", "a" * 300, "x@sha256:1", "@", ":"]
)
def test_what_is_no_name_of_an_image_is_passed_over(
    small_tree: SmallTree, digest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    code, (told,) = check(capsys, small_tree, tmp_path, name)
    assert (code, told["images"]) == (0, 0)


def test_a_check_is_remembered_as_failed_while_damage_is_there(
    small_tree: SmallTree, digest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def metrics() -> str:
        assert main(["--data", str(small_tree.data), "metrics"]) == 0
        return capsys.readouterr().out

    check(capsys, small_tree, tmp_path, f"{HOST}/team/app:1", f"{HOST}/team/app:2")
    text = metrics()
    assert "solakube_check_images 2\n" in text
    assert "solakube_check_damaged_images 1\n" in text
    assert 'solakube_maintenance_last_run_success{command="check"} 0\n' in text
    check(capsys, small_tree, tmp_path, f"{HOST}/team/app:1")
    assert 'solakube_maintenance_last_run_success{command="check"} 1\n' in metrics()


def test_a_collection_ends_with_a_check(
    small_tree: SmallTree, digest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "held.json").write_text(json.dumps({f"{HOST}/team/app:{tag}": ["Pod web/p"] for tag in "12"}))
    held = ("--held", str(tmp_path / "held.json"), "--address", HOST)
    assert main(["--data", str(small_tree.data), "garbage-collect", *held]) == 1
    told = capsys.readouterr().out
    assert told.endswith("the cluster names 2 images of this registry, 1 of them damaged\n")
    assert "team/app:2: is not here; held by Pod web/p" in told
