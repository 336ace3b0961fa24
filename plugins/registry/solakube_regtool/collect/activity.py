"""What the registry is doing at the moment, by its own metrics (`http.debug` with `prometheus.enabled`)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

_SAMPLE = re.compile(r"^(registry_http_(?:in_flight_requests|requests_total))\{([^}]*)\} (\S+)$", re.MULTILINE)
_CACHE = re.compile(r"^registry_storage_cache_\w+(?:\{[^}]*\})? [1-9]", re.MULTILINE)
"""Both lines count the questions to their cache; without one the count stays at nothing."""

_LABEL = re.compile(r'(\w+)="([^"]*)"')

_HANDLERS = frozenset(("manifest", "blob", "blob_upload", "blob_upload_chunk"))
_TIME_LIMIT = 5.0


class Served(NamedTuple):
    """Requests the registry has answered since it was started.

    Attributes:
        pushes: manifests that were accepted.
        pulls: manifests that were sent.
        refused: manifests that were refused since something they name was missing, or for any other fault.
    """

    pushes: int = 0
    pulls: int = 0
    refused: int = 0

    def since(self, before: Served) -> Served:
        """Give what was served between; a registry that was restarted meanwhile began again at nothing."""
        if any(now < then for now, then in zip(self, before)):
            return self
        return Served(*(now - then for now, then in zip(self, before)))


class Moment(NamedTuple):
    """What a registry is doing at a moment.

    Attributes:
        idle: no request on images is being answered.
        answered: requests on images that each of its processes has answered since that was started.
    """

    idle: bool
    answered: tuple[int, ...]


class Count(NamedTuple):
    """Requests on images.

    Attributes:
        under_way: being answered at the moment.
        answered: since the process was started.
    """

    under_way: int
    answered: int


class Activity:
    """A registry's metrics, of all processes that serve its images: one that is not asked may be receiving a push.

    Args:
        urls: of their debug addresses, such as `http://127.0.0.1:5001`; none where there are none.
    """

    def __init__(self, *urls: str) -> None:
        self.processes = tuple(map(Process, urls))

    def moment(self) -> Moment | None:
        """Tell what the registry is doing at this moment; None if that cannot be told of each process.

        They are asked one after the other, so the first ones are asked again: only if these have begun and answered
        nothing meanwhile was there a moment at which all were idle, which is when the last one told that it was.
        """
        counts = [process.count() for process in self.processes]
        again = [process.count() for process in self.processes[:-1]]
        told = [count for count in counts if count is not None]
        if not told or len(told) < len(counts) or None in again:
            return None
        idle = not any(count.under_way for count in told) and again == counts[:-1]
        return Moment(idle, tuple(count.answered for count in told))

    def served(self) -> tuple[Served, ...] | None:
        """Give what each process has served; None if that cannot be told of each."""
        served = [process.served() for process in self.processes]
        told = tuple(each for each in served if each is not None)
        return told if told and len(told) == len(served) else None

    def has_cache(self) -> bool:
        """Tell whether the registry remembers which blobs there are: then its metrics tell of that cache's use."""
        return any(_CACHE.search(process.page() or "") for process in self.processes)

    def close(self) -> None:
        """End all connections."""
        for process in self.processes:
            process.close()


def served_between(before: Iterable[Served], after: Iterable[Served]) -> Served:
    """Give what all processes have served between two looks at them."""
    each = [later.since(earlier) for earlier, later in zip(before, after)]
    return Served(*(sum(counts) for counts in zip(*each)))


class Process:
    """The metrics of one process.

    Args:
        url: of its debug address.

    Attributes:
        url: as above.
    """

    def __init__(self, url: str) -> None:
        # Imported here: it is a fifth of what a dry run takes to start, and only who asks a registry needs it.
        import http.client

        self.url = url
        self._path = urlsplit(url).path.rstrip("/") or "/metrics"
        # A run asks hundreds of times: the connection is kept.
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_TIME_LIMIT)

    def count(self) -> Count | None:
        """Count its requests on images; None if that cannot be told."""
        samples = self._samples()
        if samples is None:
            return None
        under_way = answered = 0.0
        for name, labels, value in samples:
            if labels.get("handler") in _HANDLERS:
                if name == "registry_http_in_flight_requests":
                    under_way += value
                else:
                    answered += value
        return Count(int(under_way), int(answered))

    def served(self) -> Served | None:
        """Give what it has served; None if that cannot be told."""
        samples = self._samples()
        if samples is None:
            return None
        counts = {"put": 0, "get": 0, "refused": 0}
        for name, labels, value in samples:
            if name != "registry_http_requests_total" or labels.get("handler") != "manifest":
                continue
            method = labels.get("method", "")
            accepted = labels.get("code", "").startswith("2")
            if method in counts and accepted:
                counts[method] += int(value)
            elif method == "put" and labels.get("code") != "401":
                counts["refused"] += int(value)
        return Served(counts["put"], counts["get"], counts["refused"])

    def _samples(self) -> list[tuple[str, dict[str, str], float]] | None:
        page = self.page()
        if page is None:
            return None
        return [(name, dict(_LABEL.findall(labels)), float(value)) for name, labels, value in _SAMPLE.findall(page)]

    def page(self) -> str | None:
        """Give its metrics in Prometheus' text format; None where it does not answer."""
        import http.client

        connection = self._connection
        # A process that was restarted since knows nothing of the connection: then it is asked by a new one.
        for _ in range(1 + (connection.sock is not None)):
            try:
                connection.request("GET", self._path)
                answer = connection.getresponse()
                content = answer.read().decode("utf-8", "replace")
                return content if answer.status == http.client.OK else None
            except (ConnectionError, http.client.HTTPException):
                connection.close()
            except OSError:
                connection.close()
                return None
        return None

    def close(self) -> None:
        """End the connection, if there is one."""
        self._connection.close()


def page_of(url: str) -> str | None:
    """Ask a process once for its metrics; None where it does not answer."""
    with contextlib.closing(Process(url)) as process:
        return process.page()
