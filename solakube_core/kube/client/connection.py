"""The connection to one cluster: its kubeconfig context, its time limits and the official client."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from kubernetes import config
from kubernetes.client import Configuration
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient
from urllib3.exceptions import ProtocolError

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.credentials import require_login, require_server, usable, with_errors
from solakube_core.kube.client.discovery import Discovery
from solakube_core.kube.client.faults import NotKubernetes, is_absence
from solakube_core.kube.client.retrying import BROKEN, RETRY_PERIOD, Retrying, asking
from solakube_core.settings.kubeconfig import Context, contexts, current_context, kubeconfig_files
from solakube_core.settings.target import listed

CONNECT_TIMEOUT = 5.0
"""Seconds until an API server that does not take the connection counts as unreachable."""

READ_TIMEOUT = 30.0
"""Seconds until an API server that does not answer a request counts as unreachable."""

_PIECE = 1 << 16

TIMEOUTS = (CONNECT_TIMEOUT, READ_TIMEOUT)

LAST_LOOK = 2.0
"""Seconds that a request has in any case: what did not come true in time is still to be explained."""


def _is_list(value: object, *keys: str) -> bool:
    return isinstance(value, list) and all(isinstance(entry, Mapping) and entry.keys() >= {*keys} for entry in value)


def _has_name(item: Mapping[str, Any]) -> bool:
    return isinstance(item["metadata"], Mapping) and "name" in item["metadata"]


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "metadata": lambda value: isinstance(value, Mapping),
    "status": lambda value: isinstance(value, Mapping) and isinstance(value.get("allowed"), bool),
    "items": lambda value: value is None or (_is_list(value, "metadata") and all(map(_has_name, value))),
    "resources": lambda value: _is_list(value, "name", "kind", "namespaced", "verbs"),
    "groups": lambda value: _is_list(value, "preferredVersion"),
    "gitVersion": lambda value: isinstance(value, str),
}
"""What an answer has, and whether it is of the form that Kubernetes gives it."""


_REVIEW = "authorization.k8s.io"
"""The API group whose objects are questions: they are answered, and none is kept."""


def _only_asks(verb: str, arguments: Sequence[Any], options: Mapping[str, Any]) -> bool:
    """Tell whether a request of the client changes nothing, so that it may be sent again."""
    if verb == "get" or arguments[0] == "GET" or options.get("dry_run"):
        return True
    return getattr(arguments[0], "group", "") == _REVIEW


class Connection:
    """One cluster as a kubeconfig context names it. Nothing is read or called before it is needed."""

    def __init__(self, kubeconfig: str | None, context: str | None, say: Callable[[str], None]) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._notice = _Notice(say)
        self.limit = math.inf
        """Until when requests may last, on the clock of time.monotonic()."""

    def within(self, seconds: float) -> float:
        """Return how many of these seconds a request has."""
        return min(seconds, max(self.limit - time.monotonic(), LAST_LOOK))

    def send(self, verb: str, *arguments: Any, **options: Any) -> bytes:
        """Send a request and return the body of the answer.

        Args:
            verb: the client's method, such as "get" or "request".
            arguments, options: of that method.

        Raises:
            SolakubeError: the kubeconfig cannot be used.
            Exception: one of `solakube_core.kube.client.faults.CLIENT_ERRORS`.
        """
        call = getattr(self.client, verb)
        only = _only_asks(verb, arguments, options)
        for more in reversed(range(1 + BROKEN * only)):
            timeouts = tuple(map(self.within, TIMEOUTS))
            try:
                with asking(only):
                    answer = call(*arguments, serialize=False, _request_timeout=timeouts, **options)
            except ApiException as error:
                if error.status == 404 and not is_absence(error, arguments[1] if verb == "request" else ""):
                    raise NotKubernetes from error
                raise
            try:
                body: bytes = answer.data
                return body
            except ProtocolError:
                # The rest of it did not come. What breaks before the answer has begun is repeated by `Retrying`.
                if not more:
                    raise
        raise AssertionError("the last try returns or raises")

    def ask(self, key: str, verb: str, *arguments: Any, **options: Any) -> Mapping[str, Any]:
        """Send a request and return the answer, which is a JSON object.

        Args:
            key: one of `_SHAPES`: what every answer of Kubernetes to this request has; a proxy's own page has not.
            verb, arguments, options: as for `send`.

        Raises:
            NotKubernetes: the answer is another.
        """
        body = self.send(verb, *arguments, **options)
        try:
            answer = json.loads(body)
        except ValueError as error:
            raise NotKubernetes from error
        if not isinstance(answer, Mapping) or key not in answer or not _SHAPES[key](answer[key]):
            raise NotKubernetes
        return answer

    def lines(self, path: str, query: list[tuple[str, str]], *, for_ever: bool) -> Iterator[str]:
        """Send a GET request and give the lines of the answer as they come.

        Args:
            path: of the API.
            query: names and values.
            for_ever: the server may be silent for as long as it likes.

        Raises:
            SolakubeError: the kubeconfig cannot be used.
            Exception: one of `solakube_core.kube.client.faults.CLIENT_ERRORS`.
        """
        limits = (CONNECT_TIMEOUT, None) if for_ever else TIMEOUTS
        headers = {"Accept": "*/*"}
        with self.client.request(
            "GET", path, query_params=query, header_params=headers, serialize=False, _request_timeout=limits
        ) as answer:
            rest = b""
            for piece in answer.stream(amt=_PIECE):
                *whole, rest = (rest + piece).split(b"\n")
                yield from (line.decode(errors="replace") for line in whole)
            if rest:
                yield rest.decode(errors="replace")

    @cached_property
    def client(self) -> DynamicClient:
        """The dynamic client.

        Raises:
            SolakubeError: the kubeconfig is missing or unusable.
        """
        context = self.context
        settings: Any = Configuration()
        settings.retries = Retrying.telling(self._notice.say, lambda: self.limit)
        # The client takes an empty file among several for a broken one, which kubectl passes over.
        files = ":".join(str(file) for file in self._files if file.exists() and file.stat().st_size)
        with usable():
            require_login(self._known[context])
            api_client = config.new_client_from_config(files, context, client_configuration=settings)
            require_server(settings.host)
        settings.refresh_api_key_hook = with_errors(settings.refresh_api_key_hook)
        # What kinds there are is asked by `discovery`.
        return DynamicClient(api_client, discoverer=lambda *_: None)

    @cached_property
    def discovery(self) -> Discovery:
        """What kinds of objects the cluster knows."""
        return Discovery(self.ask)

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

    def describe(self, namespace: str = "") -> str:
        """Name cluster and context as the kubeconfig does, with a namespace of it if one is given."""
        place = f"cluster {self.name} (context {self.context})"
        return f"{place}, namespace {namespace}" if namespace else place

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


class _Notice:
    """Says once what several requests at a time run into."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._lock = threading.Lock()
        self._said = -RETRY_PERIOD

    def say(self, line: str) -> None:
        with self._lock:
            if time.monotonic() - self._said >= RETRY_PERIOD:
                self._said = time.monotonic()
                self._say(line)
