"""What calls itself a registry and is none, or is broken: by `sk --url`, each is told as what it is."""

from __future__ import annotations

import pytest

from solakube_core.cli.main import run
from tests.unit.regtool.test_bad_registries import NAMES, Output, answering

WORDS: dict[str, tuple[list[str], int, str]] = {
    "options for a name": (["list", "--", "-rf"], 1, "'-rf' is no name of a repository"),
    "options": (["list", "-rf"], 2, "No such option"),
    "the program's own option": (["list", "--", "--names"], 1, "'--names' is no name of a repository"),
    "its help": (["list", "--", "--help"], 1, "'--help' is no name of a repository"),
    "an option for usage": (["usage", "--", "--grace=1s"], 1, "'--grace=1s' is no name of a repository"),
    "options to delete": (["delete", "--", "-rf", "1"], 1, "'-rf' is no name of a repository"),
    "upper case": (["list", "Team/App"], 1, "names of repositories have no capitals"),
    "a path": (["list", "../x"], 1, "is no name of a repository"),
    "an absolute path": (["list", "/etc"], 1, "is no name of a repository"),
    "a slash at the end": (["list", "team/"], 1, "is no name of a repository"),
    "no name": (["list", ""], 2, "it is empty"),
    "white space": (["list", " "], 2, "it is empty"),
    "a line break": (["list", "a\nb"], 1, "is no name of a repository"),
    "a tag of slashes": (["delete", "a:b/c"], 1, ""),
    "a name too long": (["list", "a" * 256], 1, "is no name of a repository"),
    "a tag too long": (["delete", f"a:{'t' * 129}", "--yes"], 1, "of tag"),
    "a negative age": (["delete", "a", "*", "--older-than", "-1d"], 2, "'-1d' is no duration; write a number"),
    "a bare number": (["delete", "a", "*", "--older-than", "30"], 2, "'30' is no duration"),
    "a year": (["delete", "a", "*", "--older-than", "1y"], 2, "'1y' is no duration"),
    "two units": (["delete", "a", "*", "--older-than", "1h30m"], 2, "'1h30m' is no duration"),
    "no age": (["delete", "a", "*", "--older-than", ""], 2, "'' is no duration"),
    "digits of others": (["delete", "a", "*", "--older-than", "\u0663d"], 2, "is no duration"),
    "a negative grace": (["usage", "--grace", "-1h"], 2, "'-1h' is no duration"),
}


@pytest.mark.parametrize("case", WORDS)
def test_words_that_mean_nothing_are_told(capsys: Output, case: str) -> None:
    words, code, told = WORDS[case]
    with answering({"/v2/_catalog": NAMES, "": (404, {}, "")}) as registry:
        assert run(["registry", words[0], "--url", registry.url, *words[1:]]) == code
        assert all(method in ("/v2/", "/v2/_catalog?n=1000") for method in registry.asked)
    printed = capsys.readouterr().err
    assert told in printed
    for leaked in ("usage: regtool", "the maintenance program failed", "internal error"):
        assert leaked not in printed
