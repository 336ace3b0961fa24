"""A policy file that cannot be read is told with its line, and nothing is asked or deleted."""

from __future__ import annotations

from pathlib import Path

import pytest
from solakube_registry.maintenance.retention import rules

from solakube_core.errors import SolakubeError
from solakube_core.settings import load


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules:\n- repositories: *\n", "policy.yaml:2:"),
        ("rules:\n\t- keep_last: 1\n", "a tab stands in the indentation"),
        ("{bad", "policy.yaml:1:"),
        ("rules: \x01", "control character U+0001"),
        ("", "has no list of rules"),
        ("keep_last: 3", "has no list of rules"),
        ("rules: [1]", "has no list of rules"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(text)
    with pytest.raises(SolakubeError) as refused:
        rules(load((), {}, tmp_path), file)
    assert told in str(refused.value)
    assert "unicode string" not in str(refused.value)


@pytest.mark.parametrize(("name", "told"), [("missing.yaml", "No such file"), (".", "Is a directory")])
def test_what_is_no_file_is_told(tmp_path: Path, name: str, told: str) -> None:
    with pytest.raises(SolakubeError) as refused:
        rules(load((), {}, tmp_path), tmp_path / name)
    assert told in str(refused.value)


def test_a_good_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("rules:\n- repositories: '*'\n  keep_last: 3\n", encoding="utf-8-sig")
    assert rules(load((), {}, tmp_path), file) == [{"repositories": "*", "keep_last": 3}]
