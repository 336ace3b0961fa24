"""Fixtures of the end-to-end tests. All are lazy: what a test does not ask for is not made.

Where Docker or root are missing the tests that need them are skipped with the reason; with CI=true in the
environment they fail instead.

Several processes may run them at once (`--numprocesses`, of pytest-xdist). They share the test bed and the cluster: the
first that needs it makes it, and when all are done it is deleted. A test that changes what others in the cluster rely
on is marked `alone`.
"""

from __future__ import annotations

import functools
import itertools
import os
import sys
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import pytest
from pytest_kind.cluster import KindCluster

from tests.e2e.support import diagnosis
from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.programs import Crane, Runner
from tests.e2e.support.tls import Authority
from tests.e2e.support.turns import Turns
from tests.e2e.support.waiting import LONGEST
from tests.e2e.testbed import debian
from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.errors import UnavailableError
from tests.e2e.testbed.process import run
from tests.e2e.testbed.provisioner import REGISTRY_LINES, Provisioner

CLUSTER = pytest.StashKey[Cluster]()
TURNS = pytest.StashKey[Turns]()


def pytest_configure(config: pytest.Config) -> None:
    """Tell what `alone` means, and leave the cluster to others until all of this run's processes are done."""
    config.addinivalue_line("markers", "alone: no other test may use the cluster meanwhile")
    config.stash[TURNS] = Turns(_cluster_folder(config) / "turns")
    if _is_one_of_several(config):
        config.option.keep_cluster = True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bound each test, and take files with and without tests on the cluster by turns.

    The former wait much, sometimes for each other.
    """
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONGEST))
    files = [list(tests) for _, tests in itertools.groupby(items, lambda item: item.path)]
    on_cluster = [tests for tests in files if any(map(_uses_cluster, tests))]
    others = [tests for tests in files if not any(map(_uses_cluster, tests))]
    nothing: list[pytest.Item] = []
    pairs = itertools.zip_longest(on_cluster, others, fillvalue=nothing)
    items[:] = [item for pair in pairs for tests in pair for item in tests]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    """Take turns on the cluster with the tests of other processes."""
    turns = item.config.stash[TURNS]
    if _uses_cluster(item):
        turns.begin(_needs_it_alone(item))
    try:
        return (yield)
    finally:
        # What fixtures of a module have changed is there until the last of its tests.
        if not (nextitem and _needs_it_alone(item) and _needs_it_alone(nextitem)):
            turns.end()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Delete the cluster that several processes have used: none of them knows which is the last."""
    config = session.config
    kubeconfig = _cluster_folder(config) / "kubeconfig"
    if config.getoption("numprocesses", None) and not config.getoption("keep_cluster") and kubeconfig.exists():
        Cluster(Provisioner(), config.getoption("cluster_name"), kubeconfig).delete()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, None, None]:
    """Show the making of the cluster as it happens, before the first test that uses it."""
    capture = item.config.pluginmanager.getplugin("capturemanager")
    first = _uses_cluster(item) and CLUSTER not in item.config.stash
    with capture.global_and_fixture_disabled() if capture and first else nullcontext(), _skipped_if_unavailable():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, None, None]:
    """Skip a test that asks, while it runs, for what this machine cannot have."""
    with _skipped_if_unavailable():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the cluster's state below a failed test that used it."""
    report = yield
    if report.failed and _uses_cluster(item) and CLUSTER in item.config.stash:
        report.sections.append(("the cluster", diagnosis.describe(item.config.stash[CLUSTER])))
    return report


def _uses_cluster(item: pytest.Item) -> bool:
    return "planned_cluster" in getattr(item, "fixturenames", ())


def _needs_it_alone(item: pytest.Item) -> bool:
    return item.get_closest_marker("alone") is not None


def _is_one_of_several(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _cluster_folder(config: pytest.Config) -> Path:
    """Where pytest-kind keeps what it knows about the cluster."""
    return config.invocation_params.dir / ".pytest-kind" / str(config.getoption("cluster_name"))


@contextmanager
def _skipped_if_unavailable() -> Iterator[None]:
    try:
        yield
    except UnavailableError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def provisioner() -> Provisioner:
    """The test bed, of which each part is made when first asked for."""
    return Provisioner()


@pytest.fixture(scope="session")
def registry_binaries(provisioner: Provisioner) -> Mapping[str, Path]:
    """The registry's programs by line: "2.8" and "3". They run without Docker."""
    return {line: provisioner.registry(line) for line in REGISTRY_LINES}


@pytest.fixture(scope="session")
def promtool(provisioner: Provisioner) -> Path:
    """Prometheus' own tool for rules."""
    return debian.unpacked(provisioner.cache, "prometheus") / "usr/bin/promtool"


@pytest.fixture(scope="session")
def docker_engine(provisioner: Provisioner) -> None:
    """Docker answers."""
    provisioner.engine()


@pytest.fixture(scope="session")
def making_the_cluster(provisioner: Provisioner, request: pytest.FixtureRequest) -> Iterator[ExitStack]:
    """Closed when the cluster is ready: until then other processes wait for it."""
    with ExitStack() as making:
        making.enter_context(provisioner.cache.locked(f"cluster-{request.config.option.cluster_name}"))
        yield making


@pytest.fixture(scope="session")
def planned_cluster(provisioner: Provisioner, making_the_cluster: ExitStack, request: pytest.FixtureRequest) -> Cluster:
    """Made, and pytest-kind told of it; a left-over one that is of no use is deleted."""
    options = request.config.option
    name = options.cluster_name
    options.kubeconfig = options.kubeconfig or str(_cluster_folder(request.config) / "kubeconfig")
    options.kind_image = options.kind_image or provisioner.node_image()
    options.kind_bin = options.kind_bin or str(provisioner.program("kind"))
    options.kind_kubectl_bin = options.kind_kubectl_bin or str(provisioner.kubectl())
    Path(options.kubeconfig).parent.mkdir(parents=True, exist_ok=True)
    planned = Cluster(provisioner, name, Path(options.kubeconfig))
    planned.discard_unless_usable()
    planned.create()
    return planned


@pytest.fixture(scope="session")
def kind_cluster(
    planned_cluster: Cluster, kind_cluster: KindCluster, making_the_cluster: ExitStack, request: pytest.FixtureRequest
) -> KindCluster:
    """pytest-kind's cluster with images, storage class `standard` and ingress class `traefik` ready."""
    request.config.stash[CLUSTER] = planned_cluster
    planned_cluster.prepare()
    making_the_cluster.close()
    return kind_cluster


@pytest.fixture(scope="session")
def cluster(planned_cluster: Cluster, kind_cluster: KindCluster) -> Cluster:
    """The same cluster: kubectl, its node and its address."""
    return planned_cluster


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificate authority that `sk` and `crane` trust in the tests."""
    debian.ensure_program("openssl", "openssl")
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def named_hosts(tmp_path_factory: pytest.TempPathFactory) -> NamedHosts:
    """Names that `sk` and `crane` resolve in the tests."""
    if os.geteuid() != 0:
        raise UnavailableError("private DNS names take a mount namespace: run as root")
    return NamedHosts(tmp_path_factory.mktemp("hosts") / "hosts")


@pytest.fixture(scope="session")
def new_host(named_hosts: NamedHosts, cluster: Cluster) -> Callable[[], str]:
    """Makes a DNS name never used before, which leads to the cluster's ingress, from here and from the node."""

    def make() -> str:
        name = f"registry-{uuid.uuid4().hex[:8]}.test"
        named_hosts.add(name, cluster.node_address())
        named_hosts.add_on_node(cluster, name, cluster.node_address())
        return name

    return make


@pytest.fixture
def namespace(cluster: Cluster) -> Iterator[str]:
    """A new namespace, deleted after the test."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.kubectl("create", "namespace", name)
    yield name
    cluster.kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture
def sk(named_hosts: NamedHosts, authority: Authority, tmp_path: Path) -> Runner:
    """The installed `sk`, with an empty home; a cluster is named by env={"KUBECONFIG": ...}."""
    home = tmp_path / "sk-home"
    home.mkdir()
    environment = {"SSL_CERT_FILE": str(authority.certificate)}
    return Runner(Path(sys.executable).with_name("sk"), named_hosts, home, environment)


@pytest.fixture
def crane(provisioner: Provisioner, named_hosts: NamedHosts, authority: Authority, tmp_path: Path) -> Crane:
    """The client `crane`, logged in nowhere."""
    home = tmp_path / "crane-home"
    home.mkdir()
    environment = {"SSL_CERT_FILE": str(authority.certificate), "DOCKER_CONFIG": str(home)}
    return Crane(provisioner.program("crane"), named_hosts, home, environment)


@pytest.fixture(scope="session")
def saved_image(provisioner: Provisioner, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Saves one of the test bed's images (see catalog.py) as a tar file that `crane push` takes."""
    folder = tmp_path_factory.mktemp("images")

    @functools.cache
    def save(name: str) -> Path:
        file = folder / name.replace(":", "-").replace("/", "-")
        run(["docker", "save", "-o", file, provisioner.image(name)])
        return file

    return save
