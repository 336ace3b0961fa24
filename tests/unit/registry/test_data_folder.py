"""What lies in the data folder of one machine is told before a registry starts on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from solakube_registry.naming import Names
from solakube_registry.processes.config import as_text, registry_config
from solakube_registry.processes.data_folder import notes, problems

from solakube_core.model import Layout, ObjectRef
from solakube_core.testing import Place

_MANIFESTS = "docker/registry/v2/repositories/{}/_manifests"


@dataclass(frozen=True)
class Machine(Place):
    """A machine with a data folder, and the configuration of an earlier deployment if there was one."""

    data: Path = Path("/nowhere")
    config: str | None = None

    def layout(self, component: str, in_container: Layout) -> Layout:
        return Layout(str(self.data), "/config")

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        return self.config if key == "config.yml" else None


def _images(data: Path, **tags: tuple[str, ...]) -> Path:
    for repository, names in tags.items():
        manifests = data / _MANIFESTS.format(repository)
        (manifests / "revisions").mkdir(parents=True)
        for name in names:
            link = manifests / "tags" / name / "current/link"
            link.parent.mkdir(parents=True)
            link.write_text(f"sha256:{'0' * 64}")
    return data


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"a": ("1", "2"), "b": ("1",)}, "found 2 repositories, 3 tags in "),
        ({"a": ("1",)}, "found 1 repository, 1 tag in "),
        ({"a": ()}, "found 1 repository, 0 tags in "),
    ],
)
def test_what_is_taken_up_is_counted(tags: dict[str, tuple[str, ...]], found: str, tmp_path: Path) -> None:
    data = _images(tmp_path, **tags)
    assert list(notes(Names("registry"), Machine(data=data))) == [f"{found}{data}"]


def test_an_empty_folder_and_one_of_before_are_no_news(tmp_path: Path) -> None:
    assert list(notes(Names("registry"), Machine(data=tmp_path))) == []
    assert list(notes(Names("registry"), Machine(data=tmp_path / "none"))) == []
    data = _images(tmp_path, a=("1",))
    config = as_text(registry_config(Layout(str(data), "/config"), "", "", read_only=False))
    assert list(notes(Names("registry"), Machine(data=data, config=config))) == []
    moved = as_text(registry_config(Layout("/elsewhere", "/config"), "", "", read_only=False))
    for other in (moved, "", "[]", "storage: yaml"):
        assert len(list(notes(Names("registry"), Machine(data=data, config=other)))) == 1


@pytest.mark.parametrize(
    "level", ["..", "docker", "docker/registry", "docker/registry/v2", "docker/registry/v2/repositories"]
)
def test_a_wrong_level_is_refused_with_the_right_one(level: str, tmp_path: Path) -> None:
    right = _images(tmp_path / "registry", a=("1",))
    (problem,) = problems(Machine(data=(right / level).resolve()))
    assert problem.remedy.startswith(f"REGISTRY_DATA_DIR={right}")


def test_the_right_level_and_foreign_folders_are_not_refused(tmp_path: Path) -> None:
    right = _images(tmp_path / "registry", a=("1",))
    other = tmp_path / "else/repositories"
    other.mkdir(parents=True)
    for data in (right, tmp_path / "none", tmp_path / "else", other, other / "x", Path("/")):
        assert list(problems(Machine(data=data))) == []


def test_a_cluster_has_no_folder_here() -> None:
    assert list(problems(Place())) == []
    assert list(notes(Names("registry"), Place())) == []
