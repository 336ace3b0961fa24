"""Files that somebody meant as values and that nobody reads: called or put a little beside the right place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from solakube_core.errors import Problem


def misplaced(files: Iterable[Path]) -> Iterator[Problem]:
    """Yield each file that is in the wrong place while the right one is empty.

    Args:
        files: where values are read from, `ROOT/deployment/COMPONENT/chart-values.yaml` each.
    """
    for file in files:
        if not file.exists():
            for wrong in filter(Path.is_file, _beside(file)):
                yield Problem(f"{wrong} is not read", f"its place is {file}", f"move it there: mv {wrong} {file}")


def _beside(file: Path) -> Iterator[Path]:
    yield file.with_suffix(".yml")
    root = file.parents[2]
    # What is in a project's own folders may be meant for others, as for Helm.
    if root.name == "overrides" and root.parents[1].name == ".solakube":
        yield root / file.name
        yield file.parents[1] / file.name
        yield root / file.parent.name / file.name
        yield root.parent / file.name
        yield root.parent / file.relative_to(root)
