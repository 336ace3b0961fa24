"""The cluster's API as a pod reaches it: by the token of its service account.

Source: Kubernetes documentation, "Accessing the Kubernetes API from a Pod".
"""

from __future__ import annotations

import http.client
import json
import os
import ssl
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from solakube_regtool.cluster.kinds import Kind
from solakube_regtool.errors import RegtoolError

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_PAGE = 500
_TIME_LIMIT = 60.0
_MERGE = {"Content-Type": "application/merge-patch+json"}
_THEN = "then nothing may be deleted"


class Conflict(RegtoolError):
    """Somebody changed the object since it was read."""


class Api:
    """Lists objects of all namespaces, and reads and changes single ones.

    Args:
        host: of the API server.
        port: of the API server.
        account: folder with the files `token` and `ca.crt`.

    Raises:
        RegtoolError: there is no service account.
    """

    def __init__(self, host: str, port: int, account: str = ACCOUNT) -> None:
        self._host, self._port = host, port
        try:
            with open(f"{account}/token", encoding="ascii") as file:
                self._token = file.read().strip()
            self._tls = ssl.create_default_context(cafile=f"{account}/ca.crt")
        except OSError as error:
            raise RegtoolError("the cluster cannot be asked: there is no service account", str(error)) from error

    @classmethod
    def of_this_pod(cls) -> Api:
        """Take host and port from the environment of the container.

        Raises:
            RegtoolError: it runs in no pod.
        """
        try:
            return cls(os.environ["KUBERNETES_SERVICE_HOST"], int(os.environ["KUBERNETES_SERVICE_PORT"]))
        except (KeyError, ValueError) as error:
            raise RegtoolError("the cluster cannot be asked", f"not in a pod: {error}") from error

    def list_all(self, kind: Kind) -> Iterator[dict[str, Any]]:
        """Give all objects of a kind, page by page.

        A kind that the cluster does not know has none.

        Raises:
            RegtoolError: the server does not answer, or refuses.
        """
        prefix = "apis" if kind.group else "api"
        query = {"limit": str(_PAGE)}
        while True:
            path = f"/{prefix}/{kind.api_version}/{kind.resource}"
            page = self._ask("GET", f"{path}?{urlencode(query)}", f"{path} cannot be listed", _THEN)
            if page is None:
                return
            yield from page["items"]
            following = page["metadata"].get("continue")
            if not following:
                return
            query["continue"] = following

    def get(self, path: str) -> dict[str, Any] | None:
        """Return one object, by its path in the API; None where there is none.

        Raises:
            RegtoolError: the server does not answer, or refuses.
        """
        return self._ask("GET", path, f"{path} cannot be read")

    def patch(self, path: str, patch: Mapping[str, Any]) -> None:
        """Lay fields over an object (JSON merge patch).

        Raises:
            Conflict: the patch names a version, and that is not there any more.
            RegtoolError: there is none, the server does not answer, or refuses.
        """
        what = f"{path} cannot be changed"
        if self._ask("PATCH", path, what, body=json.dumps(patch)) is None:
            raise RegtoolError(what, "it is gone")

    def _ask(self, method: str, path: str, what: str, hint: str = "", body: str | None = None) -> dict[str, Any] | None:
        connection = http.client.HTTPSConnection(self._host, self._port, timeout=_TIME_LIMIT, context=self._tls)
        headers = {"Authorization": f"Bearer {self._token}", **(_MERGE if body else {})}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            document: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise RegtoolError(what, str(error)) from error
        finally:
            connection.close()
        if answer.status == http.client.NOT_FOUND:
            return None
        if answer.status == http.client.CONFLICT:
            raise Conflict(what, "somebody changed it meanwhile")
        if answer.status != http.client.OK:
            raise RegtoolError(what, f"{answer.status}: {document.get('message', '')}", hint)
        return document
