from __future__ import annotations

import json
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from solakube_core.kube.client.faults import Invalid, Unreachable, translate

SERVER = "https://10.0.0.1:6443"


def refusal(code: int, message: str, reason: str = "", causes: list[dict[str, str]] | None = None) -> Any:
    error = ApiException(status=code, reason="whatever")
    error.body = json.dumps({"message": message, "reason": reason, "details": {"causes": causes or []}})
    return error


def test_a_refusal_gives_the_servers_reason_and_a_remedy() -> None:
    error = translate("apply Deployment web/web", SERVER, refusal(403, 'User "eve" cannot patch deployments'))
    (problem,) = error.problems
    assert problem.what == "cannot apply Deployment web/web"
    assert problem.why == 'User "eve" cannot patch deployments'
    assert "Role" in problem.remedy


def test_a_refused_secret_is_not_quoted() -> None:
    causes = [{"field": "data[password]", "message": 'Invalid value: "hunter2"'}]
    invalid = refusal(422, 'Secret "s" is invalid: Invalid value: "hunter2"', "Invalid", causes)
    error = translate("apply Secret web/s", SERVER, invalid, secret=True)
    assert "hunter2" not in str(error)
    assert error.problems[0].why == "Invalid: data[password]"


def test_a_forbidden_secret_still_names_the_permission() -> None:
    forbidden = refusal(403, 'User "eve" cannot patch resource "secrets"', "Forbidden")
    assert 'cannot patch resource "secrets"' in str(translate("apply", SERVER, forbidden, secret=True))


def test_an_answer_that_is_no_status_gives_its_number() -> None:
    error = ApiException(status=502, reason="Bad Gateway")
    error.body = "<html>"
    assert translate("read", SERVER, error).problems[0].why == "the API server answered 502 Bad Gateway"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (SSLError("certificate verify failed"), "no trusted TLS connection to https://10.0.0.1:6443"),
        (SSLError("EOF occurred in violation of protocol"), "no connection to https://10.0.0.1:6443"),
        (ConnectTimeoutError("timed out"), "does not answer in time"),
        (NewConnectionError(None, "[Errno 111] Connection refused"), "Connection refused"),  # type: ignore[arg-type]
    ],
)
def test_a_connection_that_does_not_come_about_says_how(reason: Exception, words: str) -> None:
    error = translate("reach the cluster", SERVER, MaxRetryError(None, "/version", reason))  # type: ignore[arg-type]
    assert isinstance(error, Unreachable)
    assert words in error.problems[0].why
    assert error.problems[0].remedy


@pytest.mark.parametrize(
    "message",
    [
        "exceeded quota: tiny, requested: count/deployments.apps=1, used: count/deployments.apps=0, limited: 0",
        'admission webhook "policy.example.com" denied the request: no',
        'violates PodSecurity "restricted:latest"',
    ],
)
def test_a_rule_of_the_cluster_is_not_told_as_a_lack_of_rights(message: str) -> None:
    (problem,) = translate("apply", SERVER, refusal(403, message, "Forbidden")).problems
    assert problem.why == message
    assert "Role" not in problem.remedy
    assert "quota" in problem.remedy


def test_whole_objects_are_not_quoted_of_fields_that_cannot_be_changed() -> None:
    dump = "core.PodTemplateSpec{" + "x: y, " * 300 + "}"
    causes = [{"field": "spec.template", "message": f"Invalid value: {dump}: field is immutable"}]
    error = translate("apply", SERVER, refusal(422, f'Job.batch "j" is invalid: spec.template: {dump}', "", causes))
    assert isinstance(error, Invalid)
    assert error.causes == tuple(causes)
    assert error.problems[0].why == "spec.template: Invalid value: field is immutable"
