"""The connection to one cluster: its kubeconfig context, its time limits and the official client."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path

from kubernetes import config
from kubernetes.client import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.dynamic import DynamicClient
from urllib3.util import Retry

from solakube_core.errors import SolakubeError
from solakube_core.kube.discovery import GroupDiscovery
from solakube_core.kube.faults import translate
from solakube_core.settings.kubeconfig import Context, contexts, current_context, kubeconfig_files
from solakube_core.settings.target import listed

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
        context = self.context
        settings = Configuration()
        # A request that was sent is not repeated, since it may have been carried out; one that the server put
        # off (429, 503 with Retry-After) is.
        settings.retries = Retry(total=4, connect=1, read=0, status=3, other=0, allowed_methods=None)
        try:
            api_client = config.new_client_from_config(self._kubeconfig, context, client_configuration=settings)
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
        return self._known[self.context].cluster

    @property
    def namespace(self) -> str:
        """The namespace that the context names; "default" where it names none."""
        return self._known[self.context].namespace

    @cached_property
    def context(self) -> str:
        """The name of the context.

        Raises:
            SolakubeError: the kubeconfig has none of that name, or names none.
        """
        name = self._context or current_context(self._files)
        if name not in self._known:
            raise _not_there(name, self._known, self._files)
        return name

    @cached_property
    def _known(self) -> dict[str, Context]:
        return contexts(self._files)

    @property
    def _files(self) -> tuple[Path, ...]:
        return kubeconfig_files({"KUBECONFIG": self._kubeconfig or ""}, Path.home())


def _not_there(name: str, known: Iterable[str], files: Iterable[Path]) -> SolakubeError:
    near = get_close_matches(name, known, 1)
    lack = f"has no context {name}" if name else "names no current context"
    return SolakubeError(
        f"the kubeconfig cannot be used: it {lack}" + (f"; did you mean {near[0]}?" if near else ""),
        f"in {', '.join(map(str, files))} there are: {listed(known)}",
        "name one of them by --context or SK_CONTEXT, or another kubeconfig by --kubeconfig or KUBECONFIG",
    )


def _as_config_error(error: Exception) -> ConfigException:
    return error if isinstance(error, ConfigException) else ConfigException(str(error))
