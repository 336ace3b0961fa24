"""The online collector in a bucket that two real registries share."""

from __future__ import annotations

import io
import json
import random
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from solakube_registry.oci import RegistryClient, push_image
from solakube_regtool.backup.incoming import StreamOrigin
from solakube_regtool.backup.scratch import lay_out
from solakube_regtool.backup.stream import Stream
from solakube_regtool.backup.taking import take
from solakube_regtool.backup.target import Target
from solakube_regtool.oci import digests
from solakube_regtool.s3.bucket import Bucket
from solakube_regtool.storage.tree import Tree

from tests.e2e.maintenance import churn, killed_collection
from tests.e2e.maintenance.buckets import EITHER_SERVER, SharedBucket, beside, sharing
from tests.e2e.maintenance.by_api import pushing, small_image
from tests.e2e.maintenance.load import SECONDS, Outcome, assert_nothing_damaged, load, new_layer
from tests.e2e.maintenance.test_bucket import begin_upload
from tests.e2e.support.object_storage import Storage
from tests.e2e.support.waiting import LONGEST, eventually
from tests.e2e.testbed.provisioner import Provisioner

STEPS = (
    *("put back what a killed run left", "mark", "end what was deleted", "look who came since", "note what goes"),
    *("take the links away",),
    *("the links are away", "look who wants them", "copy blobs aside", "delete the blobs", "the blobs are deleted"),
    *("put back what is wanted", "empty the trash"),
)
"""All steps of a run but for its waiting, up to the one that makes it final."""


@pytest.fixture
def shared(
    provisioner: Provisioner, storage: Storage, registry_binaries: Mapping[str, Path], tmp_path: Path
) -> Iterator[SharedBucket]:
    with sharing(registry_binaries, provisioner.program("crane"), storage, tmp_path) as target:
        yield target


def objects(bucket: Bucket) -> set[str]:
    """The keys of all objects but for what the collector remembers."""
    own = ("/last-run-", "/clock", "/deleted/")
    return {found.key for found in bucket.objects() if not any(part in found.key for part in own)}


def run(shared: SharedBucket, *acts: tuple[str, str | list[str]]) -> subprocess.CompletedProcess[str]:
    """Collect what is older than nothing; see `killed_collection`."""
    metrics = [registry.metrics for registry in shared.registries]
    order = {"bucket": shared.storage.address.written(), "metrics": metrics, "acts": acts, "fault": ""}
    command = [sys.executable, "-m", killed_collection.__name__, json.dumps(order)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=shared.environment)


@EITHER_SERVER
def test_what_no_tag_reaches_is_freed_and_can_be_pushed_again(
    shared: SharedBucket, bucket: Bucket, layers: list[Path]
) -> None:
    shared.push("app:1", layers[:2])
    shared.push("app:2", layers[1:3])
    before = objects(bucket)
    shared.regtool("delete", "app:1")
    assert shared.collect("--grace=1h", "--untagged-grace=0s")["postponed"] == 3
    report = shared.collect("--wait")
    assert (report["blobs"], report["manifests"]) == (3, 1)
    gone = before - objects(bucket)
    assert sum(key.endswith("/data") for key in gone) == 3
    assert sum("/_layers/" in key for key in gone) == 2
    assert objects(bucket) < before
    shared.validate("app:2")
    shared.push("app:1", layers[:2])
    shared.validate("app:1")
    assert shared.regtool("fsck", "--deep")[-1]["damaged"] == 0
    assert any("garbage-collect: freed" in last["summary"] for last in shared.regtool("last-run"))


def test_whatever_it_is_killed_at_all_is_there_again(shared: SharedBucket, bucket: Bucket, layers: list[Path]) -> None:
    """By the process that waits beside it, or, where that is killed, too, by the next run: in turns."""
    shared.push("app:1", layers[:2])
    shared.push("app:2", layers[1:3])
    shared.regtool("delete", "app:1")
    before = objects(bucket)
    for number, step in enumerate(STEPS):
        rescued = number % 2 == 0
        done = run(shared, (step, "die" if rescued else "die with guard"))
        assert done.returncode == -signal.SIGKILL, (step, done.stdout, done.stderr)
        if rescued:
            eventually(lambda: objects(bucket) == before, f"all is there again after {step}")
        shared.validate("app:2")
    assert run(shared, ("forget what went", "die with guard")).returncode == -signal.SIGKILL
    assert run(shared).returncode == 0
    assert objects(bucket) < before
    assert shared.regtool("fsck", "--deep")[-1]["damaged"] == 0


def test_what_is_pushed_again_at_any_step_is_whole(shared: SharedBucket, tmp_path: Path) -> None:
    steps = ("the links are away", *STEPS[STEPS.index("look who wants them") :])
    for number, step in enumerate(steps):
        layer = new_layer(tmp_path / "layer.tar", step.encode())
        shared.push("app:doomed", [layer])
        shared.regtool("delete", "app:doomed")
        done = run(shared, (step, shared.client.push_command(f"app:{number}", [layer])))
        assert done.returncode == 0, (step, done.stdout, done.stderr)
        shared.validate(f"app:{number}")
    checked = shared.regtool("fsck", "--deep")[-1]
    assert (checked["tags"], checked["damaged"]) == (len(steps), 0)


@EITHER_SERVER
def test_uploads_that_nobody_finishes_are_ended_and_nothing_else(
    shared: SharedBucket, bucket: Bucket, layers: list[Path]
) -> None:
    shared.push("app:1", layers[:1])
    before = objects(bucket)
    begin_upload(shared.client.registry.host, b"a part")
    for blob in (key for key in before if key.endswith("/data")):
        # As a registry that was killed leaves it while it copies a large blob to its place.
        assert bucket._ask("POST", blob, parameters={"uploads": ""}).status == 200
    assert len(list(bucket.uploads(""))) == 1 + sum(key.endswith("/data") for key in before)
    done = run(shared)
    assert done.returncode == 0, done.stderr
    assert list(bucket.uploads("")) == []
    assert objects(bucket) == before
    shared.validate("app:1")


def test_one_that_is_not_told_of_every_registry_is_refused(shared: SharedBucket) -> None:
    shared.environment["SOLAKUBE_REGISTRY_METRICS"] += " http://127.0.0.1:9"
    refused = shared.collection()
    assert refused.returncode
    assert "a registry does not tell what it does" in refused.stdout


@pytest.mark.timeout(SECONDS + LONGEST)
def test_pushes_and_pulls_go_on_while_collections_and_registries_are_killed(
    shared: SharedBucket, layers: list[Path]
) -> None:
    """Every push that is acknowledged pulls whole, in the end at the latest; refusals are counted."""

    def kill(outcome: Outcome) -> None:
        # Whoever meets a registry that was started anew puts all back: every other collection meets none.
        if outcome.kills + len(outcome.reports) >= 2 * shared.killed:
            shared.kill_a_registry()

    outcome = load(shared, layers, SECONDS, kill)
    assert_nothing_damaged(shared, outcome)
    assert outcome.pushes > 0
    assert shared.killed > 0
    assert all(report["refused"] is not None for report in outcome.reports)
    print(
        f"{outcome.pushes} pushes, {len(outcome.refused)} refused, {len(outcome.unavailable)} did not pull at once, "
        f"{len(outcome.reports)} collections freed {sum(report['blobs'] for report in outcome.reports)} blobs, "
        f"{outcome.kills} killed, {shared.put_off} tried again; "
        f"{shared.killed} registries killed, {shared.cut_off} clients cut off"
    )


def test_backups_taken_while_clients_push_are_whole_by_a_folder_and_by_a_stream(
    shared: SharedBucket, tmp_path: Path
) -> None:
    target, over, chance = Target(str(tmp_path / "target")), threading.Event(), random.Random(0)

    def push_on(client: RegistryClient) -> None:
        while not over.is_set():
            churn.push(client, chance)

    with pushing(shared.client.registry.host) as client, ThreadPoolExecutor(1) as pool:
        push_image(client, "stable", "1", small_image("stable"))
        pushes = pool.submit(push_on, client)
        try:
            for _ in range(2):
                shared.regtool("backup", target.folder)
                take(lambda there: streamed(shared, there), target, lambda _: None)
        finally:
            over.set()
        pushes.result()
    for moment in target.names():
        scratch = tmp_path / moment
        lay_out(target, moment, str(scratch))
        assert churn.faults(scratch) == []
        assert [tag.name for tag in Tree(str(scratch)).tags("stable")] == ["1"]
    assert len(target.names()) == 4


@contextmanager
def streamed(shared: SharedBucket, there: Set[bytes]) -> Iterator[StreamOrigin]:
    """Have the program send what a backup lacks."""
    command = [sys.executable, "-m", "solakube_regtool", shared.storage.option, "--json", "backup-send"]
    given = "".join(f"{digests.text(key)}\n" for key in there).encode()
    sent = subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True, env=shared.environment).stdout
    yield StreamOrigin(Stream(io.BytesIO(sent)))


def test_a_schedule_prunes_frees_and_checks_and_its_figures_are_served(
    shared: SharedBucket, storage: Storage, layers: list[Path]
) -> None:
    host = shared.client.registry.host
    for tag, layer in (("1", layers[0]), ("2", layers[1]), ("3", layers[2])):
        shared.push(f"app:{tag}", [layer])
    order = {
        **{
            "rules": [{"newer_than": "0s", "keep_tags": ["3"]}],
            "grace": "0s",
            "untagged_grace": "0s",
            "undo_period": "1h",
        },
        **{"addresses": [host], "held": {f"{host}/app:2": ["Deployment shop/web"]}},
    }
    assert "deleted app:1" in maintained(shared, order).stdout
    assert sorted(record["name"] for record in shared.regtool("list", "app")) == ["2", "3"]
    assert [record["deleted"] for record in shared.regtool("history", "app:1")] == [True]
    # Objects have whole seconds, and what was written within this one was written lately.
    eventually(lambda: " of tags that were moved or deleted lately" in maintained(shared, order).stdout, "it is kept")
    shared.regtool("undelete", "app:1")
    shared.validate("app:1")
    assert_a_schedule_waits_while_deletions_are_held(shared, order)
    shared.regtool("undelete", "app:1")
    shared.regtool("delete", "app:1")
    eventually(lambda: "freed 0 bytes" not in maintained(shared, {**order, "undo_period": "0"}).stdout, "it is freed")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        shared.regtool("undelete", "app:1")
    assert "nothing is known of app:1" in refused.value.stdout
    assert shared.damaged() == 0
    with beside(storage, shared.environment) as served:
        page = urllib.request.urlopen(f"{served.url}/metrics").read().decode()
    for command in ("prune", "garbage-collect", "check"):
        assert f'solakube_maintenance_last_run_success{{command="{command}"}} 1' in page


def assert_a_schedule_waits_while_deletions_are_held(shared: SharedBucket, order: Mapping[str, object]) -> None:
    """A run that would prune app:1, beside somebody who copies the bucket."""
    assert [record["name"] for record in shared.regtool("hold", "nightly")] == ["nightly"]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        shared.regtool("delete", "app:1")
    assert "nothing may be deleted at this moment" in refused.value.stdout
    command = [sys.executable, "-m", "solakube_regtool", shared.storage.option, "maintain"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=shared.environment,
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdin.write(json.dumps(order))
        run.stdin.close()
        assert "waiting: nightly" in run.stderr.readline()
        shared.validate("app:1")
        assert shared.regtool("hold", "nightly", "--end") == []
        told = run.stdout.read()
    assert run.returncode == 0
    assert "deleted app:1" in told


def maintained(shared: SharedBucket, order: Mapping[str, object], code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run what a schedule runs, and expect that exit code."""
    command = [sys.executable, "-m", "solakube_regtool", shared.storage.option, "maintain"]
    done = subprocess.run(
        command, input=json.dumps(order), capture_output=True, text=True, check=False, env=shared.environment
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done
