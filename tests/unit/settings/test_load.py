from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solakube_core.errors import SolakubeError
from solakube_core.settings import Settings, Variable, load

VARIABLES = (
    Variable("CLUSTER_FQN", None, "domain", "dns-name"),
    Variable("REGISTRY_FQN", "registry.${CLUSTER_FQN}", "name", "dns-name"),
    Variable("REGISTRY_PVC_SIZE", "10Gi", "size", "quantity"),
    Variable("REGISTRY_PASSWORD", "${SK_PASSWORD}", "password", secret=True),
    Variable("SK_PASSWORD", None, "password", secret=True),
)

Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file below the home folder."""

    def written(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return written


def loaded(home: Path, **environment: str) -> Settings:
    path = str(Path(shutil.which("bash") or "/bin/bash").parent)
    return load(VARIABLES, {"PATH": path, "SK_CLUSTER": "home", **environment}, home)


GLOBALS = ".solakube/globals/overrides"
CLUSTER = ".solakube/home/overrides"


def test_the_first_cexport_wins_and_the_environment_beats_all(tmp_path: Path, write: Write) -> None:
    write(f"{GLOBALS}/variables.sh", "cexport A globals\ncexport B globals\n")
    write(f"{CLUSTER}/variables.sh", "cexport A cluster\ncexport B cluster\ncexport C cluster\n")
    found = loaded(tmp_path, B="environment")
    assert [found.get(name) for name in "ABC"] == ["globals", "environment", "cluster"]


def test_a_plain_export_is_last_wins_as_it_always_was(tmp_path: Path, write: Write) -> None:
    write(f"{GLOBALS}/variables.sh", "export A=globals\n")
    write("project/variables.sh", "export A=project\n")
    assert loaded(tmp_path, A="environment", SK_PROJECT_HOME=str(tmp_path / "project")).get("A") == "project"


def test_each_phase_walks_all_roots(tmp_path: Path, write: Write) -> None:
    write(f"{GLOBALS}/variables-defaults.sh", "cexport A from-defaults\ncexport B from-defaults\n")
    write("project/variables.sh", "cexport A from-variables\n")
    write("project/variables-context.sh", "cexport B from-context\n")
    found = loaded(tmp_path, SK_PROJECT_HOME=str(tmp_path / "project"))
    assert (found.get("A"), found.get("B")) == ("from-variables", "from-context")


def test_roots_with_spaces_work_and_stay_in_order(tmp_path: Path, write: Write) -> None:
    write("my first/variables.sh", "cexport A first\n")
    write("my second/variables.sh", "cexport A second\ncexport B second\n")
    found = loaded(tmp_path, SK_ROOTS=f"{tmp_path}/my first:{tmp_path}/my second")
    assert (found.get("A"), found.get("B")) == ("first", "second")
    assert found.roots[-2:] == (tmp_path / "my first", tmp_path / "my second")


def test_the_file_that_the_old_documentation_promised_is_read(tmp_path: Path, write: Write) -> None:
    write(".solakube/home/variables.sh", "export A=promised\n")
    assert loaded(tmp_path).get("A") == "promised"


def test_origins_tell_file_and_line(tmp_path: Path, write: Write) -> None:
    file = write(f"{CLUSTER}/variables.sh", "# a comment\ncexport A a\n\nexport B=b\nif true; then\n  export C=c\nfi\n")
    found = loaded(tmp_path, D="d")
    assert [str(found.origin(name)) for name in "ABC"] == [f"{file}:2", f"{file}:4", f"{file}:6"]
    assert str(found.origin("D")) == "environment"
    assert str(found.origin("REGISTRY_PVC_SIZE")) == "default"
    assert str(found.origin("REGISTRY_FQN")) == "unset"


def test_files_are_real_bash(tmp_path: Path, write: Write) -> None:
    write("project/variables.sh", 'for n in 1 2; do cexport "N_$n" "$((n * 21))"; done\necho noise\n[ -z "x" ]\n')
    found = loaded(tmp_path, SK_PROJECT_HOME=str(tmp_path / "project"))
    assert found.get("N_2") == "42"


def test_a_syntax_error_names_file_and_line(tmp_path: Path, write: Write) -> None:
    file = write(f"{CLUSTER}/variables.sh", "cexport A a\nif true\n")
    with pytest.raises(SolakubeError, match="has a syntax error") as failure:
        loaded(tmp_path)
    assert f"{file}:3 " in str(failure.value)


def test_a_file_that_exits_is_told(tmp_path: Path, write: Write) -> None:
    write(f"{CLUSTER}/variables.sh", "exit 3\n")
    with pytest.raises(SolakubeError, match="must not call exit"):
        loaded(tmp_path)


def test_without_bash_only_existing_files_are_an_error(tmp_path: Path, write: Write) -> None:
    nowhere = str(tmp_path / "empty")
    assert load(VARIABLES, {"A": "a", "PATH": nowhere}, tmp_path).get("A") == "a"
    write(".solakube/local/overrides/variables.sh", "export A=b\n")
    with pytest.raises(SolakubeError, match="install bash"):
        load(VARIABLES, {"PATH": nowhere}, tmp_path)


def test_defaults_follow_references_and_stay_unset_without_them(tmp_path: Path) -> None:
    assert loaded(tmp_path).get("REGISTRY_FQN") is None
    assert loaded(tmp_path, CLUSTER_FQN="example.com").get("REGISTRY_FQN") == "registry.example.com"
    assert loaded(tmp_path, SK_PASSWORD="$pec'ial").get("REGISTRY_PASSWORD") == "$pec'ial"


def test_minikube_has_a_domain_of_its_own(tmp_path: Path, write: Write) -> None:
    assert loaded(tmp_path, SK_CLUSTER_TYPE="minikube").get("REGISTRY_FQN") == "registry.home.mk"
    write(".solakube/home/variables.sh", "export SK_CLUSTER_TYPE=minikube\n")
    assert loaded(tmp_path).get("CLUSTER_FQN") == "home.mk"


def test_an_empty_value_counts_as_not_set(tmp_path: Path, write: Write) -> None:
    write(f"{CLUSTER}/variables.sh", "cexport A file\n")
    assert loaded(tmp_path, A="").get("A") == "file"


def test_values_outlive_the_way_through_bash_exactly(tmp_path: Path, write: Write) -> None:
    write(f"{CLUSTER}/variables.sh", "cexport ANOTHER one\n")
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)

    @settings(max_examples=5, deadline=None)
    @given(st.lists(texts, min_size=20, max_size=40))
    def holds(values: list[str]) -> None:
        environment = {f"V{number}": value for number, value in enumerate(values)}
        found = loaded(tmp_path, **environment)
        assert {name: found.get(name) for name in environment} == environment

    holds()


def test_hints_name_the_setting_that_was_meant(tmp_path: Path, write: Write) -> None:
    file = write(f"{CLUSTER}/variables.sh", "export REGISTRY_PVCSIZE=5Gi\nexport UNRELATED=1\n")
    hints = list(loaded(tmp_path).hints(VARIABLES))
    assert hints == [f"REGISTRY_PVCSIZE ({file}:1) is not a setting; did you mean REGISTRY_PVC_SIZE?"]


def test_problems_name_the_place_and_never_a_secret(tmp_path: Path, write: Write) -> None:
    file = write(f"{CLUSTER}/variables.sh", "\nexport REGISTRY_PVC_SIZE=10GB\n")
    found = loaded(tmp_path, CLUSTER_FQN="Bad_Name")
    texts = [str(problem) for problem in found.problems(VARIABLES)]
    assert any("REGISTRY_PVC_SIZE: '10GB'" in text and f"{file}:2" in text for text in texts)
    assert any("CLUSTER_FQN: 'Bad_Name'" in text and "environment" in text for text in texts)


def test_settings_show_no_values_by_accident(tmp_path: Path) -> None:
    assert "hush" not in repr(loaded(tmp_path, SK_PASSWORD="hush"))


def test_overlaid_settings_leave_the_others_alone(tmp_path: Path) -> None:
    before = loaded(tmp_path, A="a")
    after = before.overlaid({"A": "b"})
    assert (before.get("A"), after.get("A")) == ("a", "b")
    assert str(after.origin("A")) == "derived"
