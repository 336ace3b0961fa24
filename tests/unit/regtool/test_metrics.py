"""The last runs in figures, as Prometheus' own parser reads them."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from solakube_regtool.cli import main
from solakube_regtool.serve.metrics import render, volume
from solakube_regtool.storage.last_run import Run

from tests.unit.retention.trees import SmallTree


def parsed(text: str) -> dict[str, float]:
    """Every sample; fails where one lacks its family's HELP or TYPE."""
    found = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type == "gauge"
        for sample in family.samples:
            assert sample.name == family.name
            found["/".join([sample.name, *sample.labels.values()])] = sample.value
    return found


def test_a_run_in_figures() -> None:
    collected = Run("garbage-collect", 1790000000.5, 2.25, True, "freed", {"freed_bytes": 3, "refused": 0, "new": 7})
    failed = Run("prune", 1790000001.0, None, False, 'a "quoted" reason', {})
    assert parsed(render([collected, failed])) == {
        "solakube_maintenance_last_run_timestamp_seconds/garbage-collect": 1790000000.5,
        "solakube_maintenance_last_run_timestamp_seconds/prune": 1790000001.0,
        "solakube_maintenance_last_run_duration_seconds/garbage-collect": 2.25,
        "solakube_maintenance_last_run_success/garbage-collect": 1,
        "solakube_maintenance_last_run_success/prune": 0,
        "solakube_maintenance_last_success_timestamp_seconds/garbage-collect": 1790000000.5,
        "solakube_garbage_collect_freed_bytes": 3,
        "solakube_garbage_collect_refused_pushes": 0,
    }


def test_a_volume_in_figures(tmp_path: Path) -> None:
    figures = parsed(volume(str(tmp_path)))
    assert 0 < figures["solakube_data_free_bytes"] <= figures["solakube_data_size_bytes"]
    assert volume(str(tmp_path / "none")) == ""


def test_before_the_first_run_there_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "metrics"]) == 0
    assert capsys.readouterr().out == ""


def test_a_collection_leaves_all_its_figures(small_tree: SmallTree, capsys: pytest.CaptureFixture[str]) -> None:
    small_tree.blob(b"lost" * 25)
    assert main(["--data", str(small_tree.data), "garbage-collect", "--grace", "0s"]) == 0
    capsys.readouterr()
    assert main(["--data", str(small_tree.data), "metrics"]) == 0
    figures = parsed(capsys.readouterr().out)
    assert figures["solakube_garbage_collect_freed_bytes"] == 100
    assert figures["solakube_garbage_collect_blobs"] == 1
    assert figures["solakube_garbage_collect_odd_entries"] == 0
    # The registry was not asked, so nothing is told of pushes.
    assert "solakube_garbage_collect_refused_pushes" not in figures
    assert time.time() - figures["solakube_maintenance_last_run_timestamp_seconds/garbage-collect"] < 60
