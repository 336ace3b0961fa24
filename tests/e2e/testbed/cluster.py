"""A kind cluster: is it usable, and what is put into it before the tests."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.testbed import catalog
from tests.e2e.testbed.console import say, step
from tests.e2e.testbed.process import run, succeeds
from tests.e2e.testbed.provisioner import Provisioner

_MANIFESTS = Path(__file__).parent / "manifests"
_LOADED = "/kind/loaded-images"
"""In the node: which images, by name and identifier, were loaded into it."""


@dataclass(frozen=True)
class KindCluster:
    """A cluster by its name, and the file that says how to reach it."""

    provisioner: Provisioner
    name: str
    kubeconfig: Path

    @property
    def node(self) -> str:
        """The container that is its only node."""
        return f"{self.name}-control-plane"

    def kubectl(self, *arguments: str | Path) -> str:
        """Run kubectl on it; raises TestbedError if that fails."""
        return run([self.provisioner.kubectl(), f"--kubeconfig={self.kubeconfig}", *arguments])

    def discard_unless_usable(self) -> None:
        """Delete a cluster left over from an earlier run that is dead or has another node image."""
        kind = self.provisioner.program("kind")
        if self.name not in run([kind, "get", "clusters"]).splitlines():
            return
        image = self.provisioner.node_image()
        if self._inspect("{{.Config.Image}}") == image and self._answers():
            say(f"the cluster {self.name} runs already")
            return
        with step(f"delete the stale cluster {self.name}"):
            run([kind, "delete", "cluster", f"--name={self.name}", f"--kubeconfig={self.kubeconfig}"])

    def prepare(self) -> None:
        """Load the images, install the ingress controller, wait until both it and the storage are ready."""
        self._load_images()
        with step("install the ingress controller"):
            self._install_ingress_controller()
        for namespace in ("traefik", "local-path-storage", "kube-system"):
            self.kubectl("-n", namespace, "wait", "deployment", "--all", "--for=condition=Available", "--timeout=120s")

    def node_address(self) -> str:
        """The node's IPv4 address on kind's Docker network, reachable from this machine."""
        return self._inspect("{{.NetworkSettings.Networks.kind.IPAddress}}")

    def _answers(self) -> bool:
        kind = self.provisioner.program("kind")
        export = [kind, "export", "kubeconfig", f"--name={self.name}", f"--kubeconfig={self.kubeconfig}"]
        ready = [self.provisioner.kubectl(), f"--kubeconfig={self.kubeconfig}", "get", "--raw=/readyz"]
        return succeeds(export) and succeeds(ready)

    def _inspect(self, template: str) -> str:
        return run(["docker", "inspect", "-f", template, self.node]).strip()

    def _load_images(self) -> None:
        names = [self.provisioner.image(name) for name in catalog.WORKLOAD_IMAGES]
        wanted = run(["docker", "image", "inspect", "-f", "{{.RepoTags}} {{.Id}}", *names])
        if succeeds(["docker", "exec", self.node, "grep", "-qxF", wanted.replace("\n", " "), _LOADED]):
            return
        with step(f"load {', '.join(names)} into the node"):
            run([self.provisioner.program("kind"), "load", "docker-image", f"--name={self.name}", *names])
            mark = ["sh", "-c", f'echo "$0" >{_LOADED}', wanted.replace("\n", " ")]
            run(["docker", "exec", self.node, *mark])

    def _install_ingress_controller(self) -> None:
        apply = ("apply", "--server-side", "--force-conflicts")
        self.kubectl(*apply, "-f", self.provisioner.gateway_api_definitions())
        self.kubectl(*apply, "-f", self.provisioner.traefik_definitions())
        text = (_MANIFESTS / "traefik.yaml").read_text().replace("TRAEFIK_IMAGE", catalog.TRAEFIK_IMAGE)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as manifest:
            manifest.write(text)
            manifest.flush()
            self.kubectl(*apply, "-f", manifest.name)
