"""Images from the public registries, where those can be reached."""

from __future__ import annotations

import functools

from tests.e2e.testbed import catalog
from tests.e2e.testbed.cache import Cache
from tests.e2e.testbed.console import say, step
from tests.e2e.testbed.errors import TestbedError
from tests.e2e.testbed.process import run, succeeds

_PROBE_SECONDS = 8
_PULL_SECONDS = 900


def pull(cache: Cache, image: str) -> bool:
    """Pull an image into Docker; False if its registry does not answer or does not give it."""
    if not _reachable(cache):
        return False
    try:
        with step(f"pull {image}"):
            run(["docker", "pull", "-q", image], timeout=_PULL_SECONDS)
    except TestbedError as error:
        say(f"{image} cannot be pulled: {error}")
        return False
    return True


@functools.cache
def _reachable(cache: Cache) -> bool:
    """Whether the public registry answers; asked once, with a short time limit, about a small image."""
    answers = succeeds([catalog.binary(cache, "crane"), "digest", catalog.BUSYBOX_IMAGE], timeout=_PROBE_SECONDS)
    if not answers:
        say("the public image registry cannot be reached: images are made here")
    return answers
