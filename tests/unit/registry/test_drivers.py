"""A registry has one storage driver, wherever it is named."""

from __future__ import annotations

from typing import Any

import pytest
from solakube_registry.distribution.drivers import driver_problems, storage_driver

S3 = {"storage": {"s3": {"bucket": "images"}}}


@pytest.mark.parametrize(
    ("extra", "driver"),
    [
        ({}, "filesystem"),
        ({"storage": None}, "filesystem"),
        ({"storage": ["s3"]}, "filesystem"),
        ({"storage": {"delete": {"enabled": False}, "redirect": {"disable": True}}}, "filesystem"),
        ({"storage": {"filesystem": None, "s3": {"bucket": "images"}}}, "s3"),
        ({"storage": {"filesystem": None, "inmemory": {}}}, "inmemory"),
        ({"storage": {"filesystem": {"maxthreads": 50}}}, "filesystem"),
    ],
)
def test_the_storage_driver_is_the_one_that_is_laid_over(extra: dict[str, Any], driver: str) -> None:
    assert storage_driver(extra) == driver


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        ({}, "REGISTRY_STORAGE_S3_BUCKET"),
        ({}, "REGISTRY_STORAGE_INMEMORY"),
        (S3, "REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS"),
        (S3, "REGISTRY_STORAGE_GCS_BUCKET"),
    ],
)
def test_a_variable_of_another_driver_is_told(extra: dict[str, Any], name: str) -> None:
    (problem,) = driver_problems(extra, (name,))
    assert problem.what.startswith(f"chart-values.yaml sets {name} in extraEnvVars, and the storage driver is ")


@pytest.mark.parametrize(
    ("extra", "name"),
    [
        ({}, "REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS"),
        ({}, "REGISTRY_STORAGE_DELETE_ENABLED"),
        ({}, "REGISTRY_STORAGE_REDIRECT_DISABLE"),
        ({}, "REGISTRY_LOG_LEVEL"),
        ({}, "STORAGE_S3_BUCKET"),
        (S3, "REGISTRY_STORAGE_S3_ACCESSKEY"),
    ],
)
def test_other_variables_hold(extra: dict[str, Any], name: str) -> None:
    assert list(driver_problems(extra, (name,))) == []


def test_two_drivers_in_config_data_are_told() -> None:
    extra = {"storage": {"filesystem": {"maxthreads": 50}, "s3": {"bucket": "images"}}}
    assert [problem.what for problem in driver_problems(extra, ())] == [
        "chart-values.yaml sets configData.storage.filesystem and .s3"
    ]
