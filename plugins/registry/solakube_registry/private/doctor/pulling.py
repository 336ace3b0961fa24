"""What a pull by the node's own container runtime tells. Pure: an observation in, findings out."""

from __future__ import annotations

from solakube_registry.private.doctor.checks import OK, Finding, unknown
from solakube_registry.private.verify.diagnosis import Observation, diagnose, failed_at

CHECKS = ("name", "trust", "login", "pull")


def findings(seen: Observation, image: str) -> dict[str, Finding]:
    """Return what is known of name, trust, login and pull.

    Args:
        seen: the pod that pulled, or could not.
        image: what it should have pulled.
    """
    if seen.pulled:
        return dict.fromkeys(CHECKS, OK)
    problem = diagnose(seen, image)
    why = ": ".join(filter(None, (problem.what, problem.why)))
    if not seen.failed_pull:
        return dict.fromkeys(CHECKS, unknown(why, problem.remedy))
    failed = Finding("failed", None, why, problem.remedy)
    stage = failed_at(seen)
    if stage not in CHECKS:
        # Whether a connection was wanted by name, and how far it came, is not in every runtime's words.
        return {**dict.fromkeys(CHECKS, unknown("the pull did not tell")), "pull": failed}
    at = CHECKS.index(stage)
    before = dict.fromkeys(CHECKS[:at], OK)
    after = dict.fromkeys(CHECKS[at + 1 :], unknown("the pull did not get so far"))
    return {**before, stage: failed, **after, "pull": failed}


def with_names(pulled: Finding, looked: Finding) -> Finding:
    """Tell of the name by both: the container runtime's word counts, the pod's has the addresses.

    Args:
        pulled: of the pull.
        looked: of the pod on the node's network.
    """
    if pulled.state == "ok" and looked.state == "failed":
        return Finding("ok", None, f"the node pulls, though to a pod on its network {looked.why}")
    return looked if pulled.state == "not known" or (pulled.state, looked.state) == ("ok", "ok") else pulled
