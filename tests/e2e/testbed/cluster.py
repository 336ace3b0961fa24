"""A kind cluster: is it usable, and what is put into it before the tests."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.testbed import catalog, loading
from tests.e2e.testbed.console import say, step
from tests.e2e.testbed.process import run, succeeds
from tests.e2e.testbed.provisioner import Provisioner

_MANIFESTS = Path(__file__).parent / "manifests"
_PATIENCE_SECONDS = 300
_LOADED = "/kind/loaded-images"
"""In the node: the identifiers of the images that were loaded into it."""


@dataclass(frozen=True)
class Cluster:
    """A cluster by its name, and the file that says how to reach it."""

    provisioner: Provisioner
    name: str
    kubeconfig: Path

    @property
    def node(self) -> str:
        """The container that is the node on which pods run that name no other."""
        return f"{self.name}-control-plane"

    @property
    def second_node(self) -> str:
        """The container that is a node for pods that tolerate all taints; benchmarks do without."""
        return f"{self.name}-worker"

    def create(self) -> None:
        """Make it with both nodes, unless it is there; pytest-kind makes clusters of one."""
        kind = self.provisioner.program("kind")
        if self.name in run([kind, "get", "clusters"]).splitlines():
            return
        access, image = f"--kubeconfig={self.kubeconfig}", f"--image={self.provisioner.node_image()}"
        with step(f"make the cluster {self.name}"):
            run(
                [
                    kind,
                    "create",
                    "cluster",
                    f"--name={self.name}",
                    access,
                    image,
                    f"--config={_MANIFESTS / 'nodes.yaml'}",
                ]
            )

    def kubectl(self, *arguments: str | Path, stdin: str = "") -> str:
        """Run kubectl on it and return what it prints; raises TestbedError if it fails."""
        return run(self.kubectl_command(*arguments), stdin=stdin)

    def kubectl_command(self, *arguments: str | Path) -> list[str]:
        """The command line of kubectl on it."""
        return [str(self.provisioner.kubectl()), f"--kubeconfig={self.kubeconfig}", *map(str, arguments)]

    def get(self, *arguments: str) -> dict[str, Any]:
        """The object (or list) that `kubectl get ARGUMENTS -o json` prints."""
        answer: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return answer

    def apply(self, manifest: str) -> None:
        """Apply YAML or JSON text."""
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=manifest)

    def on_node(self, *command: str, stdin: str = "", node: str = "") -> str:
        """Run a command on the (first) node; raises TestbedError if it fails."""
        return run(["docker", "exec", "-i", node or self.node, *command], stdin=stdin)

    def discard_unless_usable(self) -> None:
        """Delete a cluster left over from an earlier run that is dead, has another node image or lacks a node."""
        kind = self.provisioner.program("kind")
        if self.name not in run([kind, "get", "clusters"]).splitlines():
            return
        image = run(["docker", "image", "inspect", "-f", "{{.Id}}", self.provisioner.node_image()]).strip()
        nodes = run([kind, "get", "nodes", f"--name={self.name}"]).split()
        if self.second_node in nodes and self._inspect("{{.Image}}") == image and self._answers():
            say(f"the cluster {self.name} runs already")
            return
        with step(f"delete the stale cluster {self.name}"):
            self.delete()

    def delete(self) -> None:
        """Delete it; no cluster of that name is fine, too."""
        kind = self.provisioner.program("kind")
        run([kind, "delete", "cluster", f"--name={self.name}", f"--kubeconfig={self.kubeconfig}"])

    def prepare(self) -> None:
        """Load the images, install the ingress controller, wait until both it and the storage are ready."""
        self._load_images()
        with step("install the ingress controller"):
            self._install_ingress_controller()
        for namespace in ("traefik", "local-path-storage", "kube-system"):
            self.kubectl(
                "-n",
                namespace,
                "wait",
                "deployment",
                "--all",
                "--for=condition=Available",
                f"--timeout={_PATIENCE_SECONDS}s",
            )

    def node_address(self) -> str:
        """The node's IPv4 address on kind's Docker network, reachable from this machine."""
        return self._inspect("{{.NetworkSettings.Networks.kind.IPAddress}}")

    def trust(self, registry: str, authority: Path) -> None:
        """Let the node pull images from a registry (its name) whose certificate that authority has signed."""
        folder = f"/etc/containerd/certs.d/{registry}"
        self.on_node("mkdir", "-p", folder)
        self.on_node("tee", f"{folder}/ca.crt", stdin=authority.read_text())
        self.on_node("tee", f"{folder}/hosts.toml", stdin=f'server = "https://{registry}"\nca = "{folder}/ca.crt"\n')

    def _answers(self) -> bool:
        """Whether the API server is ready; one on a busy machine gets some time."""
        kind = self.provisioner.program("kind")
        access = f"--kubeconfig={self.kubeconfig}"
        if not succeeds([kind, "export", "kubeconfig", f"--name={self.name}", access]):
            return False
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not succeeds([self.provisioner.kubectl(), access, "get", "--raw=/readyz"]):
            if time.monotonic() > deadline:
                return False
            time.sleep(1)
        return True

    def _inspect(self, template: str) -> str:
        return run(["docker", "inspect", "-f", template, self.node]).strip()

    def _load_images(self) -> None:
        names = [self.provisioner.image(name) for name in catalog.WORKLOAD_IMAGES]
        wanted = run(["docker", "image", "inspect", "-f", "{{.Id}}", *names])
        if succeeds(["docker", "exec", self.node, "test", "-e", _LOADED]) and self.on_node("cat", _LOADED) == wanted:
            return
        with step(f"load {', '.join(names)} into the node"):
            loading.load(names, self.node)
            self.on_node("tee", _LOADED, stdin=wanted)

    def _install_ingress_controller(self) -> None:
        definitions = (self.provisioner.gateway_api_definitions(), self.provisioner.traefik_definitions())
        for place in definitions:
            self.kubectl("apply", "--server-side", "--force-conflicts", "-f", place)
        self.apply((_MANIFESTS / "traefik.yaml").read_text().replace("TRAEFIK_IMAGE", catalog.TRAEFIK_IMAGE))
