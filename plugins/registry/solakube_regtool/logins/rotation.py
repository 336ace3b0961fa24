"""A rotation: each namespace gets a new login, and the old one ends after a grace.

No pull fails meanwhile: the registry knows the new login before the namespace gets it, and the old one only gets its
end when the namespace has the new one. A run that is cut off leaves a login more; the next one ends it.
"""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from solakube_regtool.cluster.api import Api, Conflict
from solakube_regtool.durations import seconds
from solakube_regtool.errors import RegtoolError
from solakube_regtool.logins.pull_secret import with_login
from solakube_regtool.logins.record import Login, Record
from solakube_regtool.output import Output

_TRIES = 5
_PATIENCE = 300.0
"""Seconds until the registry must know a login: the node brings a changed Secret within about a minute."""

_PAUSE = 1.0
_TIME_LIMIT = 30.0


class Rotation:
    """Replaces the logins of all namespaces that follow.

    Args:
        api: the cluster's.
        order: `secret` and `namespace`: where the registry's Secret is; `pull_secret`: the name of the namespaces';
            `registry`: its URL in the cluster; `grace`: how long old logins still hold; `settle`: how long after one
            process of several knows a login the others do, in seconds.
    """

    def __init__(self, api: Api, order: Mapping[str, Any], out: Output) -> None:
        self._api, self._out = api, out
        self._secret = _path(order["namespace"], order["secret"])
        self._pull_secret: str = order["pull_secret"]
        self._registry = urlsplit(order["registry"]).netloc
        self._grace, self._settle = seconds(order["grace"]), float(order["settle"])

    def run(self) -> int:
        """Do it.

        Returns:
            0 where all follow, 1 where one does not; it keeps its login then.

        Raises:
            RegtoolError: the cluster refuses, or the registry does not know the logins in time.
        """
        before = Record(self._read(self._secret)["data"])
        following = [namespace for namespace in before.namespaces() if self._follows(before, namespace)]
        if not following:
            self._out.progress("no namespace has a login for this registry")
            return 0
        logins = self._change(lambda record: {namespace: record.add(namespace) for namespace in following})
        try:
            self._await(logins.values())
        except RegtoolError:
            self._change(lambda record: self._end(record, logins, dict.fromkeys(logins, False)))
            raise
        given = {namespace: self._give(before, namespace, login) for namespace, login in logins.items()}
        self._change(lambda record: self._end(record, logins, given))
        return 0 if all(given.values()) else 1

    def _follows(self, record: Record, namespace: str) -> bool:
        live = self._api.get(_path(namespace, self._pull_secret))
        return (
            live is not None and with_login(live, lambda name: record.has(namespace, name), Login("", "")) is not None
        )

    def _give(self, record: Record, namespace: str, login: Login) -> bool:
        """Put a login into a namespace's pull secret; returns whether it is there."""
        path = _path(namespace, self._pull_secret)
        try:
            for _ in range(_TRIES):
                live = self._read(path)
                data = with_login(live, lambda name: record.has(namespace, name), login)
                if data is None:
                    raise RegtoolError(f"{path} has no login of this registry any more")
                try:
                    self._api.patch(path, _patch(live, data))
                    self._out.progress(f"{namespace} pulls as {login.name}")
                    return True
                except Conflict:
                    continue
            raise RegtoolError(f"{path} is changed all the time")
        except RegtoolError as error:
            self._out.problem(f"{namespace} keeps its login: {error.what}", error.why, error.hint)
            return False

    def _end(self, record: Record, logins: Mapping[str, Login], given: Mapping[str, bool]) -> None:
        """Let former logins end where the new ones were given, and take those back that were not."""
        moment = time.time() + self._grace
        for namespace, login in logins.items():
            if given[namespace]:
                record.end(namespace, login.name, moment)
            else:
                record.drop(login.name)

    def _change(self, edit: Callable[[Record], Any]) -> Any:
        """Change the registry's Secret; again from what it holds by then where somebody else changed it meanwhile."""
        for _ in range(_TRIES):
            live = self._read(self._secret)
            record = Record(live["data"])
            result = edit(record)
            try:
                self._api.patch(self._secret, _patch(live, record.data()))
                return result
            except Conflict:
                continue
        raise RegtoolError(f"{self._secret} is changed all the time", "", "run it again")

    def _read(self, path: str) -> dict[str, Any]:
        live = self._api.get(path)
        if live is None:
            raise RegtoolError(f"{path} is gone")
        return live

    def _await(self, logins: Iterable[Login]) -> None:
        deadline = time.monotonic() + _PATIENCE
        for login in logins:
            while not self._lets_in(login):
                if time.monotonic() > deadline:
                    why = f"it did not for {_PATIENCE:.0f} s"
                    raise RegtoolError(
                        f"the registry does not let {login.name} in", why, "all logins stay as they were"
                    )
                time.sleep(_PAUSE)
        time.sleep(self._settle)

    def _lets_in(self, login: Login) -> bool:
        connection = http.client.HTTPConnection(self._registry, timeout=_TIME_LIMIT)
        pair = base64.b64encode(f"{login.name}:{login.password}".encode()).decode()
        try:
            connection.request("GET", "/v2/", headers={"Authorization": f"Basic {pair}"})
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _path(namespace: str, name: str) -> str:
    return f"/api/v1/namespaces/{namespace}/secrets/{name}"


def _patch(live: Mapping[str, Any], data: Mapping[str, str]) -> dict[str, Any]:
    """Return a merge patch of data that is refused where the object was changed since it was read."""
    return {"metadata": {"resourceVersion": live["metadata"]["resourceVersion"]}, "data": data}
