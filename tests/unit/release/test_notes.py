"""A release has the version that its packages have, and says what it brings."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from release.make import CHECKOUT, DISTRIBUTIONS
from release.notes import Unfit, notes
from solakube_core.version import __version__

CHANGELOG = """# Changelog

## Unreleased

- to come

## {heading}

### Added

- this

## 1.2.0 - 2026-01-01

- before
"""


@pytest.mark.parametrize("heading", ["1.2.3", "[1.2.3]", "1.2.3 - 2026-11-28", "[1.2.3] - 2026-11-28"])
def test_the_notes_are_the_section_of_the_version(heading: str) -> None:
    assert notes("v1.2.3", CHANGELOG.format(heading=heading), "1.2.3") == "### Added\n\n- this\n"


@pytest.mark.parametrize("heading", ["1.2.30", "11.2.3", "1x2x3", "v1.2.3"])
def test_another_version_is_not_taken_for_it(heading: str) -> None:
    with pytest.raises(Unfit, match=re.escape("CHANGELOG.md has no section 1.2.3")):
        notes("v1.2.3", CHANGELOG.format(heading=heading), "1.2.3")


@pytest.mark.parametrize("tag", ["1.2.3", "v1.2.4", "v1.2", "", "v1.2.3\n", "refs/tags/v1.2.3"])
def test_a_tag_that_is_not_the_version_is_refused(tag: str) -> None:
    with pytest.raises(Unfit, match=re.escape("version.py says 1.2.3")):
        notes(tag, CHANGELOG.format(heading="1.2.3"), "1.2.3")


def test_the_version_stands_in_one_place() -> None:
    for folder in DISTRIBUTIONS:
        described = tomllib.loads(CHECKOUT.joinpath(folder, "pyproject.toml").read_text(encoding="utf-8"))
        assert "version" not in described["project"]
        module = described["tool"]["setuptools"]["dynamic"]["version"]["attr"].removesuffix(".__version__")
        file = CHECKOUT / folder / f"{module.replace('.', '/')}.py"
        assert file.resolve() == CHECKOUT / "solakube_core" / "version.py"
        required = [text for text in described["project"]["dependencies"] if text.startswith("solakube>")]
        assert all(text.startswith(f"solakube>={__version__.rpartition('.')[0]},<") for text in required)


def test_the_workflow_checks_before_it_publishes() -> None:
    workflow = YAML(typ="safe").load(Path(CHECKOUT, ".github/workflows/release.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert jobs["check"]["uses"] == "./.github/workflows/check.yml"
    assert jobs["make"]["needs"] == "check"
    commands = [step["run"] for step in jobs["make"]["steps"] if "run" in step]
    told = next(number for number, text in enumerate(commands) if "python -m release.notes" in text)
    made = next(number for number, text in enumerate(commands) if "python -m release.make dist" in text)
    assert told < made
    assert jobs["publish"]["needs"] == "make"
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
