"""Which images there are, and what each is made of."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.testbed import debian, golang
from tests.e2e.testbed.cache import Cache
from tests.e2e.testbed.images import RECIPES, Recipe
from tests.e2e.testbed.process import run
from tests.e2e.testbed.versions import BASE_SUITE, GO_PROGRAMS, KUBERNETES, NODE_SUITE, TRAEFIK

TRAEFIK_IMAGE = f"traefik:{TRAEFIK}"
REGISTRY_2_IMAGE = "registry:2"
REGISTRY_3_IMAGE = "registry:3"
PYTHON_IMAGE = "python:3.13-slim"
BUSYBOX_IMAGE = "busybox:1.37"
HAPROXY_IMAGE = "haproxy:3.0-alpine"
"""Made here it is Debian's package of the same line."""
VALKEY_IMAGE = "valkey/valkey:8"
"""For the example with a component of its own; clusters have it only where that is tested."""
VERSITYGW_IMAGE = "versity/versitygw:v1.8.0"
"""An S3 server; clusters have it only where that is tested."""
REGTOOL_IMAGE = "byrnedo/reg-tool:latest"
"""The original's tool; made here it has a script of our own. Clusters have it only where that is tested."""
PROMETHEUS_IMAGE = "prom/prometheus:v2.55.1"
"""Made here it is Debian's package, of 2.42 or later. Clusters have it only where that is tested."""
WORKLOAD_IMAGES = (REGISTRY_3_IMAGE, REGISTRY_2_IMAGE, PYTHON_IMAGE, BUSYBOX_IMAGE, TRAEFIK_IMAGE, HAPROXY_IMAGE)
"""What the tests' pods run; all of these names are published too."""

_BASE_PACKAGES = ("python3", "ca-certificates", "busybox-static")
_NODE_PACKAGES = (
    "systemd", "systemd-sysv", "containerd", "runc", "iptables", "conntrack", "ethtool", "iproute2", "mount", "kmod",
    "socat", "ca-certificates", "containernetworking-plugins", "procps", "util-linux", "jq", "curl",
)  # fmt: skip
_PAUSE_IMAGE = "registry.k8s.io/pause:3.10.1"
"""Also named in recipes/node/root/etc/containerd/config.toml; what older Kubernetes names is not used."""
_LOCAL_PATH_IMAGE = "solakube-testbed/local-path-provisioner:v1"
"""Also named in recipes/node/root/kind/manifests/default-storage.yaml."""


def binary(cache: Cache, name: str, program: str | None = None) -> Path:
    """A binary built from a Go module: `name`, of the entry `program` of GO_PROGRAMS if that is called otherwise."""
    entry = program or name
    return golang.program(cache, entry, GO_PROGRAMS[entry]) / name


def docker_registry_2(cache: Cache) -> Path:
    """The registry 2.8 binary of Debian's package."""
    return debian.unpacked(cache, "docker-registry") / "usr" / "bin" / "docker-registry"


def haproxy(cache: Cache) -> Path:
    """The proxy as a program of this machine: that of its image, with the libraries it has there."""

    def build(folder: Path) -> None:
        names = ("./usr/sbin/haproxy", "./usr/lib/*-linux-gnu/*.so*", "./usr/lib*/ld-linux-*")
        run(["tar", "-xf", _haproxy_root(cache), "-C", folder, "--wildcards", *names])
        (loader,) = {path.relative_to(folder) for path in folder.glob("usr/lib*/ld-linux-*")}
        (libraries,) = {path.relative_to(folder) for path in folder.glob("usr/lib/*-linux-gnu")}
        script = folder / "haproxy"
        here, there = '$(dirname "$(readlink -f "$0")")', '"$here/'
        start = f'exec {there}{loader}" --library-path {there}{libraries}" {there}usr/sbin/haproxy" "$@"'
        script.write_text(f"#!/bin/sh\nhere={here}\n{start}\n")
        script.chmod(0o755)

    return cache.entry("haproxy", BASE_SUITE, build) / "haproxy"


def _haproxy_root(cache: Cache) -> Path:
    return debian.root_file_system(cache, BASE_SUITE, "essential", ("haproxy",))


def workload(cache: Cache, name: str) -> Recipe:
    """How to make one of the images above. What it is made of is built or fetched first."""
    if name == VALKEY_IMAGE:
        root = debian.root_file_system(cache, BASE_SUITE, "essential", ("valkey-server",))
        return Recipe(name, "base", {"root.tar": root})
    if name == HAPROXY_IMAGE:
        return Recipe(name, "haproxy", {"root.tar": _haproxy_root(cache)})
    if name == REGTOOL_IMAGE:
        root = debian.root_file_system(cache, BASE_SUITE, "essential", ("ca-certificates", "curl", "jq"))
        return Recipe(name, "reg-tool", {"root.tar": root})
    base = _base(cache)
    if name == VERSITYGW_IMAGE:
        return Recipe(name, "versitygw", {"versitygw": binary(cache, "versitygw")}, bases=(base,))
    if name == REGISTRY_3_IMAGE:
        return _registry(name, "registry-3", binary(cache, "registry"), base)
    if name == REGISTRY_2_IMAGE:
        return _registry(name, "registry-2", docker_registry_2(cache), base)
    if name == TRAEFIK_IMAGE:
        return Recipe(name, "traefik", {"traefik": binary(cache, "traefik")}, bases=(base,))
    if name == PROMETHEUS_IMAGE:
        program = debian.unpacked(cache, "prometheus") / "usr" / "bin" / "prometheus"
        return Recipe(name, "prometheus", {"prometheus": program}, bases=(base,))
    folder = {PYTHON_IMAGE: "python", BUSYBOX_IMAGE: "busybox"}[name]
    return Recipe(name, folder, bases=(base,))


def control_plane(cache: Cache) -> list[Recipe]:
    """The images that kubeadm and the node's storage want, under the names they ask for."""
    kubeadm = binary(cache, "kubeadm", "kubernetes")
    names = run([kubeadm, "config", "images", "list", f"--kubernetes-version={KUBERNETES}"]).split()
    return [_control_plane_image(cache, name) for name in dict.fromkeys((*names, _PAUSE_IMAGE, _LOCAL_PATH_IMAGE))]


def node(cache: Cache) -> Recipe:
    """A machine that kind can make a Kubernetes node of, still without the control plane's images."""
    programs = {name: binary(cache, name, "kubernetes") for name in ("kubeadm", "kubelet", "kubectl")}
    arguments = {"KUBERNETES_VERSION": KUBERNETES}
    return Recipe("solakube-testbed/node-empty", "node", programs, arguments, (_node_root(cache),))


def _control_plane_image(cache: Cache, name: str) -> Recipe:
    program = name.rpartition("/")[2].partition(":")[0]
    if program == "pause":
        return Recipe(name, "pause", bases=(_base(cache),))
    file = binary(cache, program, "kubernetes" if program.startswith("kube-") else None)
    # kube-proxy alone needs more than itself: the node's iptables.
    base = _node_root(cache) if program == "kube-proxy" else _base(cache)
    return Recipe(name, "control-plane", {program: file}, {"BASE": base.name, "PROGRAM": program}, (base,))


def _registry(name: str, folder: str, registry: Path, base: Recipe) -> Recipe:
    shared = {file: RECIPES / "registry" / file for file in ("entrypoint.sh", "config.yml")}
    return Recipe(name, folder, {"registry": registry, **shared}, bases=(base,))


def _base(cache: Cache) -> Recipe:
    root = debian.root_file_system(cache, BASE_SUITE, "essential", _BASE_PACKAGES)
    return Recipe("solakube-testbed/base", "base", {"root.tar": root})


def _node_root(cache: Cache) -> Recipe:
    root = debian.root_file_system(cache, NODE_SUITE, "apt", _NODE_PACKAGES)
    return Recipe("solakube-testbed/node-root", "base", {"root.tar": root})
