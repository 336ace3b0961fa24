"""A check finds every kind of damage, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from solakube_regtool.cli import main

from tests.model.distribution import Distribution, digest_of, image, index

LAYERS = (b"configuration", b"first layer", b"second layer")
MANIFEST = image(LAYERS)


def perform(request: Generator[None, None, Any]) -> None:
    for _ in request:
        pass


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A registry's data with an image and an index of it."""
    registry = Distribution(str(tmp_path), in_place=False)
    for layer in LAYERS:
        perform(registry.upload("app", layer))
    perform(registry.put_manifest("app", MANIFEST, "1"))
    perform(registry.put_manifest("app", index([MANIFEST]), "all"))
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], data: Path, *options: str) -> tuple[int, list[dict[str, Any]]]:
    code = main(("--data", str(data), "--json", "fsck", *options))
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return code, [record for record in records if record["type"] != "progress"]


def blob(data: Path, content: bytes) -> Path:
    digest = digest_of(content)
    return data / f"docker/registry/v2/blobs/sha256/{digest[:2]}/{digest}/data"


@pytest.mark.parametrize("options", [(), ("--deep",)])
def test_what_is_whole_is_said_to_be(data: Path, capsys: pytest.CaptureFixture[str], options: tuple[str, ...]) -> None:
    code, (summary,) = check(capsys, data, *options)
    assert code == 0
    assert (summary["tags"], summary["damaged"], summary["blobs"]) == (2, 0, 5)


def unlink_layer(data: Path) -> None:
    digest = digest_of(LAYERS[1])
    (data / f"docker/registry/v2/repositories/app/_layers/sha256/{digest}/link").unlink()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "is missing": lambda data: blob(data, LAYERS[2]).unlink(),
    "has 5 bytes instead of 12": lambda data: blob(data, LAYERS[2]).write_bytes(b"short"),
    "is not linked": unlink_layer,
    "cannot be understood": lambda data: blob(data, MANIFEST).write_bytes(MANIFEST[:-9]),
}


@pytest.mark.parametrize("fault", DAMAGES)
def test_damage_is_told_for_every_tag_that_reaches_it(
    data: Path, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    DAMAGES[fault](data)
    code, records = check(capsys, data)
    assert code == 1
    assert {record["image"] for record in records if record["type"] == "damage"} == {"app:1", "app:all"}
    assert all(fault in record["fault"] for record in records if record["type"] == "damage")


def test_other_content_of_the_same_size_shows_when_it_is_read(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blob(data, LAYERS[2]).write_bytes(b"SECOND LAYER")
    assert check(capsys, data)[0] == 0
    code, records = check(capsys, data, "--deep")
    assert code == 1
    assert "has other content" in records[0]["fault"]
