"""A registry that serves its images by two processes is idle only when both are, at one moment."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from solakube_regtool.cli import main
from solakube_regtool.collect.activity import Activity, Moment, Served, served_between
from solakube_regtool.commands.registry_options import EVERY_PROCESS

from tests.unit.regtool.collecting import metrics_page, served_pages
from tests.unit.retention.trees import SmallTree


def page(under_way: int = 0, answered: int = 0, pushes: int = 0, pulls: int = 0) -> str:
    return (
        f'registry_http_in_flight_requests{{handler="blob"}} {under_way}\n'
        f'registry_http_requests_total{{code="200",handler="blob",method="head"}} {answered}\n'
        f'registry_http_requests_total{{code="201",handler="manifest",method="put"}} {pushes}\n'
        f'registry_http_requests_total{{code="200",handler="manifest",method="get"}} {pulls}\n'
    )


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serves pages one after the other, the last one again and again; gives their address."""
    with ExitStack() as stack:
        yield lambda *pages: stack.enter_context(served_pages(itertools.chain(pages, itertools.repeat(pages[-1]))))


def test_both_must_be_idle(serve: Callable[..., str]) -> None:
    idle, busy = serve(page(answered=3)), serve(page(under_way=1, answered=4))
    assert Activity(idle, idle).moment() == Moment(True, (3, 3))
    assert Activity(idle, busy).moment() == Moment(False, (3, 4))
    assert Activity(busy, idle).moment() == Moment(False, (4, 3))


def test_what_one_cannot_tell_is_not_known_of_both(serve: Callable[..., str]) -> None:
    with metrics_page("") as gone:
        pass
    assert Activity(serve(page()), gone).moment() is None
    assert Activity(gone, serve(page())).moment() is None
    assert Activity(serve(page()), gone).served() is None
    assert Activity().moment() is None


def test_a_request_that_comes_while_the_other_one_is_asked_counts(serve: Callable[..., str]) -> None:
    begun = serve(page(answered=3), page(under_way=1, answered=3))
    assert Activity(begun, serve(page())).moment() == Moment(False, (3, 0))
    over = serve(page(answered=3), page(answered=4))
    assert Activity(over, serve(page())).moment() == Moment(False, (3, 0))


def test_what_both_served_is_added_up_and_a_restart_of_one_is_its_own(serve: Callable[..., str]) -> None:
    activity = Activity(serve(page(pushes=5), page(pushes=9)), serve(page(pulls=50), page(pulls=7)))
    before, after = activity.served(), activity.served()
    assert before is not None
    assert after is not None
    assert served_between(before, after) == Served(pushes=4, pulls=7)


def test_the_containers_own_word_on_its_processes_is_heard_beside_what_is_asked(
    small_tree: SmallTree,
    serve: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    remembering = serve("registry_storage_cache_requests_total 4\n")
    monkeypatch.setenv(EVERY_PROCESS, f"{serve(page())} {remembering}")
    arguments = ["--data", str(small_tree.data), "garbage-collect", "--grace=0s", f"--metrics={serve(page())}"]
    assert main(arguments) == 1
    assert "the registry does not ask its volume" in capsys.readouterr().err
