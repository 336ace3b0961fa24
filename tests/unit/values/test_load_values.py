from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solakube_core.values.loading import load_values
from solakube_core.values.overlay import overlaid
from solakube_core.values.schema import Items, Schema, Texts
from tests.unit.places import make

SCHEMA: Schema = {
    "image": {"repository": str, "tag": str},
    "replicaCount": int,
    "persistence": {"enabled": bool, "size": str},
    "nodeSelector": dict,
    "tolerations": list,
    "podAnnotations": Texts,
    "extraEnvVars": Items({"name": str, "value": str, "valueFrom": dict}),
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
        ("replicaCount: 1\nreplicaCount: 2", ":2: replicaCount is there twice"),
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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("Off", False),
        ("0420", 272),
        ("0o17", 15),
        ("0x1F", 31),
        ("-1_000", -1000),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("089", 89.0),
        ("~", None),
        ("2020-01-01", "2020-01-01"),
        ("12:30:45", "12:30:45"),
        ("1.2.3", "1.2.3"),
        ("'0420'", "0420"),
        ('"yes"', "yes"),
        ("|\n  a\n", "a\n"),
        (".inf", ".inf"),
    ],
)
def test_plain_scalars_mean_what_helm_takes_them_for(load: Load, text: str, value: object) -> None:
    assert load(f"anything: [{text}]" if "|" not in text else f"anything:\n- {text}") == ({"anything": [value]}, [])


@pytest.mark.parametrize(("text", "value"), [("3.10", "3.10"), ("3", "3"), ("yes", "yes"), ("'x'", "x")])
def test_where_a_text_belongs_it_stays_as_written(load: Load, text: str, value: str) -> None:
    assert load(f"image: {{tag: {text}}}") == ({"image": {"tag": value}}, [])
    assert load(f"podAnnotations: {{1: {text}}}") == ({"podAnnotations": {"1": value}}, [])


def test_the_originals_own_file_is_taken_as_it_is(load: Load) -> None:
    text = 'persistence:\n  enabled: "true"\n  size: ${SIZE}\npodAnnotations:\n  backup: "data"\n'
    values, problems = load(text, SIZE="10Gi")
    assert problems == []
    assert values == {"persistence": {"enabled": True, "size": "10Gi"}, "podAnnotations": {"backup": "data"}}


def test_references_may_stand_in_flow_maps_and_lists(load: Load) -> None:
    values, problems = load("image: {tag: ${A}}\nanything: [${A}, '${A}', ${A}x]", A="3")
    assert problems == []
    assert values == {"image": {"tag": "3"}, "anything": [3, "3", "3x"]}


@pytest.mark.parametrize("value", ["null", "~", "3.10", "1e5", "007", "yes", "[a]", "- a", "#", "1_000", "True"])
def test_a_reference_gives_a_text_unless_it_is_plainly_a_number_or_true_or_false(load: Load, value: str) -> None:
    assert load("anything: ${A}", A=value) == ({"anything": value}, [])


def test_keys_of_open_maps_may_hold_references(load: Load) -> None:
    assert load("podAnnotations: {'${A}/x': y}", A="example.com")[0] == {"podAnnotations": {"example.com/x": "y"}}


def test_what_a_shell_means_by_a_dollar_stays(load: Load) -> None:
    text = "echo ${X:-y} $(pwd) $1 $? ${1} $"
    assert load(f"anything: '{text}'") == ({"anything": text}, [])


def test_environment_values_stay_texts(load: Load) -> None:
    values, problems = load("extraEnvVars:\n- name: A\n  value: ${A}\n- {name: B, value: 1}", A="123")
    assert problems == []
    assert values == {"extraEnvVars": [{"name": "A", "value": "123"}, {"name": "B", "value": "1"}]}


def test_aliases_and_merged_maps_are_followed(load: Load) -> None:
    text = "anything:\n  a: &a {x: 1, y: 2}\n  b: *a\n  c: {<<: *a, y: 3}\n  d: {<<: [{y: 4}, *a]}\n"
    assert load(text) == (
        {"anything": {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}, "c": {"x": 1, "y": 3}, "d": {"x": 1, "y": 4}}},
        [],
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("anything: &a {b: *a}", ":1: anything.b holds itself"),
        ("anything: &a\n  <<: *a", ":1: anything cannot be merged with this"),
        ("anything: !secret x", ":1: anything has the tag !secret"),
        ("? [a]\n: b", ":1: a key in the file is no text"),
        ("image:\n  tag: a\n  tag: b", ":3: image.tag is there twice\n  why: first in line 2"),
        ("image: {tag: [a]}", ":1: image.tag is a list, not a text"),
        ("extraEnvVars:\n- name: a\n  vlaue: b", ":3: unknown key extraEnvVars.0.vlaue; did you mean value?"),
        ("extraEnvVars:\n- a", ":2: extraEnvVars.0 is a text, not a map"),
        ("podAnnotations: {a: {b: c}}", ":1: podAnnotations.a is a map, not a text"),
        ("replicaCount: 1.0", ":1: replicaCount is a number, not a whole number"),
        ("replicaCount: ${WORD}", ":1: replicaCount is a text by ${WORD}, not a whole number"),
        ("nodeSelector: 5", ":1: nodeSelector is a whole number, not a map"),
        ("image:\n\ttag: a", ":2:1: the file is no valid YAML\n  why: a tab stands in the indentation"),
        ("image: {tag: a}}", ":1:16: the file is no valid YAML"),
        ("image: {}\n---\nimage: {}", ":2:1: the file is no valid YAML"),
        ("image:\n  tag: \x01", ":2: the file is no valid YAML\n  why: it holds the control character U+0001"),
        ("anything: *missing", ":1:11: the file is no valid YAML"),
    ],
)
def test_broken_files_are_told_with_line_and_cause(load: Load, text: str, problem: str) -> None:
    found = load(text, WORD="hunter2")[1]
    assert len(found) == 1
    assert problem in found[0]
    assert "hunter2" not in found[0]


LAUGHS = "\n".join(f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 9)}]" for number in range(1, 9))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("anything: " + "[" * 400 + "]" * 400, "levels"),
        ("anything:\n" + "".join(" " * level + "b:\n" for level in range(1, 1000)), "nested much deeper than the 100"),
        ("anything: " + "{a: " * 150 + "}" * 150, "nested 152 levels deep, and 100 are allowed"),
        ("l0: &l0 []\n" + "\n".join(f"l{n}: &l{n} [*l{n - 1}]" for n in range(1, 500)), "nested 501 levels deep"),
        (f"l0: &l0 [lol]\n{LAUGHS}", "with what aliases repeat it has"),
    ],
    ids=["a list in a list", "a map in a map", "a few levels too many", "an alias of an alias", "a billion laughs"],
)
def test_a_small_file_that_holds_too_much_is_told(load: Load, text: str, why: str) -> None:
    (problem,) = load(text)[1]
    assert "/root0/deployment/wiki/chart-values.yaml: the file holds too much" in problem
    assert why in problem


def test_a_file_that_no_secret_could_hold_is_not_parsed(load: Load) -> None:
    _, (problem,) = load("# " + "x" * (1 << 20))
    assert "it has more than the 1048576 bytes that are allowed" in problem


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link to nothing", "a link to itself", "a link to a folder"])
def test_what_is_no_file_is_not_taken_for_none(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "deployment/wiki/chart-values.yaml"
    file.parent.mkdir(parents=True)
    make(kind, file)
    tmp_path.joinpath("default.yaml").touch()
    _, (problem,) = load_values("wiki", tmp_path / "default.yaml", [tmp_path], SCHEMA, {})
    assert str(file) in problem.what
    assert problem.why
    assert problem.remedy


@pytest.mark.parametrize(
    "place",
    [
        "overrides/deployment/wiki/chart-values.yml",
        "overrides/deployment/chart-values.yaml",
        "overrides/wiki/chart-values.yaml",
        "overrides/chart-values.yaml",
        "deployment/wiki/chart-values.yaml",
        "chart-values.yaml",
    ],
)
def test_a_file_that_nobody_reads_is_told_with_its_place(place: str, tmp_path: Path) -> None:
    root = tmp_path / ".solakube/mine/overrides"
    file, right = root.parent / place, root / "deployment/wiki/chart-values.yaml"
    for path in (file, right):
        path.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    tmp_path.joinpath("default.yaml").touch()
    _, (problem,) = load_values("wiki", tmp_path / "default.yaml", [root], SCHEMA, {})
    assert (problem.what, problem.why) == (f"{file} is not read", f"its place is {right}")
    right.touch()
    assert load_values("wiki", tmp_path / "default.yaml", [root], SCHEMA, {}) == ({}, [])


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "default.yaml"
    file.write_bytes(b"image:\n  tag: caf\xe9\n")
    _, (problem,) = load_values("wiki", file, [], SCHEMA, {})
    assert str(problem).startswith(f"{file}:2: the file is no valid YAML\n  why: it is not in UTF-8")


def test_a_byte_order_mark_is_no_part_of_the_first_key(load: Load) -> None:
    assert load("\ufeffimage: {tag: a}") == ({"image": {"tag": "a"}}, [])


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    _, (problem,) = load_values("wiki", tmp_path / "gone.yaml", [], SCHEMA, {})
    assert "can't be read" in problem.what


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1) | st.sampled_from(["null", "a: b"]))
def test_no_value_breaks_or_adds_anything(load: Load, value: str) -> None:
    text = 'image: {tag: ${A}, repository: "x${A}y"}\nextraEnvVars:\n- value: $A\n# ${A} $UNDEFINED\nreplicaCount: 1\n'
    assert load(text, A=value) == (
        {
            "image": {"tag": value, "repository": f"x{value}y"},
            "extraEnvVars": [{"value": value}],
            "replicaCount": 1,
        },
        [],
    )


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
