"""Files that have the shell trace them: what it would tell holds secrets, and goes nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from solakube_core.settings import Settings

Load = Callable[..., Settings]
Failure = Callable[..., str]
Said = pytest.CaptureFixture[str]

SECRET = "hunter2"
REST = f"""
cexport REGISTRY_PASSWORD {SECRET}
export OTHER={SECRET}; [[ {SECRET} == x ]] || OTHER=$(echo {SECRET})
f() {{ local it={SECRET}; echo "$it" > /dev/null; }}
for each in {SECRET}; do f; done
case {SECRET} in *) f ;; esac
echo said >&2
"""


@pytest.mark.parametrize(
    "text",
    ["set -x", "set -eux", "set -o xtrace", "shopt -so xtrace", "eval 'set -x'", "f() { set -x; }\nf", "o=-x; set $o"],
)
def test_no_value_is_traced_and_what_the_file_says_is_told(after: Load, capfd: Said, text: str) -> None:
    settings = after(text + REST)
    assert (settings.get("REGISTRY_PASSWORD"), settings.get("OTHER")) == (SECRET, SECRET)
    note, *rest = capfd.readouterr().err.splitlines()
    assert note.endswith("/variables.sh: set -x does nothing here, since it would show secrets")
    assert rest == ["said"]


@pytest.mark.parametrize("text", [f"(set -x; export A={SECRET})", f"A=$(set -x; echo {SECRET})"])
def test_nor_is_one_of_a_shell_below(after: Load, capfd: Said, text: str) -> None:
    after(f"{text}\necho said >&2\n")
    said = capfd.readouterr().err
    assert SECRET not in said
    assert said.endswith("said\n")


@pytest.mark.parametrize(
    "text",
    [
        "set -v",
        "set -euv",
        "set -xv",
        "set -o verbose",
        "shopt -so verbose",
        "builtin set -v",
        "eval 'set -v'",
        "o=-v; set $o",
        "o='set -v'; $o",
        "o=set; ${o} -v",
        "\\set -v",
        '"set" -v',
        "'set' -v",
        "s''et -v",
        "eval eval set -v",
        f"eval $'set -v\\nexport A={SECRET}'",
        "o='set -v'; eval '$o'",
        "f() { set -v; }\nf",
        f"(set -v\nexport A={SECRET})",
        f"A=$(set -v\necho {SECRET})",
    ],
)
def test_a_file_whose_lines_would_be_shown_is_given_up(failure: Failure, capfd: Said, text: str) -> None:
    told = failure(text + REST)
    assert told.startswith("variables.sh has each of its lines shown\n  why: by set -v")
    assert "what to do: take that out of the file" in told
    assert SECRET not in capfd.readouterr().err + told


@pytest.mark.parametrize("text", ["set -- a $HOME", "eval 'A=a'", "shopt -s extglob", "set +v", "command set -- -v"])
def test_what_is_much_like_it_hides_nothing(after: Load, capfd: Said, text: str) -> None:
    after(f"{text}\necho said >&2\n")
    assert capfd.readouterr().err == "said\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("eval 'if'", "syntax error"),
        ("eval 'A=${MISSING?no such thing}'", "no such thing"),
        ("eval 'A=('", "unexpected EOF"),
    ],
)
def test_why_an_eval_fails_is_said(failure: Failure, capfd: Said, text: str, why: str) -> None:
    failure(text)
    assert why in capfd.readouterr().err
