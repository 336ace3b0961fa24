"""What went wrong with a cluster, in the user's words. Nothing of a Secret's content is repeated."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import Any
from urllib.parse import urlsplit

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)
from websocket import WebSocketTimeoutException

from solakube_core.errors import SolakubeError
from solakube_core.kube.client.retrying import PASSING


class NotKubernetes(Exception):
    """The answer is none that a Kubernetes API server would give."""


CLIENT_ERRORS = (ApiException, HTTPError, NotKubernetes, OSError)
"""All that a call of the client library may raise for reasons outside this program."""

_REMEDIES = {
    **dict.fromkeys(range(300, 400), "check the server in the kubeconfig: a login page may be in front of the API"),
    401: "log in to the cluster again, or renew the credentials in the kubeconfig",
    403: "have an administrator grant this by a Role or ClusterRole, or use another kubeconfig context",
    409: "run the command again",
    410: "run the command again",
    413: "make the object smaller: etcd holds at most about 1.5 MiB of it",
    422: "correct the value that is named",
    429: "the API server is overloaded: try again in a moment",
    **dict.fromkeys(PASSING - {429}, "the API server, or what it relies on, is not ready: try again in a moment"),
}

_NO_SUCH_PATH = "404 page not found"
"""What an API server answers for a path that it does not serve, and so does any program that is written in Go."""

_AUDIT_ID = "Audit-Id"
"""The header by which an API server names each request in its audit log (k8s.io/apiserver, `WithAuditInit`)."""

_LONGEST_MESSAGE = 300
"""Characters of a message that one likes to read."""


class Unreachable(SolakubeError):
    """The cluster gives no answer for the moment, or none at all. It may come back."""


class Forbidden(SolakubeError):
    """The user may not do that, or may not even know."""


class Conflict(SolakubeError):
    """Somebody changed the object since it was read."""


class Absent(SolakubeError):
    """What a request refers to does not exist."""


class UnknownKind(SolakubeError):
    """The cluster has no such kind of objects."""


class Untriable(SolakubeError):
    """Nobody can tell what would become of a change: a part of the cluster takes no part in trials."""


class Invalid(SolakubeError):
    """Fields of an object are not what they may be.

    Attributes:
        causes: of each field its path, a reason in one word and a message, as the server gives them.
    """

    causes: tuple[Mapping[str, Any], ...] = ()


_KINDS: Mapping[int, type[SolakubeError]] = {
    401: Forbidden,
    403: Forbidden,
    404: Absent,
    409: Conflict,
    422: Invalid,
    **dict.fromkeys(PASSING, Unreachable),
}


def translate(action: str, server: str, error: BaseException, *, secret: bool = False) -> SolakubeError:
    """Turn an error of the client library into one that `sk` shows.

    Args:
        action: what was tried, such as "apply Deployment registry/registry".
        server: the API server's URL.
        error: one of `CLIENT_ERRORS`.
        secret: the request carried secret data, which the server's message may repeat.
    """
    if isinstance(error, NotKubernetes):
        return Unreachable(
            f"cannot {action}",
            f"what {server} answers is not the Kubernetes API: a proxy's login page, perhaps, or another server",
            "check the server in the kubeconfig, and the proxy (proxy-url there, or HTTPS_PROXY and NO_PROXY)",
        )
    if isinstance(error, ApiException) and error.status:
        return _refused(action, error, secret)
    return Unreachable(f"cannot {action}", *_unreachable(server, error))


def is_absence(error: ApiException, path: str) -> bool:
    """Tell whether it is Kubernetes that answers 404: a proxy's page tells nothing of what the cluster has.

    Args:
        path: what was asked for, "" for an object of a kind that the cluster has.
    """
    if status_of(error).get("kind") == "Status":
        return True
    body = error.body or b""
    text = body if isinstance(body, str) else body.decode(errors="replace")
    # The path of an object is not served, either, for a moment after its kind was defined.
    of_kubernetes = path.startswith("/apis/") or _AUDIT_ID in (error.headers or {})
    return of_kubernetes and text.strip() == _NO_SUCH_PATH


def status_of(error: ApiException) -> Mapping[str, Any]:
    """Return the `Status` object of an API error; {} when the answer carries none."""
    body = error.body
    try:
        status = json.loads(body) if body else {}
    except ValueError:
        return {}
    return status if isinstance(status, Mapping) else {}


def _refused(action: str, error: ApiException, secret: bool) -> SolakubeError:
    status = status_of(error)
    message = str(status.get("message") or "")
    why = _fields(status) if secret else _in_words(status, message)
    if 300 <= error.status < 400:
        why = f"it leads to {_origin((error.headers or {}).get('Location', ''))}, which is not the Kubernetes API's way"
    why = why or f"the API server answered {error.status} {error.reason or ''}".rstrip()
    translated = _kind(error, message)(f"cannot {action}", why, _remedy(error, message))
    if isinstance(translated, Invalid):
        translated.causes = _causes(status)
    return translated


def _kind(error: ApiException, message: str) -> type[SolakubeError]:
    # The API server has no reason of its own for a webhook that is never asked in a trial.
    if error.status == 400 and "does not support dry run" in message:
        return Untriable
    return _KINDS.get(error.status, SolakubeError)


def _remedy(error: ApiException, message: str) -> str:
    # Whoever lacks a right is named; what else answers 403 are quotas and admission.
    if error.status == 403 and message and not ('User "' in message and " cannot " in message):
        return "do as the cluster's rule demands, or have an administrator change it (a quota, a policy, a webhook)"
    return _REMEDIES.get(error.status, "")


def _origin(url: str) -> str:
    """Give what may be shown of a URL: the rest may hold a session's keys."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else "another place"


def _causes(status: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return what the server says of single fields; what stands in between need not hold to the form."""
    details = status.get("details")
    causes = details.get("causes") if isinstance(details, Mapping) else None
    return tuple(cause for cause in causes if isinstance(cause, Mapping)) if isinstance(causes, list) else ()


def _in_words(status: Mapping[str, Any], message: str) -> str:
    """Return the server's message; where it quotes whole objects, the fields with what is wrong about them."""
    # What follows the first line is the server's own dump of the object.
    first = message.partition("\n")[0]
    if len(first) <= _LONGEST_MESSAGE or not _causes(status):
        return first
    return "; ".join(
        f"{cause.get('field', '')}: {_without_value(str(cause.get('message', '')))}" for cause in _causes(status)
    )


def _without_value(message: str) -> str:
    """Leave out the value between what kind of fault it is and what is wrong, unless it is short."""
    if len(message) <= _LONGEST_MESSAGE:
        return message
    return f"{message.partition(':')[0]}: {message.rpartition(': ')[2]}"


def _fields(status: Mapping[str, Any]) -> str:
    """Name reason and fields only: messages of rejected values quote them."""
    causes = _causes(status)
    fields = ", ".join(str(cause.get("field", "")) for cause in causes)
    reason = str(status.get("reason") or "")
    if reason == "Forbidden" and not causes:
        return str(status.get("message") or reason)
    if reason == "Conflict" and not causes:
        return "somebody changed it meanwhile"
    return f"{reason}: {fields}" if fields else reason


def _unreachable(server: str, error: BaseException) -> tuple[str, str]:
    """Return cause and remedy of a connection that did not come about or broke."""
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    text = str(getattr(reason, "reason", None) or reason)
    if "WRONG_VERSION_NUMBER" in text or "HTTP_REQUEST" in text:
        return (
            f"{server} does not speak TLS",
            "check server in the kubeconfig: another program may have its port, or it begins with http://",
        )
    # A proxy in front of an API server that is down takes the connection and ends it: that is no matter of trust.
    if (isinstance(reason, SSLError) or "SSLError" in text) and "EOF occurred" not in text:
        return (
            f"no trusted TLS connection to {server}: {_last_part(text)}",
            "check certificate-authority-data and server in the kubeconfig: the cluster may be a new one",
        )
    if isinstance(reason, ProxyError):
        return (
            f"no connection to {server} by the proxy: {reason.original_error}",
            "check proxy-url in the kubeconfig, or HTTPS_PROXY and NO_PROXY",
        )
    if isinstance(reason, ProtocolError):
        return _broken(server, reason.args[-1])
    if isinstance(reason, NameResolutionError):
        return f"the name in {server} does not resolve", "check the server in the kubeconfig, and DNS"
    timeouts = (ConnectTimeoutError, ReadTimeoutError, TimeoutError, WebSocketTimeoutException)
    # A refused connection is, in urllib3, a kind of time-out.
    if isinstance(reason, timeouts) and not isinstance(reason, NewConnectionError):
        return (
            f"{server} does not answer in time",
            "check that the cluster is up, and that no firewall or VPN is in between",
        )
    return (
        f"no connection to {server}: {_last_part(text)}",
        "check that the cluster is up and that the kubeconfig context is the right one",
    )


def _broken(server: str, cause: object) -> tuple[str, str]:
    """Return cause and remedy of an answer that did not come to its end."""
    if isinstance(cause, HTTPException) and not isinstance(cause, RemoteDisconnected | IncompleteRead):
        return (
            f"what {server} answers is no HTTP",
            "check the server in the kubeconfig: another program may have its port",
        )
    told = "the rest of the answer did not come" if isinstance(cause, IncompleteRead) else str(cause)
    return (
        f"the connection to {server} broke: {told}",
        "the API server, or a proxy in front of it, may be restarting: try again in a moment",
    )


def _last_part(text: str) -> str:
    """Strip the library's object names in front of the operating system's words."""
    words = text.rpartition("Failed to establish a new connection: ")[2].strip("()'\" ")
    return words.partition(" (_ssl.c:")[0]
