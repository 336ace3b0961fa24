"""Which permissions the current user lacks."""

from __future__ import annotations

from collections.abc import Iterable

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, parallel
from solakube_core.model import Access, Manifest

_EVERYTHING = Access("*", "*", "*")


def denied(api: Api, access: Iterable[Access]) -> tuple[Access, ...]:
    """Return those permissions that the user lacks; one call for an administrator."""
    wanted = tuple(dict.fromkeys(access))
    if not wanted or _answer(api, _EVERYTHING)["allowed"]:
        return ()
    answers = parallel(lambda entry: _allowed(api, entry), wanted)
    return tuple(entry for entry, allowed in zip(wanted, answers, strict=True) if not allowed)


def review(access: Access) -> Manifest:
    """Write the question down as a SelfSubjectAccessReview. Pure."""
    resource, _, subresource = access.resource.partition("/")
    attributes = {
        "verb": access.verb,
        "group": access.group,
        "resource": resource,
        "subresource": subresource,
        "namespace": access.namespace,
    }
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
    }


def _allowed(api: Api, access: Access) -> bool:
    status = _answer(api, access)
    if not status["allowed"] and (why := status.get("evaluationError")):
        raise SolakubeError(
            f"cannot tell whether you may {access}",
            f"the cluster could not find out: {why}",
            "the cluster's authorization, or the webhook that it asks, is not well: have its administrator look",
        )
    return bool(status["allowed"])


def _answer(api: Api, access: Access) -> Manifest:
    status: Manifest = api.review(review(access), "ask for the user's permissions")["status"]
    return status
