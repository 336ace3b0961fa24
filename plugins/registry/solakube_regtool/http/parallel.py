"""Several things at a time, where each waits for a network; never more in memory than a window of them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
Key = TypeVar("Key", bound=Hashable)

THREADS = 16
WINDOW = 4 * THREADS


class Crew:
    """A bounded pool of threads."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS)

    def close(self) -> None:
        """Wait for what is under way, and end the threads."""
        self._pool.shutdown(cancel_futures=True)

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Apply a function to items, and give the results in their order.

        The items are drawn in the calling thread, which may be about to draw them from another `each`. The function
        itself must not wait for the crew.
        """
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(self._pool.submit(function, item))
                if len(waiting) >= WINDOW:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class Once(Generic[Key, Result]):
    """Finds something out once for each key, also when several threads ask at a time: they wait for the first.

    Args:
        find: gives the answer for a key.
    """

    def __init__(self, find: Callable[[Key], Result]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._known: dict[Key, Future[Result]] = {}

    def __call__(self, key: Key) -> Result:
        """Give the answer; an error of the first who asked is raised for all."""
        with self._lock:
            known = self._known.get(key)
            mine = known is None
            if known is None:
                known = self._known[key] = Future()
        if mine:
            try:
                known.set_result(self._find(key))
            except BaseException as error:
                known.set_exception(error)
                raise
        return known.result()
