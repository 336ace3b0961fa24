"""A kind cluster for one run, made of the test bed's parts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pytest_kind.cluster import KindCluster

from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.provisioner import Provisioner

_NAME = "solakube-benchmark"


@contextmanager
def temporary_cluster(provisioner: Provisioner, folder: Path) -> Iterator[Path]:
    """Make a cluster with the images loaded; it is deleted in the end.

    Args:
        folder: for its kubeconfig.

    Returns:
        A context manager that yields the path of its kubeconfig.
    """
    kubeconfig = folder / "kubeconfig"
    planned = Cluster(provisioner, _NAME, kubeconfig)
    planned.discard_unless_usable()
    kind = KindCluster(_NAME, kubeconfig, provisioner.node_image(), provisioner.program("kind"), provisioner.kubectl())
    kind.create()
    try:
        planned.prepare()
        yield kubeconfig
    finally:
        kind.delete()
