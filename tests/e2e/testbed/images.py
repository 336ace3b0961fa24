"""Container images: recipes for making them here, and how one is built once."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.testbed.cache import Cache, fingerprint
from tests.e2e.testbed.console import step
from tests.e2e.testbed.errors import TestbedError
from tests.e2e.testbed.process import run

RECIPES = Path(__file__).parent / "recipes"
"""One folder each: a Dockerfile and the files it copies."""

LABEL = "solakube-testbed.recipe"
"""Marks an image as made here; its value changes with the recipe."""

_CLASSIC_BUILDER = {"DOCKER_BUILDKIT": "0"}
"""It takes FROM the local images; the newer one may ask a registry for them, and is not installed everywhere."""


@dataclass(frozen=True)
class Recipe:
    """How to make the image `name`.

    `folder` below RECIPES has its Dockerfile, `files` are added to the build's context under their keys,
    `arguments` are the Dockerfile's ARGs, `bases` the recipes of the images it starts FROM.
    """

    name: str
    folder: str
    files: Mapping[str, Path] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    bases: tuple[Recipe, ...] = ()

    def key(self) -> str:
        """Changes with the Dockerfile, the files beside it, and the versions in the paths of the added ones."""
        own = [f"{file.name}={file.read_text()}" for file in _files_in(RECIPES / self.folder)]
        added = [f"{name}={_identity(path)}" for name, path in self.files.items()]
        arguments = [f"{name}={value}" for name, value in self.arguments.items()]
        return fingerprint(*own, *added, *arguments, *(base.key() for base in self.bases))


def is_current(recipe: Recipe) -> bool:
    """Whether Docker has the image as this very recipe makes it."""
    return label(recipe.name) == recipe.key()


def label(image: str) -> str | None:
    """The recipe key of a local image: "" if it was not made here, None if there is no such image."""
    try:
        labels = json.loads(run(["docker", "image", "inspect", "-f", "{{json .Config.Labels}}", image]))
    except TestbedError:
        return None
    return str((labels or {}).get(LABEL, ""))


def ensure(cache: Cache, recipe: Recipe) -> str:
    """Build the image and those it starts from, unless they are there as wanted; returns its name."""
    for base in recipe.bases:
        ensure(cache, base)
    with cache.locked(f"image-{recipe.name}"):
        if not is_current(recipe):
            with step(f"make the image {recipe.name}"):
                _build(recipe)
    return recipe.name


def _build(recipe: Recipe) -> None:
    with tempfile.TemporaryDirectory(prefix="solakube-testbed-") as temporary:
        context = Path(temporary) / "context"
        shutil.copytree(RECIPES / recipe.folder, context)
        for name, path in recipe.files.items():
            shutil.copyfile(path, context / name)
            (context / name).chmod(path.stat().st_mode & 0o777)
        arguments = [f"--build-arg={name}={value}" for name, value in recipe.arguments.items()]
        marks = ["-t", recipe.name, f"--label={LABEL}={recipe.key()}"]
        run(["docker", "build", "-q", *marks, *arguments, context], env=_CLASSIC_BUILDER)


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _identity(path: Path) -> str:
    """A file of the checkout by its text, one of the cache by its path, which names its version."""
    return path.read_text() if path.is_relative_to(RECIPES) else "/".join(path.parts[-3:])
