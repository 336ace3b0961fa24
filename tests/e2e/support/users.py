"""Users of the cluster who may do what they were granted, and nothing else."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.testbed.cluster import Cluster

_NAMED = re.compile(r"you may not (\w+) ([\w/]+)(?:\.([\w.]+))? (?:in namespace (\S+)|cluster-wide)")


@dataclass(frozen=True)
class User:
    """A service account of the namespace `default`, with its kubeconfig."""

    name: str
    cluster: Cluster
    kubeconfig: Path

    @classmethod
    def create(cls, cluster: Cluster, name: str, folder: Path) -> User:
        """Make one who may do nothing."""
        cluster.kubectl("create", "serviceaccount", name)
        token = cluster.kubectl("create", "token", name).strip()
        config = json.loads(cluster.kubectl("config", "view", "--raw", "--flatten", "-o", "json"))
        config["users"][0]["user"] = {"token": token}
        path = folder / name
        path.write_text(json.dumps(config), encoding="utf-8")
        return cls(name, cluster, path)

    def grant(self, denials: str) -> None:
        """Grant what `sk` has named, in a Role where it names a namespace, and nothing more."""
        places: dict[str, list[dict[str, list[str]]]] = defaultdict(list)
        for verb, resource, group, namespace in _NAMED.findall(denials):
            places[namespace].append({"verbs": [verb], "apiGroups": [group], "resources": [resource]})
        for namespace, rules in places.items():
            self.cluster.apply(
                json.dumps({"apiVersion": "v1", "kind": "List", "items": list(self._role(namespace, rules))})
            )

    def _role(self, namespace: str, rules: Iterable[dict[str, list[str]]]) -> Iterator[dict[str, object]]:
        api, kind = "rbac.authorization.k8s.io", "Role" if namespace else "ClusterRole"
        metadata = {"name": self.name, **({"namespace": namespace} if namespace else {})}
        yield {"apiVersion": f"{api}/v1", "kind": kind, "metadata": metadata, "rules": list(rules)}
        subject = {"kind": "ServiceAccount", "name": self.name, "namespace": "default"}
        role = {"apiGroup": api, "kind": kind, "name": self.name}
        yield {
            "apiVersion": f"{api}/v1",
            "kind": f"{kind}Binding",
            "metadata": metadata,
            "roleRef": role,
            "subjects": [subject],
        }
