"""The names and labels of the registry's objects: those of the original chart, so that it can be adopted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solakube_core.plugin import Backend, Layout, ObjectRef, Settings

COMPONENT = "registry"
USERNAME = "admin"
PORT = 5000
DEBUG_PORT = 5001
DEBUG_ADDRESS = f"127.0.0.1:{DEBUG_PORT}"
MAINTENANCE_PORT = 5002
WRITER_PORT = 5003
"""Of the process that takes pushes, where a proxy has the registry's own port."""
READER_PORT = 5004
READER_DEBUG_ADDRESS = "127.0.0.1:5005"
REGISTRY_CONTAINER = "docker-registry"
READER_CONTAINER = "reader"
PROXY_CONTAINER = "proxy"
FIRST_LOGINS = "logins"
"""Makes the password files before these begin."""
FIRST_ANNOUNCEMENT = "announce"
"""Says in the bucket that there is another registry, before these begin."""
REGTOOL_CONTAINER = "reg-tool"
"""Of the maintenance program, in the registry's pod."""
ORIGINAL_TOOL = "reg-tool"
"""The original's Deployment, its label and its container."""
CONFIG, READER_CONFIG, PROXY_CONFIG = "config.yml", "reader.yml", "haproxy.cfg"
"""The configurations of these processes: their keys in the ConfigMap, and on one machine the names of the files."""
LOGINS_PATH = "/etc/solakube-logins"
"""Where both processes have their password files, where some logins end by themselves."""
BACKUP_PATH = "/var/lib/solakube-backup"
"""Where the maintenance program has the volume that the registry backs itself up to."""
CONTAINER_LAYOUT = Layout(data="/var/lib/registry", config="/etc/distribution")


@dataclass(frozen=True)
class Names:
    """What the objects of one installation are called.

    Attributes:
        app: value of REGISTRY_APP_NAME: the release label and the namespace.
    """

    app: str

    @classmethod
    def of(cls, settings: Settings) -> Names:
        """Take the name from REGISTRY_APP_NAME."""
        return cls(settings.require("REGISTRY_APP_NAME"))

    @property
    def namespace(self) -> str:
        """The namespace of everything."""
        return self.app

    @property
    def full(self) -> str:
        """Name of the Deployment, the Service and the claim."""
        return f"{self.app}-docker-registry"

    @property
    def selector(self) -> Mapping[str, str]:
        """Labels by which Deployment and Service find the pods; immutable in an existing Deployment."""
        return {"app": "docker-registry", "release": self.app}

    @property
    def tool_selector(self) -> Mapping[str, str]:
        """Labels of the pod with the original's tool."""
        return {"app": ORIGINAL_TOOL}

    @property
    def backend(self) -> Backend:
        """Where the registry answers in the cluster."""
        return Backend(self.namespace, self.full, PORT, f"http-{PORT}", self.selector, PORT, component=COMPONENT)

    @property
    def claim(self) -> ObjectRef:
        """The volume of the images."""
        return ObjectRef("v1", "PersistentVolumeClaim", self.full, self.namespace)

    @property
    def secret(self) -> ObjectRef:
        """Holds the password files, the record of the users, and the registry's HTTP secret."""
        return ObjectRef("v1", "Secret", f"{self.full}-secret", self.namespace)

    @property
    def config(self) -> ObjectRef:
        """Holds the configuration of the registry's processes, and of the proxy in front of them."""
        return ObjectRef("v1", "ConfigMap", f"{self.full}-config", self.namespace)

    @property
    def regtool(self) -> ObjectRef:
        """Holds the maintenance program."""
        return ObjectRef("v1", "ConfigMap", f"{self.full}-regtool", self.namespace)

    @property
    def maintenance(self) -> str:
        """Name of all that the schedule takes, cluster-wide objects included: the namespace's name is in it."""
        return f"{self.full}-maintenance"

    @property
    def rotation(self) -> str:
        """Name of all that replaces logins on a schedule, cluster-wide objects included."""
        return f"{self.full}-rotation"

    @property
    def backup(self) -> str:
        """Name of what takes backups on a schedule."""
        return f"{self.full}-backup"

    @property
    def token(self) -> ObjectRef:
        """Holds the token by which CronJobs ask for what is scheduled."""
        return ObjectRef("v1", "Secret", self.maintenance, self.namespace)

    @property
    def disruption_budget(self) -> ObjectRef:
        """Keeps all but one of several pods where they are while nodes are drained."""
        return ObjectRef("policy/v1", "PodDisruptionBudget", self.full, self.namespace)

    @property
    def network_policy(self) -> ObjectRef:
        """Says who may reach the pods."""
        return ObjectRef("networking.k8s.io/v1", "NetworkPolicy", self.full, self.namespace)

    @property
    def dashboard(self) -> ObjectRef:
        """Holds the dashboard for Grafana."""
        return ObjectRef("v1", "ConfigMap", f"{self.full}-dashboard", self.namespace)

    @property
    def original_tool(self) -> ObjectRef:
        """Keeps the original's tool ready."""
        return ObjectRef("apps/v1", "Deployment", ORIGINAL_TOOL, self.namespace)

    @property
    def deployment(self) -> ObjectRef:
        """Runs the registry and the maintenance program beside it."""
        return ObjectRef("apps/v1", "Deployment", self.full, self.namespace)
