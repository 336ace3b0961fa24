from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solakube_core.values.loading import load_values
from solakube_core.values.overlay import overlaid
from solakube_core.values.schema import Schema

SCHEMA: Schema = {
    "image": {"repository": str, "tag": str},
    "replicaCount": int,
    "persistence": {"enabled": bool, "size": str},
    "nodeSelector": dict,
    "tolerations": list,
    "anything": object,
}

Load = Callable[..., tuple[dict[str, Any], list[str]]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load the texts given, nearest first, over a default; problems come as texts."""

    def loaded(*texts: str, default: str = "", **names: str) -> tuple[dict[str, Any], list[str]]:
        roots = [tmp_path / f"root{number}" for number in range(len(texts))]
        for root, text in zip(roots, texts, strict=True):
            file = root / "deployment" / "wiki" / "chart-values.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        (tmp_path / "default.yaml").write_text(default, encoding="utf-8")
        values, problems = load_values("wiki", tmp_path / "default.yaml", roots, SCHEMA, names)
        return values, [str(problem).replace(str(tmp_path), "") for problem in problems]

    return loaded


def test_files_are_laid_over_each_other_key_by_key_nearest_last(load: Load) -> None:
    values, problems = load(
        "image: {tag: '3'}",
        "image: {tag: '2', repository: mine}\nreplicaCount: 2",
        default="image: {repository: registry, tag: '1'}\npersistence: {enabled: true}",
    )
    assert problems == []
    assert values == {
        "image": {"repository": "mine", "tag": "3"},
        "replicaCount": 2,
        "persistence": {"enabled": True},
    }


def test_null_removes_a_key(load: Load) -> None:
    assert load("image: null", default="image: {tag: '1'}\nreplicaCount: 1") == ({"replicaCount": 1}, [])


def test_lists_are_replaced_whole(load: Load) -> None:
    assert load("tolerations: [b]", default="tolerations: [a]")[0] == {"tolerations": ["b"]}


def test_unknown_keys_name_place_and_nearest(load: Load) -> None:
    _, problems = load("replicaCount: 1\nimage:\n  tags: x\nresurces: {}\n")
    assert problems[0].startswith(
        "/root0/deployment/wiki/chart-values.yaml:3: unknown key image.tags; did you mean tag?"
    )
    assert "chart-values.yaml:4: unknown key resurces" in problems[1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("image: [a]", ":1: image is a list, not a map"),
        ("tolerations: {a: b}", ":1: tolerations is a map, not a list"),
        ("\nreplicaCount: two", ":2: replicaCount is a text, not a whole number"),
        ("replicaCount: true", ":1: replicaCount is true or false, not a whole number"),
        ("persistence: {enabled: 'yes'}", ":1: persistence.enabled is a text, not true or false"),
        ("- a", ": the file is a list, not a map"),
        ("a: b\n\tc: d", "the file is no valid YAML"),
        ("replicaCount: 1\nreplicaCount: 2", "the file is no valid YAML"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(load: Load, text: str, problem: str) -> None:
    assert any(problem in entry for entry in load(text)[1])


def test_problems_of_all_files_are_told_at_once(load: Load) -> None:
    assert len(load("wrong: 1\nworse: 2", "image: ${NOWHERE}")[1]) >= 3


def test_references_are_replaced_in_scalars_alone(load: Load) -> None:
    evil = 'x"\nreplicaCount: 99 # {'
    values, problems = load("image: {repository: $A/$B}\nanything: ['${A}', \"${B}\"]", A=evil, B="b")
    assert problems == []
    assert values == {"image": {"repository": f"{evil}/b"}, "anything": [evil, "b"]}


def test_a_plain_reference_alone_keeps_the_type_of_its_value(load: Load) -> None:
    assert load("replicaCount: ${N}\nanything: '${N}'", N="2") == ({"replicaCount": 2, "anything": "2"}, [])
    assert load("persistence: {enabled: $YES}", YES="true")[0] == {"persistence": {"enabled": True}}
    assert load("anything: ${A}", A="{b: c}")[0] == {"anything": "{b: c}"}


def test_an_undefined_name_is_told_with_its_place(load: Load) -> None:
    _, problems = load("image:\n  repository: a\n  tag: ${NOWHERE}", EMPTY="")
    assert "chart-values.yaml:3: ${NOWHERE} is not defined" in problems[0]
    assert "${EMPTY} is not defined" in load("anything: ${EMPTY}", EMPTY="")[1][0]


def test_two_dollars_are_one(load: Load) -> None:
    assert load("anything: cost $$5 ${A}", A="x")[0] == {"anything": "cost $5 x"}


plain = st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner), max_leaves=8)
maps = st.dictionaries(st.sampled_from("abc"), plain)


@settings(max_examples=100)
@given(maps, maps)
def test_what_is_laid_over_is_found_afterwards_and_nothing_else_changes(base: Any, extra: Any) -> None:
    result = overlaid(base, extra)
    for key in base.keys() - extra.keys():
        assert result[key] == base[key]
    assert overlaid(result, extra) == result
    assert overlaid({}, base) == base
