from __future__ import annotations

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.lifecycle.resolve import choose_exposure
from solakube_core.model import Exposure


class Plugins:
    def deployer_of(self, component: str) -> str:
        return "registry" if component == "registry" else ""

    def describe(self, name: str) -> str:
        return f"{name} (dist-{name} 1)"


BUILT_IN = Exposure("registry", "ingress")
TRAEFIK = Exposure("traefik-route", "ingressroute")
CONTOUR = Exposure("contour", "httpproxy")


def chosen(wanted: str = "", **answers: Exposure) -> Exposure | None:
    return choose_exposure("registry", answers, Plugins(), wanted)


def test_the_built_in_serves_when_it_is_alone() -> None:
    assert chosen(registry=BUILT_IN) is BUILT_IN


@pytest.mark.parametrize("order", [("registry", "traefik"), ("traefik", "registry")])
def test_an_installed_plugin_replaces_the_built_in_whatever_the_order(order: tuple[str, str]) -> None:
    answers = {"registry": BUILT_IN, "traefik": TRAEFIK}
    assert choose_exposure("registry", {name: answers[name] for name in order}, Plugins(), "") is TRAEFIK


def test_two_third_parties_are_an_error_that_names_both_distributions() -> None:
    with pytest.raises(SolakubeError) as failure:
        chosen(registry=BUILT_IN, traefik=TRAEFIK, contour=CONTOUR)
    text = str(failure.value)
    assert "contour of contour (dist-contour 1)" in text
    assert "traefik-route of traefik (dist-traefik 1)" in text
    assert "REGISTRY_EXPOSE_PROVIDER" in text


@pytest.mark.parametrize("wanted", ["contour", "registry", "traefik-route", "traefik"])
def test_the_setting_wins_over_everything(wanted: str) -> None:
    exposure = chosen(wanted, registry=BUILT_IN, traefik=TRAEFIK, contour=CONTOUR)
    assert exposure is {"contour": CONTOUR, "registry": BUILT_IN}.get(wanted, TRAEFIK)


def test_a_provider_that_did_not_answer_is_an_error_that_lists_those_who_did() -> None:
    with pytest.raises(SolakubeError, match="there are: registry, traefik-route"):
        chosen("nginx", registry=BUILT_IN, traefik=TRAEFIK)


def test_a_dash_in_the_name_is_an_underscore_in_the_variable() -> None:
    with pytest.raises(SolakubeError, match="set MY_CACHE_EXPOSE_PROVIDER to one of"):
        choose_exposure("my-cache", {"traefik": TRAEFIK, "contour": CONTOUR}, Plugins(), "")


def test_a_plugin_that_failed_is_told_where_it_would_hold_and_left_out_elsewhere() -> None:
    failed = SolakubeError("no answer")
    with pytest.raises(SolakubeError, match="no answer"):
        choose_exposure("registry", {"registry": BUILT_IN, "traefik": failed}, Plugins(), "")
    assert choose_exposure("registry", {"registry": BUILT_IN, "traefik": failed}, Plugins(), "registry") is BUILT_IN


def test_nobody_exposes() -> None:
    assert chosen() is None
