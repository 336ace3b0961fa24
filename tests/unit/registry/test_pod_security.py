"""Every pod of the registry meets the Pod Security Standard "restricted", control by control.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from solakube_core.model import Plan
from tests.unit.users.test_front import planned

PAGE = Path(__file__).parents[3] / "docs" / "security.md"

SHAPES = {
    "plain": {},
    "tool": {"REGISTRY_REGTOOL_IMAGE": "byrnedo/reg-tool"},
    "users": {"REGISTRY_PULL_USERS": "web", "REGISTRY_ANONYMOUS_PULL": "Y"},
    "schedule": {"REGISTRY_GC_SCHEDULE": "30 3 * * *", "REGISTRY_PULL_USERS": "web"},
    "rotation": {"REGISTRY_ROTATE_SCHEDULE": "0 4 * * 0"},
}

_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}

_PROBES = ("startup", "readiness", "liveness")

Control = Callable[[Any, Any], bool]
"""Tells whether a pod's spec, and one of its containers, keep to a control."""

CONTROLS: dict[str, Control] = {
    "no host namespaces": lambda pod, _: not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
    "no privileged containers": lambda _, one: not one["securityContext"].get("privileged"),
    "no capabilities": lambda _, one: one["securityContext"]["capabilities"] == {"drop": ["ALL"]},
    "no host paths, volumes of harmless kinds": lambda pod, _: all(
        _VOLUMES & set(volume) and len(volume) == 2 for volume in pod["volumes"]
    ),
    "no host ports": lambda _, one: not any(port.get("hostPort") for port in one.get("ports", ())),
    "no host probes": lambda _, one: "'host'" not in str([one.get(f"{kind}Probe") for kind in _PROBES]),
    "no privilege escalation": lambda _, one: one["securityContext"]["allowPrivilegeEscalation"] is False,
    "not as root": lambda pod, one: (
        pod["securityContext"]["runAsNonRoot"] is True
        and pod["securityContext"]["runAsUser"] > 0
        and "runAsUser" not in one["securityContext"]
    ),
    "seccomp": lambda pod, one: (
        pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        and "seccompProfile" not in one["securityContext"]
    ),
    "no settings of SELinux, AppArmor, sysctls or /proc": lambda pod, one: (
        not re.search(
            "seLinuxOptions|appArmor|sysctls|procMount|windowsOptions",
            f"{pod['securityContext']}{one['securityContext']}",
        )
    ),
    "read-only root": lambda _, one: one["securityContext"]["readOnlyRootFilesystem"] is True,
    "no token of the cluster but where it is used": lambda pod, _: (
        pod["automountServiceAccountToken"] is False
        or pod["serviceAccountName"].endswith(("-maintenance", "-rotation"))
    ),
    "a memory limit": lambda _, one: bool(one["resources"]["limits"]["memory"]),
}
"""The last three go beyond the standard."""


def pods(plan: Plan) -> Iterator[Any]:
    for item in plan.objects:
        if item["kind"] == "Deployment":
            yield item["spec"]["template"]["spec"]
        if item["kind"] == "CronJob":
            yield item["spec"]["jobTemplate"]["spec"]["template"]["spec"]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_container_keeps_to_every_control(shape: str) -> None:
    found = list(pods(planned(**SHAPES[shape])))
    assert len(found) == (2 if shape in ("schedule", "rotation", "tool") else 1)
    broken = [
        f"{container['name']}: {name}"
        for pod in found
        for container in (*pod["containers"], *pod.get("initContainers", ()))
        for name, control in CONTROLS.items()
        if not control(pod, container)
    ]
    assert broken == []


def test_the_page_lists_these_controls_and_no_others() -> None:
    listed = re.findall(r"^- \[x\] (.+?)[.:]", PAGE.read_text(), re.MULTILINE)
    assert listed == list(CONTROLS)
