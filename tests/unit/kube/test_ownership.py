from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from solakube_core.kube.objects.ownership import (
    fields_of_others,
    has_no_record,
    labelled,
    makers,
    own_fields,
    predecessors,
    taken_over,
    writers,
)


def entry(manager: str, fields: dict[str, Any], operation: str = "Update", **more: str) -> dict[str, Any]:
    return {
        "manager": manager,
        "operation": operation,
        "apiVersion": "apps/v1",
        "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
        **more,
    }


def live(*entries: dict[str, Any], kind: str = "Deployment") -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "x", "managedFields": list(entries)}}


HELM = entry("helm", {"f:spec": {"f:replicas": {}, "f:template": {"f:containers": {'k:{"name":"old"}': {}}}}})
CONTROLLER = entry("kube-controller-manager", {"f:metadata": {"f:annotations": {}}})
STATUS = entry("anything", {"f:status": {}}, subresource="status")


def test_labels_are_added_to_the_object_and_to_nothing_inside_it() -> None:
    template = {"metadata": {"labels": {"app": "x"}}}
    manifest = {"kind": "Deployment", "metadata": {"labels": {"a": "b"}}, "spec": {"template": template}}
    applied = labelled(manifest, "wiki")
    assert applied["metadata"]["labels"] == {
        "a": "b",
        "app.kubernetes.io/managed-by": "solakube",
        "solakube.io/component": "wiki",
    }
    assert applied["spec"]["template"] == template
    assert manifest["metadata"] == {"labels": {"a": "b"}}


def test_string_data_is_applied_as_data() -> None:
    secret = {"kind": "Secret", "metadata": {}, "data": {"a": "eA=="}, "stringData": {"b": "y z"}}
    applied = labelled(secret, "wiki")
    assert "stringData" not in applied
    assert applied["data"] == {"a": "eA==", "b": base64.b64encode(b"y z").decode()}


def test_people_and_tools_are_predecessors_but_controllers_are_not() -> None:
    assert predecessors(live(HELM, CONTROLLER, STATUS, entry("kubectl-edit", {}))) == ("helm", "kubectl-edit")


def test_a_server_side_applier_is_a_predecessor_too_unless_it_is_us() -> None:
    assert predecessors(live(entry("flux", {}, "Apply"), entry("solakube", {}, "Apply"))) == ("flux",)


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap", "PersistentVolumeClaim", "Namespace"])
def test_what_controllers_fill_in_is_not_taken_over(kind: str) -> None:
    assert predecessors(live(HELM, kind=kind)) == ()
    assert not has_no_record(live(kind=kind))


def test_taking_over_joins_all_their_fields_into_one_entry_of_ours() -> None:
    edited = entry("kubectl-edit", {"f:spec": {"f:paused": {}, "f:template": {"f:hostNetwork": {}}}})
    *others, ours = taken_over(live(HELM, CONTROLLER, edited, STATUS))
    assert others == [CONTROLLER, STATUS]
    assert (ours["manager"], ours["operation"]) == ("solakube", "Apply")
    assert ours["fieldsV1"] == {
        "f:spec": {
            "f:replicas": {},
            "f:paused": {},
            "f:template": {"f:containers": {'k:{"name":"old"}': {}}, "f:hostNetwork": {}},
        }
    }


def test_an_object_without_any_record_is_noticed() -> None:
    assert has_no_record(live())
    assert not has_no_record(live(HELM))


@pytest.mark.parametrize("lacking", ["manager", "fieldsV1", "time", "fieldsType"])
@pytest.mark.parametrize("read", [makers, writers, own_fields, fields_of_others, predecessors, taken_over])
def test_a_record_that_is_not_whole_is_read_like_any_other(
    lacking: str, read: Callable[[dict[str, Any]], object]
) -> None:
    nameless = {key: value for key, value in entry("curl", {"f:spec": {"f:paused": {}}}).items() if key != lacking}
    assert isinstance(read(live(HELM, nameless)), (tuple, dict, list))


def test_a_program_without_a_name_is_told_as_the_server_calls_it() -> None:
    nameless = {key: value for key, value in HELM.items() if key != "manager"}
    assert makers(live(nameless)) == ("unknown",)
    (taken,) = taken_over(live(nameless))
    assert taken["fieldsV1"] == HELM["fieldsV1"]
