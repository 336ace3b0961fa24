"""Whose images stay, by whatever address they are named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from solakube_registry.configure import configure
from solakube_registry.maintenance.holders import held_images
from solakube_registry.maintenance.retention import rules
from solakube_regtool.cluster.kinds import KINDS, kind_at
from solakube_regtool.cluster.references import names_of

from solakube_core.engine import Site
from solakube_core.errors import SolakubeError
from solakube_core.testing import Place
from tests.unit.exposure.places import settings

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "names"),
    [
        ("registry.example.com/team/app:1", {"team/app:1"}),
        ("localhost:5000/team/app:1", {"team/app:1"}),
        ("localhost/team/app", {"team/app:latest"}),
        ("10.0.0.7:30500/app", {"app:latest", "library/app:latest"}),
        ("team/app:1", {"team/app:1"}),
        (f"registry.example.com/team/app@{DIGEST}", {DIGEST}),
        (f"registry.example.com/team/app:1@{DIGEST}", {"team/app:1", DIGEST}),
        (f"docker-pullable://registry.example.com/team/app@{DIGEST}", {DIGEST}),
    ],
)
def test_an_image_counts_without_its_host(image: str, names: set[str]) -> None:
    assert set(names_of(image)) == names


class Objects:
    """Objects of a cluster by kind."""

    def __init__(self, **kinds: list[Mapping[str, Any]]) -> None:
        self._kinds = kinds

    def list(self, api_version: str, kind: str) -> tuple[Mapping[str, Any], ...]:
        del api_version
        return tuple(self._kinds.get(kind, ()))


def _named(name: str, **rest: Any) -> Mapping[str, Any]:
    return {"metadata": {"name": name, "namespace": "web"}, **rest}


def test_everything_that_may_start_again_holds() -> None:
    pod_spec = {"initContainers": [{"image": "r.io/init:1"}], "containers": [{"image": "r.io/main:1"}]}
    status = {"containerStatuses": [{"image": "r.io/main:1", "imageID": f"r.io/main@{DIGEST}"}]}
    template = {"template": {"spec": {"containers": [{"image": "r.io/old:1"}]}}}
    cluster = Objects(
        Pod=[_named("p", spec=pod_spec, status=status)],
        ReplicaSet=[_named("rs", spec={"replicas": 0, **template})],
        ControllerRevision=[_named("cr", data={"spec": template})],
        CronJob=[_named("cj", spec={"jobTemplate": {"spec": template}})],
    )
    held = held_images(settings(), cast(Site, cluster))
    assert held["init:1"] == held["main:1"] == held[DIGEST] == ["Pod web/p"]
    assert held["old:1"] == ["ReplicaSet web/rs", "ControllerRevision web/cr", "CronJob web/cj"]


@pytest.mark.parametrize(
    ("found", "names"),
    [
        ({"args": ["--sidecar", f"--image=r.io/team/app@{DIGEST}"]}, {DIGEST}),
        ({"env": [{"name": "RELATED_IMAGE", "value": "r.io/team/app:1"}]}, {"team/app:1"}),
        ({"data": {"config.yaml": "runner:\n  image: 'r.io/team/app:1'\n"}}, {"team/app:1"}),
        ({"values": {"image": {"registry": "r.io", "repository": "team/app", "tag": 1.5}}}, {"team/app:1.5"}),
        ({"images": [{"name": "app", "newName": "r.io/team/app", "newTag": "1"}]}, {"team/app:1"}),
        ({"images": [{"name": "r.io/team/app", "newTag": "1"}]}, {"team/app:1"}),
        ({"images": [{"name": "r.io/team/app", "digest": DIGEST}]}, {DIGEST}),
        ({"spec": {"url": "oci://r.io/team/charts", "ref": {"tag": "1"}}}, {"team/charts:1"}),
        ({"spec": {"containerImage": f"r.io/team/app:1@{DIGEST}"}}, {"team/app:1", DIGEST}),
        ({"spec": {"volumes": [{"image": {"reference": "r.io/team/files"}}]}}, {"team/files:latest"}),
        ({"spec": {"imageName": "app:16"}}, {"app:16"}),
        ({"spec": {"runnerImage": "r.io/team/app"}}, {"team/app:latest"}),
        ({"spec": {"images": ["app:1", "r.io/team/app"]}}, {"app:1", "team/app:latest"}),
        ({"spec": {"image": "r.io/team/app", "tag": "1"}}, {"team/app:1"}),
        ({"spec": {"baseImage": "r.io/team/app", "tag": "1", "sha": "a" * 64}}, {"team/app:1", DIGEST}),
        ({"spec": {"imageName": "team/app", "imageTag": 2}}, {"team/app:2"}),
        ({"subject": [{"name": "r.io/team/app", "digest": {"sha256": "a" * 64}}]}, {DIGEST}),
        ({"spec": {"purl": f"pkg:oci/app@sha256%3A{'a' * 64}?repository_url=r.io/team"}}, {DIGEST}),
        ({"spec": {"signature": f"r.io/team/app:sha256-{'a' * 64}.sig"}}, {DIGEST, f"team/app:sha256-{'a' * 64}.sig"}),
        ({"spec": {"id": f"sha512:{'b' * 128}"}}, {f"sha512:{'b' * 128}"}),
        ({"args": ["--image=[fd00::1]:5000/team/app:1"]}, {"team/app:1"}),
        ({"args": ["pull", "docker-pullable://r.io:5000/team/app:1"]}, {"team/app:1"}),
        ({"args": [f"https://r.io/v2/team/app/manifests/{DIGEST}"]}, {DIGEST}),
        (
            {"metadata": {"name": "r", "namespace": "web", "annotations": {"n": "It runs r.io/team/app:1."}}},
            {"team/app:1"},
        ),
        ({"data": {"x": '{"image":"r.io/team/app:1","with":"r.io/team/side:2"}'}}, {"team/app:1", "team/side:2"}),
    ],
)
def test_an_image_is_found_wherever_an_object_names_it(found: Mapping[str, Any], names: set[str]) -> None:
    cluster = Objects(revisions=[_named("r", kind="Revision", **found)])
    asked = settings(REGISTRY_HOLDER_KINDS="serving.knative.dev/v1/revisions")
    held = held_images(asked, cast(Site, cluster))
    assert names <= set(held)
    assert {holder for holders in held.values() for holder in holders} == {"Revision web/r"}


@pytest.mark.parametrize("image", [{"image": "r.io/app", "tag": "1"}, {"repository": "r.io/app", "tag": 1}])
def test_a_name_whose_tag_stands_beside_it_is_not_that_of_latest(image: Mapping[str, Any]) -> None:
    held = held_images(settings(), cast(Site, Objects(Pod=[_named("p", spec=image)])))
    assert "app:1" in held
    assert "app:latest" not in held


@pytest.mark.parametrize("text", ["http://web.svc:8080/path", "10.0.0.7:5000", "a/b", "team/app", "12:30", "x" * 64])
def test_what_is_no_image_holds_nothing(text: str) -> None:
    assert held_images(settings(), cast(Site, Objects(Pod=[_named("p", spec={"text": text})]))) == {}


@pytest.mark.parametrize("kind", ["Revision", "serving.knative.dev/v1", "v1/Pods", "a b/v1/pods", "/v1/pods"])
def test_a_kind_that_is_none_is_told(kind: str) -> None:
    asked = settings(REGISTRY_ADMIN_PASSWORD="x", REGISTRY_HOLDER_KINDS=f"v1/configmaps,{kind}")
    (problem,) = configure(asked, (), Place()).problems
    assert f"{kind!r} is no kind of objects" in problem.what
    with pytest.raises(SolakubeError, match="no kind of objects"):
        held_images(asked, cast(Site, Objects()))


def test_a_policy_file_has_a_list_of_rules(tmp_path: Path) -> None:
    policy = tmp_path / "retention.yaml"
    policy.write_text("rules:\n- repositories: team/*\n  keep_last: 3\n")
    assert rules(cast(Any, None), policy) == [{"repositories": "team/*", "keep_last": 3}]
    policy.write_text("keep_last: 3\n")
    with pytest.raises(SolakubeError, match="no list of rules"):
        rules(cast(Any, None), policy)


def test_a_kind_is_known_by_its_place_in_the_api() -> None:
    assert tuple(kind_at(f"{kind.api_version}/{kind.resource}") for kind in KINDS) == KINDS
