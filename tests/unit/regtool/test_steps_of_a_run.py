"""The moment that each step of a collection is there for; a collector that leaves it out lets somebody down."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from solakube_regtool.collect.collector import Collector

from tests.model import faults, omissions
from tests.model.distribution import RefusedError, digest_of, image, index
from tests.model.moments import Scene, answered, begun
from tests.model.portions import portions_of
from tests.model.world import GRACE

FOUND, STORED = 4, 6
"""Operations of an upload until it has found its blob in its place, or stored it where it is not."""

FOLDER_MADE = 7
"""Operations of a manifest's push until it has made the folder of its link."""

LOOK_AT_UNNEEDED = "look at a link that nothing needs"

A_WHILE = 0.1
"""Seconds after which no other blob is moved before the next look."""


def asked_for_before_it_is_moved(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.world.pass_a_day()
    scene.begin(until="look at the links")
    assert scene.asks_for_layer(b"layer")
    scene.go_on_while_there(b"layer")
    scene.put(content)


def asked_for_while_it_is_moved(scene: Scene) -> None:
    answered(scene.registry.upload("a", b"layer"))
    scene.world.pass_a_day()
    scene.begin(until="move the blob")
    assert scene.asks_for_layer(b"layer")
    scene.go_on()
    scene.put(image([b"layer"]))


def linked_before_it_is_moved(scene: Scene) -> None:
    scene.unneeded(b"layer")
    scene.world.pass_a_day()
    scene.unneeded(b"used lately")
    scene.begin(until="arm the links")
    answered(scene.registry.upload("b/c", b"layer"))
    # After this its folder's time stamp alone does not tell that it is new.
    time.sleep(0.06)
    scene.go_on_while_there(b"layer")
    scene.put(image([b"layer"]), repository="b/c")


def found_in_its_place_while_it_is_moved(scene: Scene) -> None:
    scene.unneeded(b"layer")
    scene.world.pass_a_day()
    scene.begin(until="look at the links")
    upload = begun(scene.registry.upload("b/c", b"layer"), FOUND)
    scene.go_on(until="look for newcomers")
    assert not scene.has(b"layer")
    scene.world.collect()
    answered(upload)
    scene.put(image([b"layer"]), repository="b/c")


def stored_again_while_it_is_moved(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.world.pass_a_day()
    request = begun(scene.registry.put_manifest("a", content, "1"), 3)
    scene.begin(until="wait for the requests under way")
    assert not scene.has(content)
    answered(request)
    scene.world.collect()
    assert answered(scene.registry.pull("a", "1"))


def stored_again_for_a_minute(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.world.pass_a_day()
    request = begun(scene.registry.put_manifest("a", content, "1"), 3)
    began = scene.world.clock.now()
    scene.begin(until="wait for the requests under way")
    while scene.world.clock.now() < began + 59 and scene.world.collect():
        pass
    answered(request)
    scene.go_on()
    assert answered(scene.registry.pull("a", "1"))


def stored_again_while_others_are_moved(scene: Scene) -> None:
    contents = [scene.unneeded(bytes([number])) for number in range(4)]
    first = min(contents, key=digest_of)
    scene.world.pass_a_day()
    request = begun(scene.registry.put_manifest("a", first, "1"), 3)
    scene.begin(until="look at the links")
    scene.go_on_while_there(first)
    scene.world.clock.forward(A_WHILE)
    scene.go_on(until="look at the links")
    answered(request)
    while not scene.has(first) and (step := scene.world.collect()):
        assert step.name != "wait for the requests under way"
        scene.world.clock.forward(A_WHILE)
    scene.go_on()
    assert answered(scene.registry.pull("a", "1"))


def signed_and_stored_again_while_it_is_moved(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    signature = scene.push([b"signature"], subject=digest_of(content))
    scene.world.pass_a_day()
    request = begun(scene.registry.put_manifest("a", content, "1"), 3)
    scene.begin(until="wait for the requests under way")
    answered(request)
    scene.go_on()
    assert scene.registry.has_blob(digest_of(signature))


def asked_for_though_a_request_is_under_way(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.world.pass_a_day()
    scene.start_upload()
    scene.world.begin_collection(wait=False)
    while step := scene.world.collect():
        if step.name == "wait for a moment without requests":
            scene.world.finish_clients()
        # Where metrics tell that no request is under way, no client can do all of this meanwhile.
        moves_the_layer = step.name == "move the blob" and not scene.has(content)
        if moves_the_layer and not step.alone and scene.asks_for_layer(b"layer"):
            scene.go_on_while_there(b"layer")
            scene.put(content)


def used_lately_and_no_more(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.begin(wait=True)
    assert not scene.has(content)
    assert not scene.has(b"layer")


def named_by_an_index_that_went_first(scene: Scene) -> None:
    part = scene.push([b"layer"])
    first = scene.put(index([part]), "1")
    scene.push([b"another"], "1")
    scene.begin()
    scene.world.clock.forward(2 * GRACE)
    assert scene.asks(part)
    scene.begin(wait=True)
    assert not scene.has(first)
    assert not scene.has(part)


def stored_and_not_yet_linked(scene: Scene) -> None:
    upload = begun(scene.registry.upload("a", b"layer"), STORED)
    scene.begin()
    answered(upload)
    scene.put(image([b"layer"]))


def asked_for_as_a_whole(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.world.pass_a_day()
    scene.begin(until="look at the links")
    assert scene.asks(content)
    scene.go_on_while_there(b"layer")
    scene.put(content, "1")


def asked_for_as_a_whole_before_its_slice(scene: Scene) -> None:
    first, second = sorted((scene.unneeded(b"one"), scene.unneeded(b"two")), key=digest_of)
    layer = b"one" if second == image([b"one"]) else b"two"
    scene.world.pass_a_day()
    assert scene.asks(first)
    scene.begin(until="arm the links")
    assert scene.asks(second)
    scene.go_on_while_there(layer)
    scene.put(second, "1")


def signed_and_stored_again_in_an_earlier_slice(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    contents = (image([bytes([number])], digest_of(content)) for number in range(256))
    signature = next(made for made in contents if digest_of(made) > digest_of(content))
    scene.push([signature_layer(signature)], subject=digest_of(content))
    scene.world.pass_a_day()
    request = begun(scene.registry.put_manifest("a", content, "1"), 3)
    scene.begin(until="wait for the requests under way")
    answered(request)
    scene.go_on_while_there(signature)
    assert scene.has(signature)


def signature_layer(signature: bytes) -> bytes:
    """Give the one layer of a signature made above."""
    return next(bytes([number]) for number in range(256) if digest_of(bytes([number])) in signature.decode())


def a_signed_image_that_was_asked_for_lately(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    tag = f"sha256-{digest_of(content)}.sig"
    scene.push([b"signature"], tag)
    scene.world.pass_a_day()
    assert scene.asks(content)
    scene.begin()
    assert answered(scene.registry.pull("a", tag))


def a_signature_that_is_asked_for_while_it_goes(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    tag = f"sha256-{digest_of(content)}.sig"
    scene.push([b"signature"], tag)
    scene.world.pass_a_day()
    scene.begin(until="remove the tag of an attachment")
    scene.push([b"layer"], "1")
    assert answered(scene.registry.head_tag("a", tag))
    scene.go_on()
    assert answered(scene.registry.pull("a", tag))


def a_link_whose_blob_another_stores_before_it_goes(scene: Scene) -> None:
    content, link = a_link_to_nothing(scene)
    scene.begin(until="look at the link and for its blob")
    scene.push([b"layer"], repository="b/c")
    assert scene.asks(content)
    while link.exists() and scene.world.collect():
        pass
    scene.put(index([content]))


def a_link_whose_blob_another_stores_while_it_goes(scene: Scene) -> None:
    content, _ = a_link_to_nothing(scene)
    scene.begin(until="move the link away")
    scene.push([b"layer"], repository="b/c")
    assert scene.asks(content)
    scene.go_on()
    scene.put(index([content]))


def a_kill_while_a_link_goes_that_was_asked_for(scene: Scene) -> None:
    content, link = a_link_to_nothing(scene)
    scene.begin(until="move the link away")
    scene.push([b"layer"], repository="b/c")
    assert scene.asks(content)
    scene.world.collect()
    assert not link.exists()
    scene.world.kill()
    scene.go_on()
    scene.put(index([content]))


def a_link_to_nothing(scene: Scene) -> tuple[bytes, Path]:
    """Have a link that leads to nothing, and that nobody has used for long; gives its manifest and the link."""
    content = scene.unneeded(b"layer")
    link = scene.lose(content)
    scene.world.pass_a_day()
    return content, link


def an_unneeded_link_that_is_asked_for_before_it_goes(scene: Scene) -> None:
    content, link = an_unneeded_link(scene)
    scene.begin(until=LOOK_AT_UNNEEDED)
    assert scene.asks(content)
    while link.exists() and scene.world.collect():
        pass
    scene.put(index([content]))


def an_unneeded_link_that_is_asked_for_while_it_goes(scene: Scene) -> None:
    content, _ = an_unneeded_link(scene)
    scene.begin(until="move it away")
    assert scene.asks(content)
    scene.go_on()
    scene.put(index([content]))


def a_kill_while_an_unneeded_link_goes_that_was_asked_for(scene: Scene) -> None:
    content, link = an_unneeded_link(scene)
    scene.begin(until="move it away")
    assert scene.asks(content)
    scene.world.collect()
    assert not link.exists()
    scene.world.kill()
    scene.go_on()
    scene.put(index([content]))


def an_unneeded_link_that_was_opened_before_it_goes(scene: Scene) -> None:
    content, link = an_unneeded_link(scene)
    scene.begin(until="move it away")
    reader = scene.start_reading(link)
    scene.go_on(until="wait for a moment without requests")
    scene.world.step(reader)
    scene.go_on()
    scene.put(index([content]))


def a_link_that_nobody_needs_any_more(scene: Scene) -> None:
    content, link = an_unneeded_link(scene)
    repository = link.parents[4]
    assert scene.asks(content)
    assert scene.asks_for_layer(b"layer")
    scene.begin()
    assert repository.exists()
    scene.world.clock.forward(2 * GRACE)
    scene.begin()
    assert not repository.exists(), "the repository is left"


def an_unneeded_link(scene: Scene) -> tuple[bytes, Path]:
    """Have a repository that needs nothing of what it links, while another does; gives its manifest and the link."""
    content = scene.unneeded(b"layer")
    scene.push([b"layer"], "1", repository="b/c")
    scene.world.pass_a_day()
    return content, scene.link(content)


def a_folder_that_a_link_is_written_into(scene: Scene) -> None:
    scene.push([b"layer", b"another"], "1")
    content, link = a_link_to_nothing(scene)
    link.unlink()
    scene.begin(until="remove an empty folder")
    request = begun(scene.registry.put_manifest("a", content, ""), FOLDER_MADE)
    scene.go_on()
    answered(request)


def killed_while_it_frees(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.world.pass_a_day()
    scene.begin(until="free the blob")
    scene.go_on(until="free the blob")
    scene.world.kill()
    scene.go_on()
    if scene.asks(content):
        scene.put(content, "1")


def asked_for_between_two_runs(scene: Scene) -> None:
    content = scene.unneeded(b"layer")
    scene.begin()
    scene.go_on()
    scene.world.pass_a_day()
    assert scene.asks_for_layer(b"layer")
    scene.begin()
    scene.go_on()
    scene.put(content)


def stored_in_part_while_it_is_away(scene: Scene) -> None:
    scene.unneeded(b"layer")
    scene.world.pass_a_day()
    scene.begin(until="look at the links")
    scene.go_on_while_there(b"layer")
    # A registry that was killed while it wrote it.
    file = Path(scene.registry.blob(digest_of(b"layer")))
    file.parent.mkdir()
    file.write_bytes(b"lay")
    scene.world.kill()
    scene.go_on()
    assert file.read_bytes() == b"layer"


def pushed_by_digest_while_a_run_begins(scene: Scene) -> None:
    scene.unneeded(b"layer")
    scene.begin(until="arm the links", wait=True)
    part = scene.push([b"part"])
    scene.go_on()
    scene.put(index([part]), "1")


MOMENTS: list[tuple[Callable[[Scene], None], list[type[Collector]]]] = [
    (asked_for_before_it_is_moved, [omissions.NoLookAtLinksBeforeMoving]),
    (asked_for_while_it_is_moved, [faults.NoLookAtLinksAfterMoving, omissions.DeletesWhatIsWanted]),
    (
        linked_before_it_is_moved,
        [omissions.NoLookForNewcomers, omissions.NoNewcomersBeforeMoving, omissions.LateNewcomers],
    ),
    (found_in_its_place_while_it_is_moved, [omissions.NoLookAfterABatch, omissions.NoSizesOfUploads]),
    (stored_again_while_it_is_moved, [omissions.NoSettling, omissions.NoLookWhileSettling]),
    (stored_again_for_a_minute, [omissions.NoSettling, omissions.ImpatientWithoutMetrics]),
    (stored_again_while_others_are_moved, [omissions.NoLookWhileOthersAreMoved]),
    (signed_and_stored_again_while_it_is_moved, [omissions.NoMarkBeforeFreeing]),
    (asked_for_though_a_request_is_under_way, [omissions.NoWaitForAMoment]),
    (used_lately_and_no_more, [omissions.NoArming]),
    (named_by_an_index_that_went_first, [omissions.ForgetsWhatWasNamed]),
    (stored_and_not_yet_linked, [omissions.NoAgeOfBlobs]),
    (asked_for_as_a_whole, [omissions.NoRelianceOnParts, omissions.NoRelianceWhileMoving]),
    (asked_for_as_a_whole_before_its_slice, [omissions.NoRelianceInSorting]),
    (signed_and_stored_again_in_an_earlier_slice, [omissions.NoLaterMarkInSorting]),
    (a_signed_image_that_was_asked_for_lately, [omissions.NoUseInTheMark]),
    (a_signature_that_is_asked_for_while_it_goes, [omissions.ReleasesUnseeing]),
    (a_link_whose_blob_another_stores_before_it_goes, [omissions.NoLookBeforeALinkGoes]),
    (a_link_whose_blob_another_stores_while_it_goes, [omissions.NoLookAfterALinkWent]),
    (a_kill_while_a_link_goes_that_was_asked_for, [omissions.NoJournal]),
    (an_unneeded_link_that_is_asked_for_before_it_goes, [omissions.NoLookBeforeAnUnneededLinkGoes]),
    (an_unneeded_link_that_is_asked_for_while_it_goes, [omissions.NoLookAfterAnUnneededLinkWent]),
    (a_kill_while_an_unneeded_link_goes_that_was_asked_for, [omissions.NoJournal]),
    (an_unneeded_link_that_was_opened_before_it_goes, [omissions.NoWaitForReaders]),
    (a_link_that_nobody_needs_any_more, [omissions.LeavesDesertedRepositories]),
    (a_folder_that_a_link_is_written_into, [omissions.RemovesFoldersAtAnyTime]),
    (killed_while_it_frees, [omissions.LayersFirst]),
    (asked_for_between_two_runs, [omissions.NoAccessTimes]),
    (stored_in_part_while_it_is_away, [omissions.PutsBackUnchecked]),
    (pushed_by_digest_while_a_run_begins, []),
]
_SLICED = frozenset(
    (
        asked_for_as_a_whole_before_its_slice,
        signed_and_stored_again_in_an_earlier_slice,
        pushed_by_digest_while_a_run_begins,
    )
)
_KNOWN = frozenset(
    (
        asked_for_though_a_request_is_under_way,
        an_unneeded_link_that_is_asked_for_before_it_goes,
        an_unneeded_link_that_is_asked_for_while_it_goes,
        a_kill_while_an_unneeded_link_goes_that_was_asked_for,
        an_unneeded_link_that_was_opened_before_it_goes,
        a_link_that_nobody_needs_any_more,
    )
)


def play(moment: Callable[[Scene], None], folder: Path, new_collector: type[Collector]) -> None:
    """Let a moment come.

    Raises:
        AssertionError, RefusedError: somebody was let down.
    """
    with portions_of(examined=int(moment in _SLICED), away=int(moment is stored_again_while_others_are_moved)):
        moment(Scene(folder, new_collector, known=moment in _KNOWN))


@pytest.mark.parametrize("moment", [moment for moment, _ in MOMENTS], ids=lambda moment: moment.__name__)
def test_nobody_is_let_down(tmp_path: Path, moment: Callable[[Scene], None]) -> None:
    play(moment, tmp_path / "data", Collector)


@pytest.mark.parametrize(
    ("moment", "fault"),
    [pytest.param(moment, fault, id=fault.__name__) for moment, faults in MOMENTS for fault in faults],
)
def test_whoever_leaves_the_step_out_lets_somebody_down(
    tmp_path: Path, moment: Callable[[Scene], None], fault: type[Collector]
) -> None:
    with pytest.raises((AssertionError, RefusedError)):
        play(moment, tmp_path / "data", fault)
