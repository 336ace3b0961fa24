"""A plan that brings a kind and an object of it, on a real API server, to the end of its removal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from solakube_core.kube import KubernetesEngine
from solakube_core.model import Manifest, ObjectRef
from solakube_core.testing import thing
from tests.e2e.engine import samples
from tests.e2e.engine.conftest import Kubectl
from tests.heard import Heard


@pytest.fixture
def group(namespace: str, kubectl: Kubectl) -> Iterator[str]:
    """An API group of this test alone: kinds are the whole cluster's."""
    name = f"{namespace}.example.com"
    yield name
    kubectl("delete", "customresourcedefinition", f"pages.{name}", "--ignore-not-found", "--wait=false")


def definition(group: str) -> Manifest:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"text": {"type": "string"}}}}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"kind": "Page", "plural": "pages", "singular": "page", "listKind": "PageList"}
    spec = {"group": group, "scope": "Namespaced", "names": names, "versions": [version]}
    return thing("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"pages.{group}", spec=spec)


def test_a_kind_of_its_own_comes_first_and_goes_with_the_data(
    engine: KubernetesEngine, namespace: str, group: str, progress: Heard
) -> None:
    page = thing(f"{group}/v1", "Page", "start", namespace, spec={"text": "hello"})
    kind, plan = definition(group), samples.plan(namespace, page, definition(group), awaits=())
    assert engine.obstacles(plan) == ()
    assert [change.action for change in engine.changes(plan)] == ["create"] * 3
    engine.apply(plan, progress)
    assert engine.site.get(ObjectRef.of(page))
    engine.apply(plan, progress)
    assert progress.said[-1] == "nothing to change"

    engine.remove(namespace, delete_data=False, progress=progress)
    assert engine.site.get(ObjectRef.of(page)) is None
    assert engine.site.get(ObjectRef.of(kind))
    engine.apply(plan, progress)
    told = f"CustomResourceDefinition pages.{group} and all objects of the kind Page in the whole cluster"
    assert told in engine.removal(namespace, delete_data=True).goes
    engine.remove(namespace, delete_data=True, progress=progress)
    assert engine.site.get(ObjectRef.of(kind)) is None
    assert engine.site.get(ObjectRef("v1", "Namespace", namespace)) is None
