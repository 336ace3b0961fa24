"""What the registry is doing at the moment, by its own metrics (`http.debug` with `prometheus.enabled`)."""

from __future__ import annotations

import http.client
import re
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
        answered: requests on images it has answered since it was started.
    """

    idle: bool
    answered: int


class Activity:
    """A registry's metrics.

    Args:
        url: of its debug address, such as `http://127.0.0.1:5001`; empty where there is none.
    """

    def __init__(self, url: str = "") -> None:
        self._address = urlsplit(url).netloc
        self._path = urlsplit(url).path.rstrip("/") or "/metrics"

    def moment(self) -> Moment | None:
        """Tell what the registry is doing at this moment; None if that cannot be told."""
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
        return Moment(not under_way, int(answered))

    def served(self) -> Served | None:
        """Give what the registry has served; None if that cannot be told."""
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

    def has_cache(self) -> bool:
        """Tell whether the registry remembers which blobs there are: then its metrics tell of that cache's use."""
        return _CACHE.search(self.page() or "") is not None

    def _samples(self) -> list[tuple[str, dict[str, str], float]] | None:
        page = self.page()
        if page is None:
            return None
        return [(name, dict(_LABEL.findall(labels)), float(value)) for name, labels, value in _SAMPLE.findall(page)]

    def page(self) -> str | None:
        """Give the registry's metrics in Prometheus' text format; None where it does not answer."""
        if not self._address:
            return None
        connection = http.client.HTTPConnection(self._address, timeout=_TIME_LIMIT)
        try:
            connection.request("GET", self._path)
            answer = connection.getresponse()
            content = answer.read().decode("utf-8", "replace")
            return content if answer.status == http.client.OK else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()
