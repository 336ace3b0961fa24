from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solakube_core.errors import SolakubeError
from solakube_core.settings import CORE_VARIABLES, Settings, Variable, load
from tests.unit.places import make

Write = Callable[[str, str], Path]
Load = Callable[..., Settings]
Variables = tuple[Variable, ...]

GLOBALS = ".solakube/globals/overrides"
CLUSTER = ".solakube/home/overrides"


def test_the_first_cexport_wins_and_the_environment_beats_all(write: Write, loaded: Load) -> None:
    write(f"{GLOBALS}/variables.sh", "cexport A globals\ncexport B globals\n")
    write(f"{CLUSTER}/variables.sh", "cexport A cluster\ncexport B cluster\ncexport C cluster\n")
    found = loaded(B="environment")
    assert [found.get(name) for name in "ABC"] == ["globals", "environment", "cluster"]


def test_a_plain_export_is_last_wins_as_it_always_was(tmp_path: Path, write: Write, loaded: Load) -> None:
    write(f"{GLOBALS}/variables.sh", "export A=globals\n")
    write("project/variables.sh", "export A=project\n")
    assert loaded(A="environment", SK_PROJECT_HOME=str(tmp_path / "project")).get("A") == "project"


def test_each_phase_walks_all_roots(tmp_path: Path, write: Write, loaded: Load) -> None:
    write(f"{GLOBALS}/variables-defaults.sh", "cexport A from-defaults\ncexport B from-defaults\n")
    write("project/variables.sh", "cexport A from-variables\n")
    write("project/variables-context.sh", "cexport B from-context\n")
    found = loaded(SK_PROJECT_HOME=str(tmp_path / "project"))
    assert (found.get("A"), found.get("B")) == ("from-variables", "from-context")


def test_roots_with_spaces_work_and_stay_in_order(tmp_path: Path, write: Write, loaded: Load) -> None:
    write("my first/variables.sh", "cexport A first\n")
    write("my second/variables.sh", "cexport A second\ncexport B second\n")
    found = loaded(SK_ROOTS=f"{tmp_path}/my first:{tmp_path}/my second")
    assert (found.get("A"), found.get("B")) == ("first", "second")
    assert found.roots[-2:] == (tmp_path / "my first", tmp_path / "my second")


def test_the_file_that_the_old_documentation_promised_is_read(write: Write, loaded: Load) -> None:
    write(".solakube/home/variables.sh", "export A=promised\n")
    assert loaded().get("A") == "promised"


def test_origins_tell_file_and_line(write: Write, loaded: Load) -> None:
    file = write(f"{CLUSTER}/variables.sh", "# a comment\ncexport A a\n\nexport B=b\nif true; then\n  export C=c\nfi\n")
    found = loaded(D="d")
    assert [str(found.origin(name)) for name in "ABC"] == [f"{file}:2", f"{file}:4", f"{file}:6"]
    assert str(found.origin("D")) == "environment"
    assert str(found.origin("REGISTRY_PVC_SIZE")) == "default"
    assert str(found.origin("REGISTRY_FQN")) == "unset"


def test_files_are_real_bash(tmp_path: Path, write: Write, loaded: Load) -> None:
    write("project/variables.sh", 'for n in 1 2; do cexport "N_$n" "$((n * 21))"; done\necho noise\n[ -z "x" ]\n')
    found = loaded(SK_PROJECT_HOME=str(tmp_path / "project"))
    assert found.get("N_2") == "42"


def test_a_syntax_error_names_file_and_line(write: Write, loaded: Load) -> None:
    file = write(f"{CLUSTER}/variables.sh", "cexport A a\nif true\n")
    with pytest.raises(SolakubeError, match="has a syntax error") as failure:
        loaded()
    assert f"{file}:3 " in str(failure.value)


def test_a_file_that_exits_is_told(write: Write, loaded: Load) -> None:
    write(f"{CLUSTER}/variables.sh", "exit 3\n")
    with pytest.raises(SolakubeError, match="must not call exit"):
        loaded()


def test_without_bash_only_existing_files_are_an_error(tmp_path: Path, write: Write) -> None:
    nowhere = str(tmp_path / "empty")
    assert load((), {"A": "a", "PATH": nowhere}, tmp_path).get("A") == "a"
    write(".solakube/local/overrides/variables.sh", "export A=b\n")
    with pytest.raises(SolakubeError, match="install bash"):
        load((), {"PATH": nowhere}, tmp_path)


def test_defaults_follow_references_and_stay_unset_without_them(loaded: Load) -> None:
    assert loaded().get("REGISTRY_FQN") is None
    assert loaded(CLUSTER_FQN="example.com").get("REGISTRY_FQN") == "registry.example.com"
    assert loaded(SK_PASSWORD="$pec'ial").get("REGISTRY_PASSWORD") == "$pec'ial"


def test_minikube_has_a_domain_of_its_own(write: Write, loaded: Load) -> None:
    assert loaded(SK_CLUSTER_TYPE="minikube").get("REGISTRY_FQN") == "registry.home.mk"
    write(".solakube/home/variables.sh", "export SK_CLUSTER_TYPE=minikube\n")
    assert loaded().get("CLUSTER_FQN") == "home.mk"


def test_an_empty_value_counts_as_not_set(write: Write, loaded: Load) -> None:
    write(f"{CLUSTER}/variables.sh", "cexport A file\n")
    assert loaded(A="").get("A") == "file"


def test_values_outlive_the_way_through_bash_exactly(write: Write, loaded: Load) -> None:
    write(f"{CLUSTER}/variables.sh", "cexport ANOTHER one\n")
    texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1)

    @settings(max_examples=5, deadline=None)
    @given(st.lists(texts, min_size=20, max_size=40))
    def holds(values: list[str]) -> None:
        environment = {f"V{number}": value for number, value in enumerate(values)}
        found = loaded(**environment)
        assert {name: found.get(name) for name in environment} == environment

    holds()


def test_a_variable_of_a_declared_family_is_a_setting(loaded: Load) -> None:
    family = Variable("REGISTRY_<USER>_PASSWORD", None, "a user's password", secret=True)
    known = (family, Variable("REGISTRY_PASSWORD", None, "another one"))
    assert list(loaded(REGISTRY_MY_CI_PASSWORD="x").hints(known, ("registry",))) == []
    assert len(list(loaded(REGISTRY_MY_CI_PASSWORDS="x").hints(known, ("registry",)))) == 1


def test_hints_name_the_setting_that_was_meant(write: Write, loaded: Load, variables: Variables) -> None:
    file = write(f"{CLUSTER}/variables.sh", "export REGISTRY_PVCSIZE=5Gi\nexport UNRELATED=1\n")
    hints = list(loaded().hints(variables))
    assert hints == [f"REGISTRY_PVCSIZE ({file}:1) is not a setting; did you mean REGISTRY_PVC_SIZE?"]


@pytest.mark.parametrize(
    "line", ["REGISTRY_PVC_SIZE=10Gi", "cexport REGISTRY_PVC_SIZE", "  cexport  REGISTRY_PVC_SIZE  "]
)
def test_a_setting_that_is_set_in_vain_is_hinted_at(
    line: str, write: Write, loaded: Load, variables: Variables
) -> None:
    file = write(f"{GLOBALS}/variables.sh", f"own=x\n{line}\n")
    told = f"REGISTRY_PVC_SIZE ({file}:2) has no effect there; to set it, write: cexport REGISTRY_PVC_SIZE VALUE"
    assert list(loaded().hints(variables)) == [told]
    assert list(loaded(REGISTRY_PVC_SIZE="1Gi").hints(variables)) == []
    write(f"{CLUSTER}/variables.sh", "export REGISTRY_PVC_SIZE=5Gi\n")
    assert list(loaded().hints(variables)) == []


@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a link to nothing", "a link to itself", "a link to a folder"])
def test_what_is_no_file_of_variables_is_told(kind: str, tmp_path: Path, write: Write, loaded: Load) -> None:
    file = write(f"{GLOBALS}/variables.sh", "")
    file.unlink()
    make(kind, file)
    with pytest.raises(SolakubeError) as refused:
        loaded()
    assert str(file) in refused.value.problems[0].what


def test_a_file_of_variables_may_be_the_null_device(write: Write, loaded: Load) -> None:
    file = write(f"{GLOBALS}/variables.sh", "")
    file.unlink()
    file.symlink_to("/dev/null")
    loaded()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("REGISTRY_KEEP_LAST", "REGISTRY_RETENTION_KEEP_LAST"),
        ("REGISTRY_RETENTION_KEEPLAST", "REGISTRY_RETENTION_KEEP_LAST"),
        ("REGISTRY_RETENTOIN_KEEP_LAST", "REGISTRY_RETENTION_KEEP_LAST"),
        ("LETS_ENCRYPT_DEPLOY_WC_CERTS", "LETS_ENCRYPT_DEPLOY_WC_CERT"),
        ("LETS_ENCRYPT_DEPLOY_PS_CERTS", ""),
        ("LETS_ENCRYPT_ACME_EMAIL", ""),
        ("REGISTRY_RETENTION_DAILY", ""),
    ],
)
def test_near_misses_are_hinted_at_and_what_others_read_is_not(loaded: Load, name: str, meant: str) -> None:
    known = [Variable(each, None, "") for each in ("REGISTRY_RETENTION_KEEP_LAST", "LETS_ENCRYPT_DEPLOY_WC_CERT")]
    hints = [hint.partition("did you mean ")[2] for hint in loaded(**{name: "x"}).hints(known)]
    assert hints == ([f"{meant}?"] if meant else [])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("REGISTRY_HTTP_ADDR", True),
        ("REGISTRY_RETENTION_DAILY", True),
        ("MY_CACHE_X", True),
        ("SK_CLUSTERS", True),
        ("SK_XYZ", True),
        ("SK_DEPLOY_ROOK_CEPH", False),
        ("SK_NO_PLUGINS", False),
        ("REGISTRYX", False),
        ("WIKI_FQN", False),
    ],
)
def test_of_ones_own_components_every_unknown_variable_is_told(loaded: Load, name: str, told: bool) -> None:
    known = [*CORE_VARIABLES, Variable("REGISTRY_FQN", None, ""), Variable("MY_CACHE_PORT", None, "")]
    hints = list(loaded(**{name: "x"}).hints(known, ("sk", "registry", "my-cache")))
    assert [hint.partition(" ")[0] for hint in hints] == ([name] if told else [])


def test_problems_name_the_place_and_never_a_secret(write: Write, loaded: Load, variables: Variables) -> None:
    file = write(f"{CLUSTER}/variables.sh", "\nexport REGISTRY_PVC_SIZE=10GB\n")
    found = loaded(CLUSTER_FQN="Bad_Name")
    texts = [str(problem) for problem in found.problems(variables)]
    assert any("REGISTRY_PVC_SIZE: '10GB'" in text and f"{file}:2" in text for text in texts)
    assert any("CLUSTER_FQN: 'Bad_Name'" in text and "environment" in text for text in texts)


def test_settings_show_no_values_by_accident(loaded: Load) -> None:
    assert "hush" not in repr(loaded(SK_PASSWORD="hush"))


def test_overlaid_settings_leave_the_others_alone(loaded: Load) -> None:
    before = loaded(A="a")
    after = before.overlaid({"A": "b"})
    assert (before.get("A"), after.get("A")) == ("a", "b")
    assert str(after.origin("A")) == "derived"


def test_defaults_follow_what_is_laid_over(loaded: Load) -> None:
    after = loaded().overlaid({"CLUSTER_FQN": "example.com"})
    assert after.get("REGISTRY_FQN") == "registry.example.com"
    assert str(after.origin("REGISTRY_FQN")) == "default"


def test_what_is_required_but_unset_names_what_its_default_needs(loaded: Load) -> None:
    with pytest.raises(SolakubeError) as failure:
        loaded().require("REGISTRY_FQN")
    assert str(failure.value) == (
        "REGISTRY_FQN is not set\n"
        "  why: its default needs CLUSTER_FQN, not set either\n"
        "  what to do: set it in the environment or in ~/.solakube/home/overrides/variables.sh: "
        'export CLUSTER_FQN="..."'
    )


def test_defaults_that_refer_to_each_other_in_a_circle_stay_unset(tmp_path: Path) -> None:
    circle = (Variable("A", "${B}", ""), Variable("B", "${A}", ""))
    assert load(circle, {}, tmp_path).get("A") is None
    assert load(circle, {"A": "a"}, tmp_path).get("B") == "a"


def test_a_root_that_does_not_exist_gets_a_hint(tmp_path: Path, loaded: Load) -> None:
    assert list(loaded(SK_PROJECT_HOME=str(tmp_path)).hints(())) == []
    hints = list(loaded(SK_ROOTS=f"{tmp_path}:{tmp_path}/gone").hints(()))
    assert hints == [f"SK_ROOTS (environment) names a folder that does not exist: {tmp_path}/gone"]


def test_a_default_never_beats_what_a_file_sets(write: Write, loaded: Load) -> None:
    write(f"{CLUSTER}/variables-context.sh", "cexport SK_CLUSTER_TYPE minikube\n")
    write(f"{CLUSTER}/variables.sh", 'cexport SEEN "$SK_CLUSTER_TYPE $CLUSTER_FQN"\ncexport CLUSTER_FQN own.example\n')
    found = loaded()
    assert found.get("SEEN") == "minikube home.mk"
    assert found.get("CLUSTER_FQN") == "own.example"
    assert found.origin("CLUSTER_FQN").line == 2


def test_the_domain_of_minikube_is_a_default(write: Write, loaded: Load) -> None:
    write(f"{CLUSTER}/variables.sh", "export A=a\n")
    found = loaded(SK_CLUSTER_TYPE="minikube")
    assert (found.get("CLUSTER_FQN"), str(found.origin("CLUSTER_FQN"))) == ("home.mk", "default")


def test_the_clusters_name_can_only_come_from_the_environment(write: Write, loaded: Load) -> None:
    file = write(f"{CLUSTER}/variables.sh", "\nexport SK_CLUSTER=other\n")
    with pytest.raises(SolakubeError, match="SK_CLUSTER is set to other too late") as failure:
        loaded()
    assert f"{file}:2" in str(failure.value)
    assert "export SK_CLUSTER=other" in str(failure.value)


@pytest.mark.parametrize("name", ["../other", "a/b", "..", "a\udcff", "a\nb"])
def test_the_clusters_name_is_that_of_a_folder(name: str, loaded: Load) -> None:
    with pytest.raises(SolakubeError, match="can't be the name of a cluster"):
        loaded(SK_CLUSTER=name)


def test_files_that_change_the_folder_do_not_lose_the_others(
    tmp_path: Path, write: Write, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("one/variables.sh", "cd /\n")
    write("two/variables.sh", "export A=a\n")
    monkeypatch.chdir(tmp_path)
    assert loaded(SK_ROOTS="one:two").get("A") == "a"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("export B=1 A=2 C=3", 1),
        ("A=1\nexport A", 1),
        ("set -a\nA=1", 2),
        ("declare -x A=1", 1),
        ("read -r A <<< x\nexport A", 2),
        ("printf -v A x\nexport A", 2),
        ("for A in 1 2; do export A; done", 1),
        ("export A=1\nexport B='x A=1'\n", 1),
        ("export A=1\nA+=2\n", 2),
        ("eval 'export A=1'", 1),
        ("give() {\n  export A=1\n}\ngive", 2),
        ("cexport A 1\ncexport A 2", 1),
        ("export A=1\ncexport A 2", 1),
        ("if true; then\n  export A=1\nfi", 2),
    ],
)
def test_the_line_is_told_however_a_variable_is_set(after: Load, text: str, line: int) -> None:
    assert after(f"{text}\n").origin("A").line == line


def test_a_variable_set_before_one_command_stays_the_environments(after: Load) -> None:
    assert str(after("A=other true\n", A="a").origin("A")) == "environment"


def test_an_export_of_the_same_value_is_the_files(after: Load) -> None:
    assert after("export A=a\n", A="a").origin("A").kind == "file"


def test_a_variable_of_no_type_cannot_be_declared() -> None:
    with pytest.raises(ValueError, match="PORT has the type 'int'; there are: string, list"):
        Variable("PORT", None, "port", "int")  # type: ignore[arg-type]


def test_bytes_that_are_no_text_are_told_by_the_variables_name(loaded: Load, variables: tuple[Variable, ...]) -> None:
    (problem,) = loaded(REGISTRY_PASSWORD="hunter2\udcff").problems(variables)
    assert problem.what == "REGISTRY_PASSWORD: its value is not UTF-8 text (environment)"
    assert "hunter2" not in str(problem)
