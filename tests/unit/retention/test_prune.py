"""What a policy deletes, and what it must not."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import time
from collections.abc import Callable
from typing import Any

import pytest
from solakube_regtool.cli import main

from tests.unit.regtool.collecting import blobs, collected
from tests.unit.retention.trees import SmallTree

DAY = 86400


def push(tree: SmallTree, tag: str, days: float, pulled: float | None = None) -> str:
    """Store an image of its own that was pushed, and perhaps pulled, so many days ago."""
    digest = tree.image("app", tag, [tag.encode()])
    now = time.time()
    link = tree.root / f"repositories/app/_manifests/tags/{tag}/current/link"
    os.utime(link, (now - (days if pulled is None else pulled) * DAY, now - days * DAY))
    return digest


class Prune:
    def __init__(self, tree: SmallTree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.tree, self.monkeypatch, self.capsys = tree, monkeypatch, capsys

    def __call__(self, *given: dict[str, Any] | str, held: dict[str, list[str]] | None = None) -> set[str]:
        """Run it with rules and options; returns the names of the tags that are deleted, or would be."""
        rules = [rule for rule in given if not isinstance(rule, str)]
        options = [option for option in given if isinstance(option, str)]
        self.monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"rules": rules, "held": held or {}})))
        code = main(["--data", str(self.tree.data), "--json", "prune", *options])
        self.records = [json.loads(line) for line in self.capsys.readouterr().out.splitlines()]
        assert code == (1 if any(record["type"] == "problem" for record in self.records) else 0)
        return {record["name"] for record in self.records if record["type"] == "deleted"}

    def left(self) -> set[str]:
        """The tags there are."""
        return {tag.name for tag in (self.tree.root / "repositories/app/_manifests/tags").iterdir()}


@pytest.fixture
def prune(small_tree: SmallTree, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Prune:
    return Prune(small_tree, monkeypatch, capsys)


def test_without_yes_nothing_goes(small_tree: SmallTree, prune: Prune) -> None:
    for number in range(4):
        push(small_tree, f"t{number}", 10 - number)
    assert prune({"keep_last": 2}) == {"t0", "t1"}
    assert prune.left() == {"t0", "t1", "t2", "t3"}
    assert prune({"keep_last": 2}, "--yes") == {"t0", "t1"}
    assert prune.left() == {"t2", "t3"}


def test_of_those_that_were_pushed_at_one_moment_none_is_known_to_be_older(small_tree: SmallTree, prune: Prune) -> None:
    """In a bucket times are whole seconds."""
    push(small_tree, "old", 10)
    for tag in ("a", "b", "c"):
        push(small_tree, tag, 1)
        os.utime(small_tree.root / f"repositories/app/_manifests/tags/{tag}/current/link", (1e9, 1e9))
    push(small_tree, "new", 0.5)
    os.utime(small_tree.root / "repositories/app/_manifests/tags/old/current/link", (9e8, 9e8))
    assert prune({"keep_last": 1}) == {"old", "a", "b", "c"}
    assert prune({"keep_last": 2}) == {"old"}
    assert prune({"keep_last": 4}) == {"old"}
    assert prune({"keep_last": 5}) == set()


def test_age_and_names_keep(small_tree: SmallTree, prune: Prune) -> None:
    for tag, days in (("new", 1), ("old", 40), ("release-1", 40)):
        push(small_tree, tag, days)
    assert prune({"newer_than": "30d", "keep_tags": ["release-*"]}) == {"old"}
    assert prune({"newer_than": "30d", "repositories": "other/*"}) == set()


def test_what_was_pulled_or_pushed_lately_is_kept(small_tree: SmallTree, prune: Prune) -> None:
    # A read counts that comes after the link's last change, which is this one.
    push(small_tree, "pulled", 40, pulled=-1)
    push(small_tree, "pushed", 3)
    push(small_tree, "neither", 40, pulled=30)
    assert prune({"not_pulled_for": "10d"}) == {"neither"}


def test_the_first_rule_that_a_repository_matches_counts(small_tree: SmallTree, prune: Prune) -> None:
    for number in range(4):
        push(small_tree, f"t{number}", 10 - number)
    others: dict[str, Any] = {"repositories": "*", "keep_last": 1}
    assert prune({"repositories": "a*", "keep_last": 3}, others) == {"t0"}
    assert prune({"repositories": "b*", "keep_last": 3}, others) == {"t0", "t1", "t2"}


def test_patch_releases_of_each_minor_release(small_tree: SmallTree, prune: Prune) -> None:
    for tag in ("1.2.9", "1.2.10", "1.2.8", "1.3.0", "1.2.7-alpine", "latest", "1.2"):
        push(small_tree, tag, 1)
    assert prune({"patch_releases": 2}) == {"1.2.8"}


def test_what_the_cluster_holds_stays(small_tree: SmallTree, prune: Prune) -> None:
    digests = {tag: push(small_tree, tag, 40) for tag in ("by-tag", "by-digest", "free")}
    held = {"app:by-tag": ["Pod web/a"], digests["by-digest"]: ["ReplicaSet web/b"]}
    assert prune({"newer_than": "30d"}, "--yes", held=held) == {"free"}
    holders = {record["name"]: record["holders"] for record in prune.records if record["type"] == "held"}
    assert holders == {"by-tag": ["Pod web/a"], "by-digest": ["ReplicaSet web/b"]}
    assert prune.left() == {"by-tag", "by-digest"}


@pytest.mark.parametrize("name", ["r.io/app:1", "https://r.io:5000/app:1", "app@{}", "r.io/another/path@{}", "{long}"])
def test_it_is_held_by_whatever_name(small_tree: SmallTree, prune: Prune, name: str) -> None:
    digest = push(small_tree, "1", 40)
    digits = hashlib.sha512(small_tree.blob_path(digest).read_bytes()).hexdigest()
    link = small_tree.root / f"repositories/app/_manifests/revisions/sha512/{digits}/link"
    link.parent.mkdir(parents=True)
    link.write_text(digest)
    held = {name.format(digest, long=f"sha512:{digits}"): ["Pod web/a"]}
    assert prune({"newer_than": "30d"}, held=held) == set()


def tag_again(tree: SmallTree, tag: str, *others: str) -> None:
    """Give an image further tags, at the same time."""
    tags = tree.root / "repositories/app/_manifests/tags"
    for other in others:
        shutil.copytree(tags / tag, tags / other)


def attach(tree: SmallTree, digest: str, kind: str, days: float, by_subject: bool = False) -> str:
    """Attach something to an image as cosign does, or with `subject`; returns its digest."""
    tag = f"sbom-{digest[7:15]}" if by_subject else digest.replace(":", "-") + kind
    made = tree.image("app", tag, [tag.encode()], subject=digest if by_subject else "")
    moment = time.time() - days * DAY
    os.utime(tree.root / f"repositories/app/_manifests/tags/{tag}/current/link", (moment, moment))
    return made


def test_images_count_and_stay_with_all_their_tags(small_tree: SmallTree, prune: Prune) -> None:
    for number in range(5):
        push(small_tree, f"1.0.{number}", 10 - number)
    tag_again(small_tree, "1.0.4", "1.0", "1", "latest")
    assert prune({"keep_last": 3}) == {"1.0.0", "1.0.1"}
    assert prune({"patch_releases": 4}) == {"1.0.0"}


def test_a_release_under_two_spellings_is_one(small_tree: SmallTree, prune: Prune) -> None:
    for number in range(3):
        push(small_tree, f"v1.0.{number}", 10 - number)
    tag_again(small_tree, "v1.0.2", "v1.0.3")
    assert prune({"patch_releases": 2}) == {"v1.0.0"}


@pytest.mark.parametrize("kind", ["", ".sig", ".att", ".sbom"])
@pytest.mark.parametrize("rule", [{"keep_last": 2}, {"newer_than": "10d", "keep_tags": ["v*"]}])
def test_an_attachment_stays_with_its_image_and_goes_with_it(
    small_tree: SmallTree, prune: Prune, kind: str, rule: dict[str, Any]
) -> None:
    stays, also, goes = push(small_tree, "v2", 3), push(small_tree, "v1", 4), push(small_tree, "old", 20)
    names = {digest: digest.replace(":", "-") + kind for digest in (stays, also, goes)}
    for digest in names:
        attach(small_tree, digest, kind, 40)
    assert prune(rule, "--yes") == {"old"}
    shutil.rmtree(small_tree.root / "_solakube/deleted")
    collected(small_tree)
    assert prune.left() == {"v1", "v2", names[stays], names[also]}


def test_what_verifies_an_attachment_or_names_its_subject_stays_too(small_tree: SmallTree, prune: Prune) -> None:
    image = push(small_tree, "v1", 1)
    sbom = attach(small_tree, image, ".sbom", 40, by_subject=True)
    attach(small_tree, sbom, ".sig", 40)
    old = push(small_tree, "v0", 30)
    old_sbom = attach(small_tree, old, ".sbom", 40, by_subject=True)
    attach(small_tree, old_sbom, ".sig", 40)
    left = {"v1", f"sbom-{image[7:15]}", sbom.replace(":", "-") + ".sig"}
    assert prune({"keep_last": 1}, "--yes") == {"v0", f"sbom-{old[7:15]}"}
    shutil.rmtree(small_tree.root / "_solakube/deleted")
    collected(small_tree)
    assert prune.left() == left


def test_a_pattern_keeps_a_tag_that_belongs_to_an_image(small_tree: SmallTree, prune: Prune) -> None:
    push(small_tree, "v1", 1)
    attach(small_tree, push(small_tree, "v0", 30), ".sbom", 40, by_subject=True)
    assert prune({"keep_last": 1, "keep_tags": ["sbom-*"]}) == {"v0"}


def test_what_verifies_what_the_cluster_holds_stays(small_tree: SmallTree, prune: Prune) -> None:
    push(small_tree, "new", 1)
    digest = push(small_tree, "old", 30)
    attach(small_tree, digest, ".sig", 30)
    assert prune({"keep_last": 1}, held={digest: ["Pod web/a"]}) == set()
    why = {record["name"]: record["why"] for record in prune.records}
    assert why == {
        "new": "among the last 1",
        "old": "held by Pod web/a",
        digest.replace(":", "-") + ".sig": f"belongs to {digest}",
    }


def in_another_repository(tree: SmallTree, digest: str) -> None:
    """Have the image a tag elsewhere, as `crane copy` does."""
    shutil.copytree(tree.root / "repositories/app", tree.root / "repositories/prod")
    for tag in (tree.root / "repositories/prod/_manifests/tags").iterdir():
        if (tag / "current/link").read_text() != digest:
            shutil.rmtree(tag)


def by_an_unreadable_tag(tree: SmallTree, digest: str) -> None:
    tag = tree.root / "repositories/app/_manifests/tags/cut-off"
    (tag / f"index/sha256/{digest[7:]}").mkdir(parents=True)
    (tag / f"index/sha256/{digest[7:]}/link").write_text(digest)
    (tag / "current").mkdir()
    (tag / "current/link").write_text("")


def by_an_unreadable_index(tree: SmallTree, digest: str) -> None:
    damaged = tree.image("app", "index", [], subject="")
    tree.blob_path(damaged).write_bytes(b'{"schemaVersion": 2, "manifests": [')


def by_a_tag_that_was_moved_lately(tree: SmallTree, digest: str) -> None:
    tree.whole_image("app", "new", [b"newer"])
    link = tree.root / f"repositories/app/_manifests/tags/new/index/sha256/{digest[7:]}/link"
    link.parent.mkdir()
    link.write_text(digest)
    os.utime(link, (1, 1))


NEEDED = (in_another_repository, by_an_unreadable_tag, by_an_unreadable_index, by_a_tag_that_was_moved_lately)


@pytest.mark.parametrize("needed", NEEDED)
def test_a_signature_outlasts_the_tag_of_its_image_where_that_is_needed(
    small_tree: SmallTree, prune: Prune, needed: Callable[[SmallTree, str], None]
) -> None:
    push(small_tree, "new", 1)
    digest = push(small_tree, "old", 30)
    signature = attach(small_tree, digest, ".sig", 30)
    needed(small_tree, digest)
    assert prune({"repositories": "app", "newer_than": "10d"}, "--yes") == {"old"}
    undo = "1d" if needed is by_a_tag_that_was_moved_lately else "0"
    at_once = ("--grace=0s", "--untagged-grace=0s", f"--undo-period={undo}")
    assert main(["--data", str(small_tree.data), "garbage-collect", *at_once]) == 0
    assert {digest, signature} <= blobs(small_tree)
    assert digest.replace(":", "-") + ".sig" in prune.left()


def test_an_image_that_is_brought_back_has_its_signature(small_tree: SmallTree, prune: Prune) -> None:
    push(small_tree, "new", 1)
    digest = push(small_tree, "old", 30)
    signature = attach(small_tree, digest, ".sig", 30)
    assert prune({"keep_last": 1}, "--yes") == {"old"}
    assert main(["--data", str(small_tree.data), "garbage-collect", "--grace=0s", "--untagged-grace=0s"]) == 0
    assert main(["--data", str(small_tree.data), "undelete", "app:old"]) == 0
    assert {digest, signature} <= blobs(small_tree)
    assert prune.left() == {"new", "old", digest.replace(":", "-") + ".sig"}


@pytest.mark.parametrize(("algorithm", "suffix"), [("sha512", ""), ("sha512", ".sig"), ("sha384", "")])
def test_a_fallback_tag_of_a_long_digest_is_no_image(
    small_tree: SmallTree, prune: Prune, algorithm: str, suffix: str
) -> None:
    for number in range(3):
        digest = push(small_tree, f"1.{number}", 10 - number)
        digits = hashlib.new(algorithm, small_tree.blob_path(digest).read_bytes()).hexdigest()
        link = small_tree.root / f"repositories/app/_manifests/revisions/{algorithm}/{digits}/link"
        link.parent.mkdir(parents=True)
        link.write_text(digest)
        push(small_tree, f"{algorithm}-{digits[:64]}{suffix}", 1)
    assert prune({"keep_last": 2}, "--yes") == {"1.0"}
    shutil.rmtree(small_tree.root / "_solakube/deleted")
    collected(small_tree)
    assert len(prune.left()) == 4


def test_what_a_wrong_clock_dated_in_the_future_does_not_count(small_tree: SmallTree, prune: Prune) -> None:
    for number in range(3):
        push(small_tree, f"skewed{number}", -400)
        push(small_tree, f"right{number}", 3 - number)
    assert prune({"keep_last": 2}) == {"right0"}
    assert prune({"patch_releases": 1, "keep_last": 1}) == {"right0", "right1"}


def test_without_knowing_who_holds_what_nothing_goes(small_tree: SmallTree, prune: Prune) -> None:
    push(small_tree, "1", 400)
    prune.monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"rules": [{"keep_last": 1}], "held": None})))
    assert main(["--data", str(small_tree.data), "prune", "--yes"]) == 1
    assert "the cluster did not tell which images it names" in prune.capsys.readouterr().err


@pytest.mark.parametrize("rule", [{}, {"keep_tags": ["v*"]}, {"keep_last": 0}, {"keep_lst": 3}, {"newer_than": "x"}])
def test_a_rule_that_says_too_little_deletes_nothing(small_tree: SmallTree, prune: Prune, rule: dict[str, Any]) -> None:
    push(small_tree, "1", 400)
    assert prune(rule, "--yes") == set()
    assert prune.records[0]["type"] == "problem"
    assert prune.left() == {"1"}


def test_a_scheduled_run_goes_by_the_rules_that_it_is_sent(small_tree: SmallTree, prune: Prune) -> None:
    """So whoever has its token may delete by rules of his own, as docs/security.md tells."""
    push(small_tree, "old", 40)
    push(small_tree, "new", 1)
    order = {"rules": [{"keep_last": 1}], "held": {}, "grace": "0s"}
    prune.monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(order)))
    main(["--data", str(small_tree.data), "maintain"])
    assert prune.left() == {"new"}
