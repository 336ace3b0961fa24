from __future__ import annotations

import json

from solakube_registry.processes.config import as_text, registry_config

from solakube_core.model import Layout

LAYOUT = Layout("/data", "/config")


def config(**changes: object) -> dict[str, object]:
    arguments = {"address": ":5000", "debug_address": ":5001", "read_only": False, **changes}
    return registry_config(LAYOUT, **arguments)  # type: ignore[arg-type]


def test_no_cache_of_blob_descriptors_survives_a_garbage_collection() -> None:
    assert "cache" not in config()["storage"]  # type: ignore[operator]


def test_deletes_are_possible_and_read_only_is_off() -> None:
    storage = json.loads(as_text(config()))["storage"]
    assert storage["delete"] == {"enabled": True}
    assert storage["maintenance"]["readonly"] == {"enabled": False}


def test_read_only_is_a_matter_of_one_key() -> None:
    writing, reading = config(), config(read_only=True)
    assert reading["storage"]["maintenance"]["readonly"] == {"enabled": True}  # type: ignore[index]
    reading["storage"]["maintenance"]["readonly"]["enabled"] = False  # type: ignore[index]
    assert reading == writing


def test_paths_come_from_the_layout() -> None:
    text = json.loads(as_text(config()))
    assert text["storage"]["filesystem"]["rootdirectory"] == "/data"
    assert text["auth"]["htpasswd"]["path"] == "/config/htpasswd"


def test_config_data_is_laid_over_key_by_key_and_null_removes() -> None:
    extra = {"storage": {"filesystem": None, "s3": {"bucket": "images"}}, "log": {"level": "debug"}}
    storage = config(extra=extra)["storage"]
    assert storage["s3"] == {"bucket": "images"}  # type: ignore[index]
    assert "filesystem" not in storage  # type: ignore[operator]
    assert storage["delete"] == {"enabled": True}  # type: ignore[index]


def test_another_storage_driver_replaces_ours() -> None:
    storage = config(extra={"storage": {"s3": {"bucket": "images"}}})["storage"]
    assert storage["s3"] == {"bucket": "images"}  # type: ignore[index]
    assert "filesystem" not in storage  # type: ignore[operator]
    assert storage["delete"] == {"enabled": True}  # type: ignore[index]
