"""Running programs beside the data."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine
from solakube_core.model import Program
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.e2e.support.waiting import PATIENCE
from tests.heard import Heard


@pytest.fixture(scope="module")
def place(engine: KubernetesEngine, kubectl: Kubectl) -> Iterator[str]:
    """A namespace with the component running, shared by this module's tests."""
    name = "engine-run"
    plan = samples.plan(name, samples.config_map(name), samples.deployment(name))
    engine.apply(plan, Heard())
    engine.wait(plan, Heard(), PATIENCE)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


def program(place: str, *arguments: str, executable: str = "python", container: str = "server") -> Program:
    return Program(place, executable, arguments, place, {"app": "web"}, container)


def test_lines_exit_code_and_errors_come_back(engine: KubernetesEngine, place: str) -> None:
    code = "import sys; print('one'); print('two', sys.argv[1]); print('oops', file=sys.stderr); sys.exit(7)"
    execution = engine.run(program(place, "-c", code), ("a b $HOME 'quoted'",))
    assert list(execution) == ["one", "two a b $HOME 'quoted'"]
    assert execution.exit_code == 7
    assert execution.errors == "oops\n"


def test_lines_arrive_while_the_program_runs(engine: KubernetesEngine, place: str) -> None:
    code = "import os; os.mkfifo('/tmp/more'); print('first', flush=True); print(open('/tmp/more').read())"
    lines = iter(engine.run(program(place, "-c", code), ()))
    assert next(lines) == "first"
    # It ends only once it is told what else to write.
    assert list(engine.run(program(place, "-c", "open('/tmp/more', 'w').write('second')"), ())) == []
    assert list(lines) == ["second"]


def test_standard_input_is_passed_on_and_ends(engine: KubernetesEngine, place: str) -> None:
    text = "".join(f"zeile {number} ä€𝄞\n" for number in range(20_000))
    code = "import hashlib, sys; data = sys.stdin.buffer.read(); print(len(data), hashlib.md5(data).hexdigest())"
    execution = engine.run(program(place, "-c", code), (), stdin=text)
    expected = f"{len(text.encode())} {hashlib.md5(text.encode()).hexdigest()}"
    assert list(execution) == [expected]
    assert execution.exit_code == 0


def test_a_program_may_end_without_reading_its_input(engine: KubernetesEngine, place: str) -> None:
    execution = engine.run(program(place, "-c", "import sys; print('done'); sys.exit(5)"), (), stdin="x" * 50_000)
    assert list(execution) == ["done"]
    assert execution.exit_code == 5


def test_without_input_a_program_that_reads_does_not_hang(engine: KubernetesEngine, place: str) -> None:
    execution = engine.run(program(place, "-c", "import sys; print(repr(sys.stdin.read()))"), ())
    assert list(execution) == ["''"]


def test_characters_survive_wherever_the_stream_is_cut(engine: KubernetesEngine, place: str) -> None:
    code = "print('ä€𝄞' * 300_000); print('end')"
    long, end = engine.run(program(place, "-c", code), ())
    assert (long, end) == ("ä€𝄞" * 300_000, "end")


def test_a_lot_of_output_is_read_as_it_is_asked_for(engine: KubernetesEngine, place: str) -> None:
    code = "for number in range(1_000_000): print(number)"
    execution = engine.run(program(place, "-c", code), ())
    assert sum(1 for _ in execution) == 1_000_000
    assert execution.exit_code == 0


def test_reading_can_be_given_up(engine: KubernetesEngine, place: str) -> None:
    execution = engine.run(program(place, "-c", "while True: print('y' * 100)"), ())
    for line in execution:
        assert line == "y" * 100
        break


def test_bytes_go_both_ways_as_they_come(engine: KubernetesEngine, place: str) -> None:
    pieces = [os.urandom(size) for size in (1, 1 << 20, 16 << 10, (16 << 10) + 1)]
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.exit(3)"
    execution = engine.run(program(place, "-c", code), (), stdin=iter(pieces))
    assert b"".join(execution.pieces()) == b"".join(pieces)
    assert execution.exit_code == 3


def test_a_program_that_is_not_there_is_an_error(engine: KubernetesEngine, place: str) -> None:
    execution = engine.run(program(place, executable="no-such-program"), ())
    with pytest.raises(SolakubeError, match="nothing could be run in container server") as caught:
        list(execution)
    assert "no-such-program" in caught.value.problems[0].why


def test_a_container_that_is_not_there_is_an_error(engine: KubernetesEngine, place: str) -> None:
    with pytest.raises(SolakubeError, match="no running container other with the labels app=web"):
        engine.run(program(place, container="other"), ())


def test_a_pod_that_goes_away_in_the_middle_is_an_error(engine: KubernetesEngine, kubectl: Kubectl, place: str) -> None:
    code = "import time; print('begun', flush=True); time.sleep(60)"
    execution = engine.run(program(place, "-c", code), ())
    lines = iter(execution)
    assert next(lines) == "begun"
    kubectl("delete", "pod", "-n", place, "-l", "app=web", "--grace-period=1", "--wait=false")
    # Either the connection is lost, or the kill is told as an exit code; it never looks like success.
    with contextlib.suppress(SolakubeError):
        assert list(lines) == []
        assert execution.exit_code != 0
    kubectl("rollout", "status", "deployment/web", "-n", place, "--timeout=300s")
