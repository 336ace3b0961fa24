"""OCI's own tests of a registry: with its images in a bucket it does what it does with them on a volume."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.maintenance.registries import running
from tests.e2e.support.object_storage import Storage
from tests.e2e.testbed.provisioner import Provisioner

LACKING = ("subject", "referrers", "sha512", "non-distributable-layers")
"""Words in the names of the tests of what distribution cannot do. One of those with a subject passes in some runs."""


def results(conformance: Path, registry: Path, folder: Path, storage: str) -> dict[str, str]:
    """Run OCI's tests on a registry of its own; gives what came of each.

    Args:
        conformance: their program.
        registry: the registry's.
        folder: a new one.
        storage: the registry's storage driver; "" for a data folder.
    """
    folder.mkdir()
    with running(registry, folder / "data", folder, storage=storage) as at_work:
        told = {
            "OCI_REGISTRY": at_work.host,
            "OCI_TLS": "disabled",
            "OCI_VERSION": "1.1",
            "OCI_RESULTS_DIR": str(folder),
        }
        done = subprocess.run([conformance], env=told, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    tests = ElementTree.parse(folder / "junit.xml").iter("testcase")
    return {test.attrib["name"]: test.attrib["status"] for test in tests}


def test_a_bucket_and_a_volume_pass_the_same(
    provisioner: Provisioner, registry_binaries: Mapping[str, Path], storage: Storage, tmp_path: Path
) -> None:
    programs = (provisioner.program("conformance"), registry_binaries["3"])
    drivers = {"volume": "", "bucket": f"{storage.driver}, redirect: {{disable: true}}"}
    with ThreadPoolExecutor() as pool:
        runs = {name: pool.submit(results, *programs, tmp_path / name, driver) for name, driver in drivers.items()}
    on_volume, in_bucket = runs["volume"].result(), runs["bucket"].result()
    assert in_bucket.keys() == on_volume.keys()
    for word in LACKING:
        assert "failure" in of(on_volume, word) & of(in_bucket, word), f"distribution can do by now: {word}"
    able = {name: result for name, result in on_volume.items() if not any(word in name for word in LACKING)}
    assert len(able) > 200
    assert "failure" not in able.values()
    assert {name: in_bucket[name] for name in able} == able


def of(found: Mapping[str, str], word: str) -> set[str]:
    """What came of the tests with a word in their names."""
    return {result for name, result in found.items() if word in name}
