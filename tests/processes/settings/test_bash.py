"""What real bash files may do, and what is told when they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solakube_core.settings import Settings

Write = Callable[[str, str], Path]
Load = Callable[..., Settings]
Failure = Callable[..., str]


def test_files_are_read_by_a_process_with_few_descriptors_open(tmp_path: Path, write: Write) -> None:
    write(".solakube/home/overrides/variables.sh", "export REGISTRY_PVC_SIZE=77Gi\n")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "SK_CLUSTER": "home"}
    code = "from solakube_core.cli.main import run; run(['config', 'REGISTRY_PVC_SIZE'])"
    shown = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert "REGISTRY_PVC_SIZE=77Gi" in shown.stdout
    assert "variables.sh:1]" in shown.stdout


@pytest.mark.parametrize(
    "text",
    [
        "exec 3>&1 4>&2\nexport A=a",
        "IFS=,\nset -f\nexport A=a",
        "set -euo pipefail\nexport A=a\n[ -f missing ] && export B=b",
        "set -o posix\nset -o noclobber\nexport A=a",
        "cd /\nexport A=a",
        "shopt -s extglob\ncase x in !(y)) export A=a ;; esac",
        "printf() { :; }\nsource() { :; }\nexport A=a",
        "export() { builtin export A=a; }\nexport B=b",
        "trap - DEBUG\nexport A=a",
        "sleep 30 > /dev/null 2>&1 &\nexport A=a",
        "echo end; echo value A b; export A=a",
        "export A=b; return; export A=c",
    ],
)
def test_files_may_change_the_shell(after: Load, text: str) -> None:
    wanted = "b" if "return" in text else "a"
    assert after(text + "\n").get("A") == wanted


@pytest.mark.parametrize("after_it", ["", "export REST=1\n"])
@pytest.mark.parametrize(
    "text",
    [
        "[ -f missing ] && export B=b",
        "[ -z x ]",
        "[[ -z x ]]",
        "((0))",
        "optional() { [ -f missing ] && . missing; }\noptional",
        "if ! false; then :; fi",
        "false || true",
        'export B="$(cat missing 2>/dev/null || echo none)"',
        'if [ "$(cat missing 2>/dev/null)" = x ]; then export B=b; fi',
        "read -r -d '' B <<< text",
    ],
)
def test_a_test_that_is_false_is_no_failure(after: Load, text: str, after_it: str) -> None:
    assert after(f"export A=a\n{text}\n{after_it}").get("A") == "a"


def test_a_false_test_at_the_end_of_a_nested_file_is_no_failure(after: Load, write: Write) -> None:
    nested = write("nested.sh", "export A=a\n[ -f missing ] && export B=b\n")
    found = after(f". '{nested}'\nexport C=c\n")
    assert (found.get("A"), found.get("C")) == ("a", "c")
    assert str(found.origin("A")) == f"{nested}:1"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("\ncat missing\n", "variables.sh:2: cat failed with status 1"),
        ("\n\nexport A=$(cat missing)\n", "variables.sh:3: cat failed with status 1"),
        ("f() {\n  cat missing\n  true\n}\nf\n", "variables.sh:2: cat failed with status 1"),
        ("nosuchcommand --password hunter2\n", "variables.sh:1: nosuchcommand failed with status 127"),
        (". ./missing.sh\n", "variables.sh:1: . failed with status 1"),
        ("TOKEN=hunter2 cat missing\n", "variables.sh:1: a command failed with status 1"),
        ("f() {\n  return 4\n}\nf\n", "a function failed with status 4"),
        ("cexport not-a-name x\n", "variables.sh:1: a function failed with status 2"),
        ("if true\n", "variables.sh:2 has a syntax error"),
        ("export PASSWORD=hunter2)\n", "variables.sh:1 has a syntax error"),
        ("export A='never\nclosed\n", "has a syntax error"),
        ("export A=a\nexit 3\n", "variables.sh:2: the shell ended here"),
        ("set -u\nexport A=$MISSING\n", "variables.sh:2: the shell ended here"),
    ],
)
def test_what_fails_is_told_with_its_line_and_without_secrets(failure: Failure, text: str, told: str) -> None:
    message = failure(text)
    assert told in message
    assert "what to do: " in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "text",
    [
        "declare -i N\nN=7Gi\n",
        "declare -i N\nexport N=7Gi\n",
        "declare -i N\ncexport N 7Gi\n",
        "declare -i N\nread -r N <<< 7Gi\n",
        "declare -i N\nprintf -v N %s 7Gi\n",
        "declare -i N\nN+=hunter2!\n",
        "f() { local -i N;\nN=7Gi; }; f\n",
        "\nbreak\n",
        "\nbreak 2\n",
        "\ncontinue\n",
    ],
)
def test_no_file_is_passed_over_where_bash_gives_up(failure: Failure, write: Write, text: str) -> None:
    write(".solakube/home/overrides/variables-defaults.sh", "export LATER=later\n")
    assert "variables.sh:2: the shell ended here" in failure(text)


def test_a_syntax_error_in_a_nested_file_is_told(failure: Failure, write: Write) -> None:
    nested = write("nested.sh", "export A=a\nif true\n")
    assert "variables.sh:1: . failed with status 2" in failure(f". '{nested}'\n")


def test_nothing_of_a_broken_file_is_carried_out(failure: Failure, tmp_path: Path) -> None:
    failure(f"touch '{tmp_path}/trace'\nif true\n")
    assert not (tmp_path / "trace").exists()


def test_a_file_that_is_no_text_is_told(failure: Failure) -> None:
    assert "variables.sh can't be read" in failure("\x7fELF\0\0\n")


def test_what_files_print_stays_out_of_the_results(after: Load, capfd: pytest.CaptureFixture[str]) -> None:
    after("echo noise\nexport A=a\n")
    assert capfd.readouterr() == ("", "noise\n")


def test_the_environments_own_startup_file_is_left_out(after: Load, write: Write) -> None:
    startup = write("startup.sh", "export A=startup\n")
    found = after("export B=b\n", BASH_ENV=str(startup))
    assert (found.get("A"), found.get("B")) == (None, "b")


def test_an_unset_variable_is_gone(after: Load) -> None:
    found = after("unset A\n", A="environment")
    assert found.get("A") is None
    assert str(found.origin("A")) == "unset"


@pytest.mark.parametrize("name", ["NOT-A-NAME", "ÄRGER"])
def test_variables_that_bash_cannot_have_stay_as_they_are(after: Load, name: str) -> None:
    found = after("export A=a\n", **{name: "x"})
    assert (found.get(name), str(found.origin(name))) == ("x", "environment")


TEXTS = st.binary(min_size=1).filter(lambda value: b"\0" not in value).map(os.fsdecode)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEXTS, min_size=30, max_size=60))
def test_bytes_of_any_kind_outlive_bash_and_cexport(after: Load, values: list[str]) -> None:
    given = {f"V{number}": value for number, value in enumerate(values)}
    copies = "".join(
        f'cexport C{number} "$V{number}"\nexport E{number}="$V{number}"\n' for number in range(len(values))
    )
    found = after(copies, **given)
    for number, value in enumerate(values):
        assert [found.get(f"{letter}{number}") for letter in "VCE"] == [value] * 3
        assert found.origin(f"C{number}").line == 2 * number + 1
        assert found.origin(f"E{number}").line == 2 * number + 2
