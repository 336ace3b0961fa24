"""How long a request to the API server is repeated that was put off, or answered by a fault that may pass."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Self

from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import InvalidHeader, ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

RETRY_PERIOD = 30.0
"""Seconds for which a request is repeated, and for which an answer's Retry-After is heeded at most."""

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses of an API server that restarts, is overloaded or has no leader, or of a proxy in front of it."""

_PUT_OFF = frozenset({429, 503})
_QUIET = 3.0

BROKEN = 2
"""How often what only asks is repeated where the connection breaks: an API server that restarts ends those it has."""

_ASKING: ContextVar[bool] = ContextVar("asking", default=False)


@contextmanager
def asking(only: bool) -> Iterator[None]:
    """Tell, for the requests of this thread, whether they change nothing, whatever their HTTP method is.

    Args:
        only: they read, are dry runs, or are reviews of what somebody may do.
    """
    before = _ASKING.set(only)
    try:
        yield
    finally:
        _ASKING.reset(before)


class Retrying(Retry):
    """Repeats what only asks as long as the server's fault may pass; what writes only where the server put it off.

    Anything else that was sent is not repeated, since it may have been carried out.
    """

    def __init__(
        self,
        *args: Any,
        say: Callable[[str], None] = lambda _: None,
        limit: Callable[[], float] = lambda: math.inf,
        **options: Any,
    ) -> None:
        """Take the arguments of `Retry`, which makes copies of itself.

        Args:
            say: is told before a pause that makes somebody wait for more than 3 s.
            limit: tells until when to try at most, on the clock of time.monotonic().
        """
        super().__init__(*args, **options)
        self._say = say
        self._limit = limit
        self._deadline = 0.0

    @classmethod
    def telling(cls, say: Callable[[str], None], limit: Callable[[], float]) -> Self:
        """Return what is given to each request anew."""
        # An answer that leads elsewhere is given back: credentials are for the server that the kubeconfig names.
        counts: dict[str, Any] = {"total": None, "connect": 1, "read": BROKEN, "redirect": False, "other": 0}
        return cls(
            **counts, allowed_methods=frozenset({"GET"}), backoff_factor=0.25, backoff_max=5, say=say, limit=limit
        )

    def new(self, **changed: Any) -> Self:
        """Return what holds after one more try; the first that failed begins the time."""
        later = super().new(say=self._say, limit=self._limit, **changed)
        later._deadline = self._deadline or min(time.monotonic() + RETRY_PERIOD, self._limit())
        return later

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Return what holds after one more try.

        Raises:
            ReadTimeoutError: there was no answer in time; whoever has taken so long will not be quicker.
            MaxRetryError: it was tried often enough.
        """
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment("GET" if _ASKING.get() else method, url, response, error, _pool, _stacktrace)

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Tell whether an answer is worth another try."""
        only_asks = method == "GET" or _ASKING.get()
        repeatable = status_code in PASSING if only_asks else has_retry_after and status_code in _PUT_OFF
        return repeatable and not (self._deadline and time.monotonic() >= self._deadline)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Pause as long as the server asks for, else a little longer each time, but not beyond the end of the time."""
        left = self._deadline - time.monotonic()
        pause = max(0.0, min(self._asked_for(response) or self.get_backoff_time(), left))
        if response and RETRY_PERIOD - left + pause > _QUIET:
            self._say(f"the API server answers {response.status}: trying again for up to {left:.0f} s")
        time.sleep(pause)

    def _asked_for(self, response: BaseHTTPResponse | None) -> float | None:
        try:
            return self.get_retry_after(response) if response else None
        except InvalidHeader:
            return None
