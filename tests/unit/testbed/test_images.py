"""When an image is made anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.e2e.testbed.images import Recipe

BASE = Recipe("base", "base", {"root.tar": Path("/cache/rootfs/trixie-1/root.tar")})
TRAEFIK = Recipe("traefik:v3", "traefik", {"traefik": Path("/cache/programs/traefik-v3.6.7/traefik")}, bases=(BASE,))


def test_the_key_does_not_depend_on_where_the_cache_lies() -> None:
    moved = {"traefik": Path("/home/u/.cache/programs/traefik-v3.6.7/traefik")}
    assert replace(TRAEFIK, files=moved).key() == TRAEFIK.key()


def test_the_key_changes_with_a_version_an_argument_and_the_image_below() -> None:
    newer = {"traefik": Path("/cache/programs/traefik-v3.6.8/traefik")}
    other_base = replace(BASE, files={"root.tar": Path("/cache/rootfs/trixie-2/root.tar")})
    variants = [
        TRAEFIK,
        replace(TRAEFIK, files=newer),
        replace(TRAEFIK, arguments={"A": "1"}),
        replace(TRAEFIK, bases=(other_base,)),
        replace(TRAEFIK, folder="busybox"),
    ]
    assert len({recipe.key() for recipe in variants}) == len(variants)
