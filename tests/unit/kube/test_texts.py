from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML

from solakube_core.kube.objects.states import differ
from solakube_core.kube.objects.texts import difference, render, to_yaml


def secret(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": data}


def config_map(text: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"config.yml": text}}


def test_a_changed_secret_shows_that_it_changed_but_neither_value() -> None:
    shown = "\n".join(difference(secret(a="b2xk", same="eA=="), secret(a="bmV3", same="eA==")))
    assert "a: (secret)" in shown
    assert "a: (secret, changed)" in shown
    assert "same: (secret, changed)" not in shown
    for value in ("b2xk", "bmV3", "eA=="):
        assert value not in shown


def test_a_new_secret_shows_its_keys_alone() -> None:
    shown = "\n".join(difference({}, secret(password="c2VjcmV0")))
    assert "+  password: (secret)" in shown
    assert "c2VjcmV0" not in shown


def test_equal_states_have_no_difference_whatever_the_order_of_their_keys() -> None:
    assert difference({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}) == ()


def test_text_of_several_lines_is_compared_line_by_line() -> None:
    lines = difference(config_map("one\ntwo\n"), config_map("one\nthree\n"))
    assert "-    two" in lines
    assert "+    three" in lines
    assert not any("one" in line and line[0] in "+-" for line in lines)


def test_what_the_server_writes_by_itself_is_no_difference() -> None:
    before = config_map("x")
    after = {
        **before,
        "metadata": {
            "name": "c",
            "resourceVersion": "7",
            "uid": "u",
            "generation": 2,
            "managedFields": [],
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"},
        },
        "status": {"phase": "x"},
    }
    assert not differ(before, after)
    assert differ(before, config_map("y"))


def test_rendered_documents_parse_back_to_the_same_objects() -> None:
    tricky = config_map("a: b\n# not a comment\n'quoted' \"twice\"\n")
    numbers = config_map("0123")
    assert list(YAML(typ="safe").load_all(render([tricky, numbers], show_secrets=False))) == [tricky, numbers]


def test_rendering_leaves_secrets_out_and_says_so() -> None:
    text = render([secret(password="c2VjcmV0")], show_secrets=False)
    assert "# The values of password are secret and left out." in text
    assert "c2VjcmV0" not in text
    assert "c2VjcmV0" in render([secret(password="c2VjcmV0")], show_secrets=True)


def test_long_lines_are_not_folded() -> None:
    assert "x " * 200 in to_yaml({"text": "x " * 200 + "x"})
