"""`import-images`: copy images of another registry, or of a foreign data folder, into the registry of --url."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from solakube_regtool.commands.backup import throttled
from solakube_regtool.errors import RegtoolError
from solakube_regtool.importing.images import Images, Imported
from solakube_regtool.importing.origin import Origin
from solakube_regtool.importing.selecting import read_patterns, selected
from solakube_regtool.output import Output
from solakube_regtool.registry_api.login import PASSWORD, USERNAME
from solakube_regtool.sources.api import open_api
from solakube_regtool.wording import counted, size

SOURCE_USERNAME, SOURCE_PASSWORD = "SOURCE_USERNAME", "SOURCE_PASSWORD"
"""Environment variables with the login at the registry that is imported from."""

_UNANSWERED_AT_MOST = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--from-folder", metavar="DIR", help="the data folder of another registry; it is only read")
    place.add_argument("--from-url", metavar="URL", help="another registry's address")
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="REPO or REPO:TAG, with *, ? and [...]")
    parser.add_argument("--dry-run", action="store_true", help="tell what would be copied; change nothing")


def run(options: argparse.Namespace, out: Output) -> int:
    """Copy them, and tell of each tag what came of it; 1 where one cannot be."""
    if not options.url:
        raise RegtoolError("where to is not told", "images are imported by a registry's API", "name it: --url URL")
    patterns = read_patterns(options.patterns)
    origin = _origin(options)
    target = open_api(options.url)
    images = Images(origin, target.api, options.dry_run)
    told, failures, unanswered = set[str](), 0, 0
    tell = throttled(out)
    for results in target.each(_begun(images, tell), selected(origin.source, patterns)):
        for one in results:
            if one.image in told:
                continue
            told.add(one.image)
            failures += one.error is not None
            unanswered = unanswered + 1 if one.unanswered else 0
            _record(one, options.dry_run, out)
            if one.error and unanswered == _UNANSWERED_AT_MOST:
                raise one.error
    _report(images, len(told), failures, options.dry_run, out)
    return 1 if failures else 0


def _begun(images: Images, tell: Callable[[str], None]) -> Callable[[tuple[str, str]], list[Imported]]:
    def take_in(place: tuple[str, str]) -> list[Imported]:
        figures = images.copying.figures
        tell(f"copying {':'.join(place)}; {counted(figures.blobs, 'blob')} so far, {size(figures.bytes)}")
        return images.take_in(place)

    return take_in


def _origin(options: argparse.Namespace) -> Origin:
    if options.from_url:
        from solakube_regtool.importing.of_registry import RegistryOrigin

        return RegistryOrigin(open_api(options.from_url, _source_environment()))
    from solakube_regtool.importing.of_folder import FolderOrigin
    from solakube_regtool.storage.tree import Tree

    tree = Tree(options.from_folder)
    if not os.path.isdir(tree.root):
        why = f"there is no folder {tree.root}"
        raise RegtoolError(f"{options.from_folder} is no data folder of a registry", why, "name the one that holds it")
    return FolderOrigin(tree)


def _source_environment() -> dict[str, str]:
    """Return the environment with the source's login in the place of the target's."""
    environment = {name: value for name, value in os.environ.items() if name not in (USERNAME, PASSWORD)}
    login = {USERNAME: os.environ.get(SOURCE_USERNAME), PASSWORD: os.environ.get(SOURCE_PASSWORD)}
    return {**environment, **{name: value for name, value in login.items() if value}}


def _record(one: Imported, dry_run: bool, out: Output) -> None:
    failed = one.error is not None
    would = "would be " if dry_run and not failed and one.done != "there" else ""
    text = f"{one.image}: {would}{one.done}"
    out.record("imported", text, image=one.image, digest=one.digest, done=one.done, failed=failed, dry_run=dry_run)


def _report(images: Images, tags: int, failures: int, dry_run: bool, out: Output) -> None:
    figures = images.copying.figures
    sent = f"{'to copy' if dry_run else 'copied'} {counted(figures.blobs, 'blob')}, {size(figures.bytes)}"
    text = f"{counted(tags, 'tag')}, {failures} failed; {sent}; {figures.linked} linked, {figures.there} there"
    out.record(
        "import",
        text,
        summary=text,
        tags=tags,
        failed=failures,
        blobs=figures.blobs,
        bytes=figures.bytes,
        linked=figures.linked,
        there=figures.there,
        dry_run=dry_run,
    )
