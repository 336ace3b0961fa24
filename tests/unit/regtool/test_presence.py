"""Which registries share a bucket, as these say there; on a bucket in memory."""

from __future__ import annotations

import pytest
from solakube_regtool.errors import RegtoolError
from solakube_regtool.objects.presence import HOST, ID, LAPSE, NAME, RENEWAL, Presence, Registry
from solakube_regtool.objects.workspace import ObjectWorkspace
from solakube_regtool.serve.announcing import Announcement
from solakube_regtool.storage.bucket_files import BucketFiles
from solakube_regtool.storage.tree import Tree

from tests.model.bucket.store import Store
from tests.model.bucket.way import Way

ONE = Registry("1", "one", ["http://10.0.0.1:5002/metrics/registry"])


class Shared:
    """A bucket at a time of its own."""

    def __init__(self) -> None:
        self.time = 1e9
        self.store = Store(lambda: self.time)
        self.place = BucketFiles(Way(self.store, 2, lambda _: lambda request: request()))
        self.workspace = ObjectWorkspace(Tree(self.place.data, self.place), self.place)
        self.presence = Presence(self.workspace, lambda: self.time)


@pytest.fixture
def shared() -> Shared:
    return Shared()


def test_a_registry_is_there_until_it_takes_its_leave(shared: Shared) -> None:
    assert shared.presence.registries() == []
    for number in range(5):
        shared.presence.announce(ONE._replace(id=str(number)))
    shared.presence.withdraw("3")
    assert shared.presence.ids() == {"0", "1", "2", "4"}
    assert shared.presence.registries()[1] == ONE


def test_one_that_says_nothing_any_more_is_forgotten(shared: Shared) -> None:
    shared.presence.announce(ONE)
    shared.presence.announce(ONE._replace(id="2"))
    shared.time += LAPSE
    shared.presence.announce(ONE._replace(id="2"))
    assert shared.presence.ids() == {"1", "2"}
    shared.time += 1
    assert shared.presence.ids() == {"2"}
    shared.presence.forget_gone()
    assert [key.rpartition("/")[2] for key in shared.store.objects] == ["2"]


def test_several_times_it_may_fail_to_say_so() -> None:
    assert LAPSE >= 5 * RENEWAL


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"name": "one"}', b'{"name": "one", "metrics": 3}'])
def test_what_cannot_be_read_is_no_registry_that_is_gone(shared: Shared, content: bytes) -> None:
    shared.place.bucket.write(f"{shared.workspace.registries}1", content)
    with pytest.raises(RegtoolError, match="/registries/1 in the bucket cannot be read"):
        shared.presence.registries()


@pytest.mark.parametrize("missing", [ID, HOST])
def test_one_that_does_not_know_which_it_is_does_not_begin(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name in {ID, HOST} - {missing}:
        monkeypatch.setenv(name, "10.0.0.1")
    with pytest.raises(RegtoolError, match="it is not known which registry this is"):
        Announcement(shared.place, ":5002", ["http://127.0.0.1:5001"])


@pytest.mark.parametrize(
    ("host", "listen", "processes", "metrics"),
    [
        ("10.0.0.1", ":5002", 1, ["http://10.0.0.1:5002/metrics/registry"]),
        ("fd00::1", ":5002", 1, ["http://[fd00::1]:5002/metrics/registry"]),
        (
            "10.0.0.1",
            "0.0.0.0:80",
            2,
            ["http://10.0.0.1:80/metrics/registry", "http://10.0.0.1:80/metrics/registry/reader"],
        ),
    ],
)
def test_others_are_told_where_its_metrics_are(
    shared: Shared, monkeypatch: pytest.MonkeyPatch, host: str, listen: str, processes: int, metrics: list[str]
) -> None:
    for name, value in {ID: "7", NAME: "registry-7", HOST: host}.items():
        monkeypatch.setenv(name, value)
    Announcement(shared.place, listen, ["http://127.0.0.1:5001"] * processes).renew()
    assert shared.presence.registries() == [Registry("7", "registry-7", metrics)]
