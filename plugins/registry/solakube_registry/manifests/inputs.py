"""All that the objects depend on, resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solakube_regtool.cluster.kinds import Kind

from solakube_core.plugin import ObjectRef, StorageChoice
from solakube_registry.exposure.network_policy import Callers
from solakube_registry.monitoring.choice import Monitoring
from solakube_registry.naming import Names
from solakube_registry.object_storage.bucket import Bucket
from solakube_registry.users.credentials import Credentials


@dataclass(frozen=True)
class Scheduled:
    """The maintenance that runs by itself.

    Attributes:
        cron: when.
        policy: what to do, as `solakube_regtool.commands.trigger` reads it.
        kinds: the kinds of objects that a run lists to know which images are named; none where it does not ask.
    """

    cron: str
    policy: Mapping[str, Any]
    kinds: tuple[Kind, ...]


@dataclass(frozen=True)
class BackedUp:
    """The backups that the registry takes of itself.

    Attributes:
        cron: when.
        periods: for how long they are kept, as `solakube_regtool.commands.backup` reads it.
        claim: name of the claim that they go to.
        access_modes: of that claim.
    """

    cron: str
    periods: Mapping[str, int]
    claim: str
    access_modes: tuple[str, ...]


@dataclass(frozen=True)
class Rotated:
    """The logins of namespaces that are replaced by themselves.

    Attributes:
        cron: when.
        order: what to do, as `solakube_regtool.logins.rotation` reads it.
    """

    cron: str
    order: Mapping[str, Any]


@dataclass(frozen=True)
class Front:
    """What stands in front where somebody may only pull.

    Attributes:
        reader_config: of the process that serves pulls.
        proxy_config: of the proxy.
        proxy_image: its image.
    """

    reader_config: str
    proxy_config: str
    proxy_image: str


@dataclass(frozen=True)
class OriginalTool:
    """The original's tool.

    Attributes:
        image: that has it.
        login: what it logs in with.
    """

    image: str
    login: str = field(repr=False)


@dataclass(frozen=True)
class Inputs:
    """What the objects are made from.

    Attributes:
        names: names and labels.
        values: the merged chart-values.yaml.
        image: the registry's image.
        maintenance_image: the maintenance container's image; "" for no such container.
        regtool_command: what that container runs.
        regtool_files: the maintenance program's modules, by their paths in its package; empty for an image that
            brings its own.
        config: the text of config.yml.
        credentials: for the Secret.
        storage: class and size of the claim.
        access_modes: of the claim.
        service: fields that the exposure lays over the Service's spec.
        schedule: the maintenance that runs by itself, None for none.
        backed_up: the backups that the registry takes of itself, None for none.
        token: who has it may ask for either; "" where there is neither.
        front: what stands in front, None where one process serves everybody.
        bucket: where the images are, None for a volume.
        bucket_keys: changes with the keys for it.
        replicas: how many pods share the work.
        admin_secret: the Secret that the admin's password comes from; "" where the settings have it.
        callers: who may reach the pods, None for anybody.
        rotated: the logins that are replaced by themselves, None for none.
        monitoring: how Prometheus learns of it, None for not at all.
        original_tool: what is deployed beside the registry, None for nothing.
        announced: host that development tools are told, "" for none.
    """

    names: Names
    values: Mapping[str, Any]
    image: str
    maintenance_image: str
    regtool_command: tuple[str, ...]
    regtool_files: Mapping[str, str] = field(repr=False)
    config: str
    credentials: Credentials
    storage: StorageChoice
    access_modes: tuple[str, ...]
    service: Mapping[str, Any]
    schedule: Scheduled | None = None
    backed_up: BackedUp | None = None
    token: str = field(default="", repr=False)
    front: Front | None = None
    bucket: Bucket | None = None
    bucket_keys: str = ""
    replicas: int = 1
    admin_secret: str = ""
    callers: Callers | None = None
    rotated: Rotated | None = None
    monitoring: Monitoring | None = None
    original_tool: OriginalTool | None = None
    announced: str = ""

    def value(self, *path: str) -> Any:
        """Return a value of chart-values.yaml, None where it is not given."""
        found: Any = self.values
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found

    def labels(self) -> dict[str, str]:
        """Labels of every object."""
        return dict(self.names.selector)


def head(ref: ObjectRef, inputs: Inputs) -> dict[str, Any]:
    """Return what every object begins with; one without a namespace is the whole cluster's."""
    place = {"namespace": ref.namespace} if ref.namespace else {}
    metadata = {"name": ref.name, **place, "labels": inputs.labels()}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}
