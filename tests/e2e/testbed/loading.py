"""Move images from Docker into the containerd of a node."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from tests.e2e.testbed.errors import TestbedError


def load(names: Sequence[str], container: str, *options: str) -> None:
    """Load Docker's images `names` into the containerd that runs in a container; `options` are those of ctr.

    `kind load` would ask for every platform of an image: those that Docker did not pull are missing in what it
    saves. Raises TestbedError if it fails.
    """
    importing = ["ctr", "--namespace=k8s.io", "images", "import", "--digests", *options, "-"]
    with subprocess.Popen(["docker", "save", *names], stdout=subprocess.PIPE) as saving:
        done = subprocess.run(
            ["docker", "exec", "-i", container, *importing],
            stdin=saving.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode or saving.returncode:
        raise TestbedError(f"{', '.join(names)} cannot be loaded into {container}:\n{done.stdout}{done.stderr}")
