"""One installation of the registry on the cluster, as its owner and its users meet it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.support.programs import Crane, Result, Runner
from tests.e2e.testbed.cluster import Cluster

PULL_SECRET = "pull"


@dataclass
class Installation:
    """A registry of its own name, namespace and address.

    `environment` is what its owner has set; tests may change it between commands.
    """

    name: str
    host: str
    password: str
    cluster: Cluster
    runner: Runner
    crane: Crane
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def full(self) -> str:
        """Name of its Deployment, Service and claim."""
        return f"{self.name}-docker-registry"

    def sk(self, *arguments: str, timeout: float = 300, **changes: str) -> Result:
        """Run `sk` with the installation's settings; `changes` are variables for this once."""
        return self.runner(*arguments, env={**self.settings(), **changes}, timeout=timeout)

    def settings(self) -> dict[str, str]:
        """The owner's environment."""
        return {
            "KUBECONFIG": str(self.cluster.kubeconfig),
            "SK_CLUSTER": "e2e",
            "SK_CLUSTER_TYPE": "kind",
            "REGISTRY_APP_NAME": self.name,
            "REGISTRY_FQN": self.host,
            "REGISTRY_ADMIN_PASSWORD": self.password,
            **self.environment,
        }

    def write(self, file: str, text: str) -> Path:
        """Write one of the owner's files, below ~/.solakube/e2e/overrides."""
        path = self.runner.home / ".solakube" / "e2e" / "overrides" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def login(self) -> None:
        """Log the client in with the installation's password."""
        self.crane.login(self.host, "admin", self.password).ok()

    def push(self, image: str, content: Mapping[str, bytes]) -> str:
        """Push an image of one layer; returns its digest."""
        return self.crane.push_new(f"{self.host}/{image}", content)

    def digest(self, image: str) -> str:
        """Ask the registry for an image's digest."""
        return self.crane("digest", f"{self.host}/{image}").ok().strip()

    def pulls(self, image: str) -> bool:
        """Whether the image pulls, every blob of it with the digest that its manifest names."""
        return self.crane("validate", "--remote", f"{self.host}/{image}").exit_code == 0

    def get(self, kind: str, name: str = "") -> dict[str, Any]:
        """Get an object of the installation's namespace, or all of a kind."""
        return self.cluster.get("-n", self.name, kind, *([name] if name else []))

    def exists(self) -> bool:
        """Whether there is anything of it: its namespace at least."""
        found = self.cluster.kubectl("get", "namespace", self.name, "--ignore-not-found", "-o", "name")
        return bool(found.strip())

    def pod(self) -> dict[str, Any]:
        """The registry's pod: the only one, apart from those that are being ended."""
        pods = self.cluster.get("-n", self.name, "pods", "-l", "app=docker-registry")["items"]
        (pod,) = (pod for pod in pods if "deletionTimestamp" not in pod["metadata"])
        found: dict[str, Any] = pod
        return found

    def versions(self) -> dict[str, str]:
        """Resource version of every object that was applied, by kind and name.

        Without the inventory: where this machine could not reach a new address in time, the next deployment checks it
        and notes that it did.
        """
        kinds = "deployments,services,configmaps,secrets,persistentvolumeclaims,ingresses"
        named = {f"{item['kind']}/{item['metadata']['name']}": item for item in self.get(kinds)["items"]}
        named.pop("ConfigMap/solakube-registry", None)
        return {name: item["metadata"]["resourceVersion"] for name, item in named.items()}

    def store_pull_secret(self, namespace: str) -> None:
        """Put a pull secret with the installation's password into a namespace."""
        pair = base64.b64encode(f"admin:{self.password}".encode()).decode()
        config = json.dumps({"auths": {self.host: {"auth": pair}}})
        secret = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": PULL_SECRET, "namespace": namespace},
            "type": "kubernetes.io/dockerconfigjson",
            "stringData": {".dockerconfigjson": config},
        }
        self.cluster.apply(json.dumps(secret))


@contextmanager
def without(cluster: Cluster, kind: str, name: str) -> Iterator[None]:
    """Take a cluster-wide object away for a while."""
    kept = cluster.get(kind, name)
    for key in ("resourceVersion", "uid", "creationTimestamp", "managedFields", "generation"):
        kept["metadata"].pop(key, None)
    cluster.kubectl("delete", kind, name)
    try:
        yield
    finally:
        cluster.apply(json.dumps(kept))
