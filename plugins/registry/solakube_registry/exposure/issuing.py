"""Why cert-manager does not issue a certificate: from its Orders and Challenges (cert-manager.io). Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from solakube_core.plugin import Cause, Manifest

ACME = "acme.cert-manager.io/v1"

_FAILED = frozenset({"errored", "invalid", "expired"})
_FAILURE_PATIENCE = 15.0
"""cert-manager tries a failed order again only after an hour."""


def issuing_causes(
    certificate: Manifest, orders: Iterable[Manifest], challenges: Iterable[Manifest]
) -> Iterator[Cause]:
    """Explain what the issuing of a certificate waits for.

    Args:
        orders: all ACME Orders of its namespace.
        challenges: all ACME Challenges of its namespace.
    """
    own = {order["metadata"]["name"]: order for order in orders if _is_for(order, certificate)}
    for challenge in challenges:
        if any(owner["name"] in own for owner in challenge["metadata"].get("ownerReferences") or ()):
            yield from _told(challenge, f"the challenge for {challenge['spec'].get('dnsName', '')}")
    for name, order in own.items():
        yield from _told(order, f"the order {name}")


def _is_for(order: Manifest, certificate: Manifest) -> bool:
    annotations = order["metadata"].get("annotations") or {}
    name: str = certificate["metadata"]["name"]
    return annotations.get("cert-manager.io/certificate-name") == name


def _told(step: Manifest, subject: str) -> Iterator[Cause]:
    status = step.get("status") or {}
    state, reason = status.get("state", ""), status.get("reason", "")
    if state == "valid" or not (state or reason):
        return
    text = f"{subject} is {state or 'pending'}" + (f": {reason}" if reason else "")
    yield Cause(f"acme:{subject}", text, _FAILURE_PATIENCE if state in _FAILED else math.inf)
