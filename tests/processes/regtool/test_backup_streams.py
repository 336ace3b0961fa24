"""Backups by streams are those by folders; cut off or killed anywhere nothing is lost, and the next run ends it."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Set
from functools import partial
from pathlib import Path

import pytest
from solakube_regtool.backup import receiving, restoring, stream, taking
from solakube_regtool.backup.copying import copy_blob
from solakube_regtool.backup.incoming import StreamOrigin
from solakube_regtool.backup.origin import TreeOrigin, named, opened_tree
from solakube_regtool.backup.references import read_repository
from solakube_regtool.backup.sending import outgoing, returning
from solakube_regtool.backup.stream import CutOffError, Stream
from solakube_regtool.backup.target import Target
from solakube_regtool.collect.holding import deletions_held
from solakube_regtool.commands import pipes
from solakube_regtool.errors import RegtoolError
from solakube_regtool.oci import digests
from solakube_regtool.storage.leases import Leases
from solakube_regtool.storage.tree import Tree

from tests.unit.regtool.backups import Backups, SmallTreeAt
from tests.unit.regtool.children import exit_code
from tests.unit.regtool.collecting import blobs
from tests.unit.retention.trees import SmallTree

Step = Callable[[str], None]


def silent(_: str) -> None:
    """Heed no progress."""


def killing(steps: int) -> Step:
    """Kill this process after so many steps."""
    left = iter(range(steps))

    def step(_: str) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def program(data: Path, *arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "solakube_regtool", "--data", str(data), "--json", *arguments)


def lines(keys: Iterable[bytes]) -> bytes:
    return "".join(f"{digests.text(key)}\n" for key in keys).encode()


@contextlib.contextmanager
def sent(data: Path, there: Set[bytes]) -> Iterator[StreamOrigin]:
    """Have the program send, in a process of its own."""
    with subprocess.Popen(program(data, "backup-send"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as sender:
        assert sender.stdin is not None
        assert sender.stdout is not None
        sender.stdin.write(lines(there))
        sender.stdin.close()
        yield StreamOrigin(Stream(sender.stdout))
    assert sender.returncode == 0


def written(data: Path, there: Set[bytes] = frozenset()) -> list[bytes]:
    """All that is sent, as it is written."""
    return list(outgoing(TreeOrigin(Tree(str(data)), lambda: None), there))


def take(backups: Backups, content: bytes | None = None, step: Step = silent) -> taking.Taken:
    """Take a backup from what is sent, or from the beginning of that."""

    @contextlib.contextmanager
    def opened(there: Set[bytes]) -> Iterator[StreamOrigin]:
        whole = content if content is not None else b"".join(written(backups.registry.data, there))
        yield StreamOrigin(Stream(io.BytesIO(whole)))

    return taking.take(opened, Target(str(backups.target.data)), step)


def taken_until(backups: Backups, steps: int) -> None:
    """Take a backup, and kill this process after so many steps."""
    take(backups, step=killing(steps))


def brought_back(backups: Backups, reference: str | None = None) -> tuple[set[str], list[bytes]]:
    """What the empty registry lacks, and what is sent of that, as it is written."""
    target, registry = Target(str(backups.target.data)), Tree(str(backups.empty))
    absent = receiving.prepare(registry, named(restoring.select(target, None, reference)))
    wanted = restoring.select(target, None, reference)
    return {*map(digests.text, absent)}, list(returning(target.tree, wanted, set(absent)))


def receive(backups: Backups, content: bytes, step: Step = silent) -> list[restoring.Restored]:
    return list(receiving.receive(Tree(str(backups.empty)), Stream(io.BytesIO(content)), step))


def received_until(backups: Backups, content: bytes, steps: int) -> None:
    """Receive what is sent back, and kill this process after so many steps."""
    receive(backups, content, killing(steps))


def cuts(data: list[bytes]) -> Iterator[bytes]:
    """What arrives where the connection breaks: between any two lines, and within each."""
    before = b""
    for one in data:
        yield before
        yield before + one[: len(one) // 2]
        before += one


# Taking a backup


def test_what_a_process_sends_is_the_backup_that_a_folder_would_get(backups: Backups) -> None:
    taken = taking.take(lambda there: sent(backups.registry.data, there), Target(str(backups.target.data)), silent)
    by_folder = backups.on(backups.registry.data, "backup", str(backups.target.data.parent / "other"))[0]
    differing = {"name", "taken", "type", "target"}
    assert {key: value for key, value in taken.figures().items() if key not in differing} == {
        key: value for key, value in by_folder.items() if key not in differing
    }
    assert blobs(backups.target) == blobs(backups.registry)
    backups.restore()
    for repository in ("team/app", "other"):
        original = read_repository(Tree(str(backups.registry.data)), repository)
        assert read_repository(Tree(str(backups.empty)), repository) == original


def test_what_is_there_is_not_sent_again(backups: Backups) -> None:
    take(backups)
    digest = backups.registry.whole_image("team/app", "3", [b"shared", b"three"])
    taken = taking.take(lambda there: sent(backups.registry.data, there), Target(str(backups.target.data)), silent)
    assert (taken.copied, taken.summary.tags) == (3, 4)
    assert digest in blobs(backups.target)
    there = {digests.parse(text) for text in blobs(backups.target)}
    assert sum(b'"blob"' in line for line in written(backups.registry.data, there)) == 0


def test_wherever_a_stream_is_cut_off_no_backup_comes_of_it_and_what_came_stays(backups: Backups) -> None:
    before = backups.whole(backups.registry.data)
    whole = written(backups.registry.data)
    for part in cuts(whole):
        with pytest.raises(CutOffError):
            take(backups, part)
        assert Target(str(backups.target.data)).names() == []
        assert blobs(backups.target) <= blobs(backups.registry)
        shutil.rmtree(backups.target.data)
    with pytest.raises(CutOffError):
        take(backups, b"".join(whole[:-2]))
    there = blobs(backups.target)
    assert take(backups).copied == len(blobs(backups.registry)) - len(there)
    backups.restore()
    assert backups.whole(backups.empty) == before


def test_who_receives_a_backup_may_be_killed_at_any_step(backups: Backups) -> None:
    steps = 0
    while exit_code(partial(taken_until, backups, steps)) == -signal.SIGKILL:
        assert Target(str(backups.target.data)).names() == []
        shutil.rmtree(backups.target.data)
        steps += 1
    assert steps > len(blobs(backups.registry))
    assert len(backups.moments()) == 1
    backups.restore()
    assert backups.whole(backups.empty) == backups.whole(backups.registry.data)


def test_who_sends_a_backup_may_be_killed_at_any_step_and_holds_nothing_then(backups: Backups) -> None:
    tree = Tree(str(backups.registry.data))

    def send(steps: int) -> None:
        step = killing(steps)
        with opened_tree(tree, deletions_held(tree, "backup-test")) as origin:
            for _ in outgoing(origin, set()):
                assert Leases(tree).held() != []
                step("")

    steps = 0
    while (code := exit_code(partial(send, steps))) == -signal.SIGKILL:
        assert Leases(tree).held() == []
        steps += 1
    assert (code, steps) == (0, len(written(backups.registry.data)))
    assert Leases(tree).held() == []


def test_one_whose_reader_has_gone_ends_by_itself_and_is_no_obstacle(
    backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a pod, where the pipe stays open when nobody reads it any more."""
    monkeypatch.setattr(pipes, "STALL", 0.2)
    unread, full = os.pipe()
    tree = Tree(str(backups.registry.data))
    backups.registry.image("large", "1", [bytes(1 << 20)])

    def send() -> None:
        # The tests' own time limit is such a signal, too.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        sys.stdout = os.fdopen(full, "w")
        with opened_tree(tree, deletions_held(tree, "backup-test")) as origin:
            for data in outgoing(origin, set()):
                pipes.send(data)

    assert exit_code(send) == -signal.SIGALRM
    assert Leases(tree).held() == []
    os.close(unread)
    os.close(full)


def test_a_second_one_is_sent_beside_the_first(backups: Backups) -> None:
    # More than a pipe takes: the first one cannot end before it is read.
    backups.registry.image("large", "1", [bytes(1 << 20)])
    tree, other = Tree(str(backups.registry.data)), Target(str(backups.target.data.parent / "other"))
    with sent(backups.registry.data, set()) as first:
        assert len(Leases(tree).held()) == 1
        second = taking.take(lambda there: sent(backups.registry.data, there), other, silent)
        taken = taking.take(lambda _: contextlib.nullcontext(first), Target(str(backups.target.data)), silent)
        assert taken.copied == second.copied == len(blobs(backups.registry))
    assert Leases(tree).held() == []


def test_damaged_blobs_are_told_and_missing_ones_counted(backups: Backups) -> None:
    digest = backups.registry.blob(b"one")
    backups.registry.blob_path(digest).write_bytes(b"One")
    shutil.rmtree(backups.registry.blob_path(backups.registry.image("other", "", [b"gone"])).parent)
    taken = take(backups)
    assert taken.faults == (f"the blob {digest} has other content",)
    assert taken.summary.missing == 1
    assert digest not in blobs(backups.target)


def test_what_the_other_side_cannot_do_is_told(backups: Backups) -> None:
    problem = stream.line("problem", what="it broke", why="the volume is failing", remedy="save what can be read")
    for count in range(1, len(written(backups.registry.data))):
        head = b"".join(written(backups.registry.data)[:count])
        with pytest.raises(RegtoolError, match="it broke"):
            take(backups, head + stream.line("progress", text="at work") + problem)
        shutil.rmtree(backups.target.data)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"no JSON\n", "no stream of a backup"),
        (stream.line(stream.TAKEN, format=2, at=1.0), "another version"),
        (stream.line(stream.ALL), "out of order"),
    ],
)
def test_what_is_no_such_stream_is_refused(backups: Backups, content: bytes, told: str) -> None:
    with pytest.raises(RegtoolError, match=told):
        take(backups, content)
    assert Target(str(backups.target.data)).names() == []


def test_the_registry_remembers_a_backup_that_went_elsewhere(backups: Backups) -> None:
    backups.on(backups.registry.data, "backup-sent", "--tags=3", "--copied-bytes=7", "--seconds=1.5", "--", "all of it")
    told = backups.on(backups.registry.data, "last-run")
    assert [(run["command"], run["success"], run["sentence"]) for run in told] == [("backup", True, "all of it")]
    backups.on(
        backups.registry.data, "backup-sent", "--tags=3", "--copied-bytes=7", "--seconds=2", "--failed", "--", ""
    )
    assert not backups.on(backups.registry.data, "last-run")[0]["success"]
    backups.on(backups.registry.data, "backup-sent", "--seconds=2", "--failed", "--", "the connection broke")
    (last,) = backups.on(backups.registry.data, "last-run")
    assert "backup failed: the connection broke (it last succeeded " in last["summary"]
    assert last["figures"].keys() == {"succeeded"}


# Bringing it back


def test_what_is_lacking_alone_is_sent_back_and_comes_with_its_times(backups: Backups) -> None:
    take(backups)
    absent, data = brought_back(backups)
    assert absent == blobs(backups.registry)
    assert {one.done for one in receive(backups, b"".join(data))} == {"made"}
    for repository in ("team/app", "other"):
        original = read_repository(Tree(str(backups.registry.data)), repository)
        assert read_repository(Tree(str(backups.empty)), repository) == original
    absent, data = brought_back(backups)
    assert absent == set()
    assert {one.done for one in receive(backups, b"".join(data))} == {"there"}


def test_a_process_brings_back_one_image(backups: Backups) -> None:
    take(backups)
    target = Target(str(backups.target.data))
    keys = named(restoring.select(target, None, "team/app:2"))
    asked = subprocess.run(program(backups.empty, "restore-absent"), input=lines(keys), capture_output=True, check=True)
    assert len(asked.stdout.splitlines()) == 4
    given = b"".join(brought_back(backups, "team/app:2")[1])
    done = subprocess.run(program(backups.empty, "restore-receive"), input=given, capture_output=True, check=True)
    assert b'"done": "made"' in done.stdout
    assert backups.whole(backups.empty).keys() == {"team/app:2"}
    assert len(blobs(SmallTreeAt(backups.empty))) == 4


def test_wherever_what_is_sent_back_is_cut_off_the_next_run_ends_it(backups: Backups) -> None:
    take(backups)
    before = backups.whole(backups.registry.data)
    parts = list(cuts(brought_back(backups)[1]))
    for part in parts:
        with pytest.raises(CutOffError):
            receive(backups, part)
        assert backups.whole(backups.empty).items() <= before.items()
        assert Leases(Tree(str(backups.empty))).held() == []
        receive(backups, b"".join(brought_back(backups)[1]))
        assert backups.whole(backups.empty) == before
        shutil.rmtree(backups.empty)
        backups.empty.mkdir()


def test_who_receives_what_is_sent_back_may_be_killed_at_any_step(backups: Backups) -> None:
    take(backups)
    before, steps = backups.whole(backups.registry.data), 0
    content = b"".join(brought_back(backups)[1])
    while exit_code(partial(received_until, backups, content, steps)) == -signal.SIGKILL:
        assert backups.whole(backups.empty).items() <= before.items()
        assert Leases(Tree(str(backups.empty))).held() == []
        steps += 1
    assert steps > 2
    assert backups.whole(backups.empty) == before


def test_nothing_is_deleted_between_the_question_and_the_answer(backups: Backups) -> None:
    take(backups)
    kept = SmallTree(backups.empty.parent / "kept").image("kept", "1", [b"kept"])
    shutil.copytree(backups.empty.parent / "kept", backups.empty, dirs_exist_ok=True)
    data = brought_back(backups)[1]
    (told,) = backups.on(backups.empty, "delete", "kept:1", code=1)
    assert told["what"] == "nothing may be deleted at this moment"
    assert kept in blobs(SmallTreeAt(backups.empty))
    receive(backups, b"".join(data))
    backups.on(backups.empty, "delete", "kept:1")


def test_what_rots_in_the_backup_or_is_gone_from_it_keeps_its_tags_from_coming_back(backups: Backups) -> None:
    take(backups)
    rotten, gone = backups.registry.blob(b"two"), backups.registry.blob(b"other")
    backups.target.blob_path(rotten).write_bytes(b"Two")
    shutil.rmtree(backups.target.blob_path(gone).parent)
    told = {one.image: one.done for one in receive(backups, b"".join(brought_back(backups)[1]))}
    assert told["team/app:2"] == f"the backup has not got {rotten}"
    assert told["other:1"] == f"the backup has not got {gone}"
    assert backups.whole(backups.empty).keys() == {"team/app:1"}


def test_a_program_that_refuses_says_so_and_reads_what_is_still_to_come(backups: Backups) -> None:
    tree = Tree(str(backups.empty))
    given = bytes(1 << 20)
    with deletions_held(tree, "restore"):
        command = program(backups.empty, "restore-receive")
        done = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=False)
    told = done.stdout.splitlines()
    assert done.returncode == 1
    assert b'"refused"' in told[0]
    assert b"restore is at work already" in told[1]


# Copying


def test_a_volume_that_takes_a_part_of_a_piece_makes_no_blob_of_it(backups: Backups) -> None:
    """As one that fills up: what was asked to be written is written in part, and no error is told."""
    content = bytes(3 << 19)
    digest = backups.registry.blob(content)
    target = Tree(str(backups.target.data))

    def copy() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5 << 18, 5 << 18))
        with contextlib.suppress(OSError):
            copy_blob(Tree(str(backups.registry.data)), target, digests.parse(digest))

    assert exit_code(copy) == 0
    assert target.blob_size(digests.parse(digest)) is None
