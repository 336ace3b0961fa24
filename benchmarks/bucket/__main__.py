"""Measures a collection in a bucket against distribution's own: `python -m benchmarks.bucket --help`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from solakube_regtool.http.parallel import Crew
from solakube_regtool.s3.address import ACCESS_KEY, SECRET_KEY
from solakube_regtool.s3.bucket import Bucket

from benchmarks.maintenance.collecting import distribution
from benchmarks.maintenance.images import Pushed, pushed_images
from benchmarks.maintenance.trees import TreeWriter
from benchmarks.timing import Action, Side, command, compare
from tests.e2e.maintenance.registries import running
from tests.e2e.support.object_storage import KEYS, Storage, serving
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner

_GRACE = 1
"""Seconds of the grace period: what was just written cannot be dated back."""


class Requests:
    """Counts the requests of each round.

    Args:
        log: of the server, a line for each.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self.counts: dict[str, list[int]] = {}

    def counted(self, name: str, act: Action) -> Action:
        """Return what does the same, and counts."""

        def counting() -> None:
            before = self._all()
            act()
            self.counts.setdefault(name, []).append(self._all() - before)

        return counting

    def compared(self, ours: str, peer: str) -> str:
        """Tell how many each took, in the last round, and their ratio."""
        fewer = self.counts[peer][-1] / self.counts[ours][-1]
        each = ", ".join(f"{name} {counts[-1]:,}" for name, counts in self.counts.items())
        return f"requests: {each} -> {fewer:.1f} times as few"

    def _all(self) -> int:
        with self._log.open("rb") as lines:
            return sum(1 for _ in lines)


def measure(provisioner: Provisioner, repositories: int, rounds: int, folder: Path) -> Iterator[str]:
    """Compare both on one bucket; each round begins with all the garbage in place.

    Args:
        provisioner: has the programs.
        repositories: number of them: twenty blobs each, six of which are garbage.
        rounds: of each.
        folder: an empty one.
    """
    log = folder / "requests"
    with serving(provisioner, folder / "s3", f"--access-log={log}") as storage, storage.opened() as bucket:
        _fill(bucket, pushed_images(repositories), folder / "all")
        garbage = [pushed for pushed in pushed_images(repositories) if not pushed.tag]
        program = provisioner.registry(REGISTRY_LINES[-1])
        with running(program, folder, folder, storage=storage.driver) as registry:
            left: list[int] = []

            def litter() -> None:
                left.append(_blobs_in(bucket))
                _fill(bucket, garbage, folder / "garbage")
                # Times are whole seconds there.
                time.sleep(_GRACE + 2)

            ours, peer = "sk", f"distribution {REGISTRY_LINES[-1]}"
            acts = {ours: _ours(storage, registry.metrics), peer: command(distribution(program, folder / "config.yml"))}
            requests = Requests(log)
            sides = [Side(name, requests.counted(name, act), litter) for name, act in acts.items()]
            yield compare(f"collect in a bucket of {repositories} repositories", *sides, rounds=rounds)
            yield requests.compared(ours, peer)
            left.append(_blobs_in(bucket))
        if len(set(left[1:])) > 1:
            raise SystemExit(f"the collectors left different blobs: {left[1:]}")


def _ours(storage: Storage, metrics: str) -> Action:
    now = (f"--grace={_GRACE}s", f"--untagged-grace={_GRACE}s", "--undo-period=0", "--metrics", metrics)
    arguments = [sys.executable, "-m", "solakube_regtool", storage.option, "garbage-collect", *now]
    return command(arguments, {**os.environ, ACCESS_KEY: KEYS.access, SECRET_KEY: KEYS.secret})


def _blobs_in(bucket: Bucket) -> int:
    return sum(found.key.endswith("/data") for found in bucket.objects("docker/registry/v2/blobs/"))


def _fill(bucket: Bucket, images: Iterable[Pushed], folder: Path) -> None:
    """Write images into the bucket by S3's protocol, as a registry does, so that it knows what it is told."""
    TreeWriter(folder).write(images)
    crew = Crew()
    files = (file for file in folder.rglob("*") if file.is_file())
    for _ in crew.each(lambda file: bucket.write(str(file.relative_to(folder)), file.read_bytes()), files):
        pass
    crew.close()


def main() -> None:
    """Compare, and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bucket", description=__doc__)
    parser.add_argument("--repositories", type=int, default=1000, help="twenty blobs each, six of them garbage")
    parser.add_argument("--rounds", type=int, default=1, help="of both, in turns")
    parser.add_argument("--folder", metavar="DIR", help="for the bucket's objects")
    options = parser.parse_args()
    os.environ.setdefault("OTEL_TRACES_EXPORTER", "none")
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for line in measure(Provisioner(), options.repositories, options.rounds, Path(folder)):
            print(line, flush=True)


if __name__ == "__main__":
    main()
