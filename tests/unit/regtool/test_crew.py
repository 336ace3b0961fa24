"""Requests run side by side, so many and no more."""

from __future__ import annotations

import threading

from solakube_regtool.http.parallel import THREADS, Crew

PATIENCE = 60.0
"""Seconds after which the others do not come any more."""


def test_so_many_run_at_a_time_and_no_more() -> None:
    lock, running, most = threading.Lock(), 0, 0
    all_there = threading.Barrier(THREADS)

    def request(item: int) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        # Nobody goes on before all are there: fewer at a time would wait in vain.
        all_there.wait(PATIENCE)
        with lock:
            running -= 1
        return item

    crew = Crew()
    try:
        items = range(5 * THREADS)
        assert list(crew.each(request, items)) == list(items)
    finally:
        crew.close()
    assert most == THREADS == 16
