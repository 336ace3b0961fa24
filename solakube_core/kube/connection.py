"""The connection to one cluster: its kubeconfig context, its time limits and the official client."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from kubernetes import config
from kubernetes.client import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.dynamic import DynamicClient
from urllib3.util import Retry

from solakube_core.kube.discovery import GroupDiscovery
from solakube_core.kube.faults import translate

CONNECT_TIMEOUT = 5.0
"""Seconds until an API server that does not take the connection counts as unreachable."""

READ_TIMEOUT = 30.0
"""Seconds until an API server that does not answer a request counts as unreachable."""

TIMEOUTS = (CONNECT_TIMEOUT, READ_TIMEOUT)


class Connection:
    """One cluster as a kubeconfig context names it. Nothing is read or called before it is needed."""

    def __init__(self, kubeconfig: str | None, context: str | None) -> None:
        self._kubeconfig = kubeconfig
        self._context = context

    @cached_property
    def client(self) -> DynamicClient:
        """The dynamic client.

        Raises:
            SolakubeError: the kubeconfig is missing or unusable.
        """
        settings = Configuration()
        # A request that was sent is not repeated, since it may have been carried out; one that the server put
        # off (429, 503 with Retry-After) is.
        settings.retries = Retry(total=4, connect=1, read=0, status=3, other=0, allowed_methods=None)
        try:
            api_client = config.new_client_from_config(self._kubeconfig, self._context, client_configuration=settings)
        except (ConfigException, OSError) as error:
            raise translate("use the kubeconfig", "", _as_config_error(error)) from error
        return DynamicClient(api_client, discoverer=GroupDiscovery)

    @property
    def discovery(self) -> GroupDiscovery:
        """What kinds of objects the cluster knows."""
        discovery: GroupDiscovery = self.client.resources
        return discovery

    @property
    def settings(self) -> Configuration:
        """The client's configuration: server, credentials, certificates."""
        settings: Configuration = self.client.configuration
        return settings

    @property
    def server(self) -> str:
        """URL of the API server."""
        return str(self.settings.host)

    @property
    def name(self) -> str:
        """What the kubeconfig calls the cluster."""
        return str(self._chosen["context"]["cluster"])

    @property
    def namespace(self) -> str:
        """The namespace that the context names; "default" where it names none."""
        return str(self._chosen["context"].get("namespace") or "default")

    @cached_property
    def _chosen(self) -> dict[str, Any]:
        try:
            contexts, active = config.list_kube_config_contexts(self._kubeconfig)
        except (ConfigException, OSError) as error:
            raise translate("use the kubeconfig", "", _as_config_error(error)) from error
        chosen: dict[str, Any] = next((entry for entry in contexts if entry["name"] == self._context), active)
        return chosen


def _as_config_error(error: Exception) -> ConfigException:
    return error if isinstance(error, ConfigException) else ConfigException(str(error))
