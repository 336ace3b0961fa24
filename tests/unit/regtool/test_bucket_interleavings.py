"""The collector of a bucket among clients, on a model of the registries; tests/model/bucket runs many more of these."""

from __future__ import annotations

import random

import pytest
from solakube_regtool.objects.collector import ObjectCollector

from tests.model.bucket.interleaving import Interleaving
from tests.model.bucket.world import World
from tests.model.distribution import digest_of, image
from tests.model.moments import answered

LAYERS = (b"one layer", b"another layer")


@pytest.mark.parametrize("seed", range(10))
def test_no_image_is_lost_and_no_push_refused(seed: int) -> None:
    Interleaving(seed).run()


def world_with_garbage() -> World:
    """A registry with an image that nothing needs."""
    world = World(random.Random(0), 1, ("a",), ObjectCollector, 1000, lambda _: lambda request: request())
    for layer in LAYERS:
        answered(world.registry.upload("a", layer))
    answered(world.registry.put_manifest("a", image(LAYERS), "1"))
    answered(world.registry.untag("a", "1"))
    world.pass_a_day()
    return world


def test_an_image_that_was_pushed_before_its_slice_began_pulls_all_the_time() -> None:
    world = world_with_garbage()
    steps = world.process().steps()
    assert [next(steps).name for _ in range(4)][1:] == ["mark", "end what was deleted", "look who came since"]
    assert all(answered(world.registry.head("a", "_layers", digest_of(layer))) for layer in LAYERS)
    answered(world.registry.put_manifest("a", image(LAYERS[::-1]), "2"))
    for step in steps:
        world.clock.forward(step.pause)
        assert answered(world.registry.pull("a", "2")), step.name
    assert not world.registry.has_blob(digest_of(image(LAYERS)))
    assert answered(world.registry.pull("a", "2"))
