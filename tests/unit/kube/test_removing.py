"""What goes with a component, and what of it keeps its namespace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solakube_core.cli.main import run
from solakube_core.errors import SolakubeError
from solakube_core.kube import KubernetesEngine, connect
from solakube_core.model import CREATED_ANNOTATION, Manifest, ObjectRef, Observation
from solakube_core.testing import thing
from tests.e2e.engine import samples
from tests.heard import Heard
from tests.unit.kube.api_server import ApiServer, kubeconfig, refusal
from tests.unit.kube.conftest import Clock

WEB = "/api/v1/namespaces/web"
PAGE = ObjectRef("v1", "ConfigMap", "page", "web")


def made_by_a_controller(server: ApiServer) -> None:
    server.objects[f"{WEB}/secrets/made"] = dict(thing("v1", "Secret", "made", "web"))


def deployed(server: ApiServer, tmp_path: Path, observe: object) -> KubernetesEngine:
    """Deploy a namespace with a page; a controller then puts a Secret beside it."""
    config = kubeconfig(tmp_path / "kubeconfig", f"http://127.0.0.1:{server.server_port}")
    engine = connect(config, None, observe=lambda live, _: observe(live))  # type: ignore[operator]
    engine.apply(samples.plan("web", samples.config_map("web"), awaits=()), Heard())
    assert CREATED_ANNOTATION in server.objects[WEB]["metadata"]["annotations"]
    made_by_a_controller(server)
    return engine


def made_for(ref: ObjectRef | None) -> object:
    def observe(live: Manifest) -> Observation | None:
        return Observation("made", made_for=ref) if live["kind"] == "Secret" else None

    return observe


def test_what_a_controller_made_for_an_object_goes_with_the_namespace(
    server: ApiServer, tmp_path: Path, clock: Clock, progress: Heard
) -> None:
    engine = deployed(server, tmp_path, made_for(PAGE))
    assert "Namespace web" in engine.removal("web", True).goes
    engine.remove("web", True, progress)
    assert WEB not in server.objects
    assert not any("kept the namespace" in line for line in progress.said)


def failing(live: Manifest) -> Observation | None:
    raise SolakubeError("plugin wiki failed in observe")


@pytest.mark.parametrize(
    "observe", [made_for(None), made_for(ObjectRef("v1", "ConfigMap", "theirs", "web")), failing, lambda _: None]
)
def test_what_was_made_for_others_or_for_nobody_knows_whom_keeps_the_namespace(
    server: ApiServer, tmp_path: Path, clock: Clock, progress: Heard, observe: object
) -> None:
    engine = deployed(server, tmp_path, observe)
    assert "Namespace web" not in engine.removal("web", True).goes
    engine.remove("web", True, progress)
    assert WEB in server.objects
    assert progress.said[-1] == "kept the namespace web: it holds Secret web/made"


def test_the_first_line_names_the_namespace_of_what_no_plugin_deploys_any_more(
    server: ApiServer,
    tmp_path: Path,
    private_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    deployed(server, tmp_path, lambda _: None)
    monkeypatch.setenv("SK_CLUSTER", "test")
    assert run(["--kubeconfig", str(tmp_path / "kubeconfig"), "undeploy", "web", "--yes"]) == 0
    assert capsys.readouterr().err.splitlines()[0] == "web -> cluster test (context test), namespace web"


def test_the_core_knows_no_kinds_of_others() -> None:
    core = Path(__file__).parents[3] / "solakube_core"
    theirs = re.compile("cert-?manager|gateway.networking|HTTPRoute|Challenge")
    assert [file.name for file in core.rglob("*.py") if theirs.search(file.read_text(encoding="utf-8"))] == []


def test_who_may_not_see_the_namespace_is_not_stopped_by_it_when_all_is_gone(
    engine: KubernetesEngine, server: ApiServer, clock: Clock, progress: Heard
) -> None:
    server.objects[WEB] = samples.namespace_object("web")
    engine.apply(samples.plan("web", samples.config_map("web"), awaits=()), progress)
    server.kinds["/api/v1"] = tuple(kind for kind in server.kinds["/api/v1"] if kind[0] != "Namespace")
    engine.remove("web", True, progress)
    assert progress.said[-1] == "kept the namespace web: it is not sk's"


@pytest.mark.parametrize("status", [403, 404, 405, 500, 503])
@pytest.mark.parametrize("plural", ["secrets", "persistentvolumeclaims", "deployments"])
def test_a_list_that_is_refused_may_hold_anything_and_keeps_the_namespace(
    server: ApiServer, tmp_path: Path, clock: Clock, progress: Heard, plural: str, status: int
) -> None:
    engine = deployed(server, tmp_path, lambda _: None)
    group = "/apis/apps/v1" if plural == "deployments" else "/api/v1"
    server.faults[f"{group}/namespaces/web/{plural}"] = refusal(status, "not for you", "Refused", method="GET")
    assert "Namespace web" not in engine.removal("web", True).goes
    engine.remove("web", True, progress)
    assert WEB in server.objects
    assert "which cannot be listed" in progress.said[-1]
