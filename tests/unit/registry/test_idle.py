"""Settings without effect are told."""

from __future__ import annotations

import pytest
from solakube_registry import idle

from solakube_core.testing import Place
from tests.unit.exposure.places import Machine, settings


@pytest.mark.parametrize(
    ("name", "value", "other"),
    [
        ("REGISTRY_NETWORK_POLICY_FROM", "traefik", "REGISTRY_NETWORK_POLICY is off"),
        ("REGISTRY_NETWORK_POLICY_METRICS_FROM", "monitoring", "REGISTRY_NETWORK_POLICY is off"),
        ("REGISTRY_METRICS_LABELS", "release=prometheus", "REGISTRY_METRICS is off"),
        ("REGISTRY_ROTATE_GRACE", "2h", "REGISTRY_ROTATE_SCHEDULE is not set"),
    ],
)
def test_a_setting_without_the_one_it_belongs_to_is_told(name: str, value: str, other: str) -> None:
    assert list(idle.notes(settings(**{name: value}), Place())) == [f"{name} has no effect: {other}"]


@pytest.mark.parametrize(
    "values",
    [
        {"REGISTRY_NETWORK_POLICY_FROM": "traefik", "REGISTRY_NETWORK_POLICY": "on"},
        {"REGISTRY_METRICS_LABELS": "release=prometheus", "REGISTRY_METRICS": "auto"},
        {"REGISTRY_ROTATE_GRACE": "2h", "REGISTRY_ROTATE_SCHEDULE": "0 4 * * 0"},
        {"REGISTRY_EXPOSE": "none"},
        {},
    ],
)
def test_what_has_an_effect_is_not_told(values: dict[str, str]) -> None:
    assert list(idle.notes(settings(**values), Place())) == []


def test_on_one_machine_it_is_said_once() -> None:
    (told,) = idle.notes(settings(REGISTRY_METRICS_LABELS="a=b", REGISTRY_REPLICAS="2"), Machine())
    assert told == "REGISTRY_METRICS_LABELS, REGISTRY_REPLICAS have no effect on one machine"
