"""The kinds of objects that name images."""

from __future__ import annotations

import re
from typing import NamedTuple

_PATH = re.compile(r"(?:[a-z0-9.-]+/)?v[0-9][a-z0-9]*/[a-z0-9.-]+")


class Kind(NamedTuple):
    """A kind of object that names images.

    Attributes:
        api_version: such as "apps/v1".
        name: such as "Deployment"; of a further kind its plural.
        resource: the plural in the API's paths and permissions.
    """

    api_version: str
    name: str
    resource: str

    @property
    def group(self) -> str:
        """The API group; "" for the core group."""
        return self.api_version.rpartition("/")[0]


KINDS = (
    Kind("v1", "Pod", "pods"),
    Kind("v1", "PodTemplate", "podtemplates"),
    Kind("v1", "ReplicationController", "replicationcontrollers"),
    Kind("apps/v1", "Deployment", "deployments"),
    Kind("apps/v1", "ReplicaSet", "replicasets"),
    Kind("apps/v1", "StatefulSet", "statefulsets"),
    Kind("apps/v1", "DaemonSet", "daemonsets"),
    Kind("apps/v1", "ControllerRevision", "controllerrevisions"),
    Kind("batch/v1", "Job", "jobs"),
    Kind("batch/v1", "CronJob", "cronjobs"),
)
"""What every cluster has. Kubernetes itself removes ReplicaSets and ControllerRevisions beyond revisionHistoryLimit."""


def kind_at(path: str) -> Kind | None:
    """Read a kind as its place in the API's paths: GROUP/VERSION/PLURAL, such as serving.knative.dev/v1/revisions.

    Returns:
        None where it is none.
    """
    api_version, _, resource = path.rpartition("/")
    further = Kind(api_version, resource, resource) if _PATH.fullmatch(path) else None
    return next((kind for kind in KINDS if (kind.api_version, kind.resource) == (api_version, resource)), further)
