"""The least that any collector does, in bare Python: `python -m benchmarks.maintenance.floor DATA`.

Each repository, revision, tag and blob is looked up once, each manifest is read and parsed, and what it names is kept.
Nothing is decided, nothing is looked at twice and nobody is asked: a collector written in Python cannot be faster.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator


def main() -> None:
    """Print how many blobs there are, and how many of them manifests name."""
    root = f"{sys.argv[1]}/docker/registry/v2"
    named: set[str] = set()
    for repository in _repositories(f"{root}/repositories"):
        for revision in os.scandir(f"{repository}/_manifests/revisions/sha256"):
            named.add(revision.name)
            manifest = json.loads(_content(f"{root}/blobs/sha256/{revision.name[:2]}/{revision.name}/data"))
            named.update(layer["digest"] for layer in (manifest["config"], *manifest["layers"]))
        for tag in os.scandir(f"{repository}/_manifests/tags"):
            _content(f"{tag.path}/current/link")
    blobs = sum(1 for prefix in os.scandir(f"{root}/blobs/sha256") for _ in os.scandir(prefix.path))
    print(f"{blobs} blobs, {len(named)} named")


def _repositories(folder: str) -> Iterator[str]:
    with os.scandir(folder) as entries:
        paths = {entry.name: entry.path for entry in entries}
    if "_manifests" in paths:
        yield folder
        return
    for path in paths.values():
        yield from _repositories(path)


def _content(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 1 << 22)
    finally:
        os.close(descriptor)


if __name__ == "__main__":
    main()
