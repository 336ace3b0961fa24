"""Words and settings that nobody should give: each is told as what it is, whatever it holds, and nothing is changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from solakube_core.cli.main import run
from tests.unit.local.test_odd_words import Output

SETTINGS = {
    "digits of others": ("REGISTRY_PORT", "\u0662\u0665\u0666", "'\u0662\u0665\u0666' is not a whole number"),
    "a sign": ("REGISTRY_PORT", "+5000", "'+5000' is not a whole number"),
    "a number in hex": ("REGISTRY_PORT", "0x1F", "'0x1F' is not a whole number"),
    "a power": ("REGISTRY_PORT", "1e4", "'1e4' is not a whole number"),
    "a blank behind it": ("REGISTRY_PORT", "5000 ", "'5000 ' is not a whole number"),
    "no machine has it": ("REGISTRY_PORT", "9" * 30, "is out of range"),
    "less than nothing": ("REGISTRY_PORT", "-1", "is out of range"),
    "a name in letters of others": ("REGISTRY_FQN", "m\u00fcnchen.example", "is not a DNS name"),
    "a name with a scheme": ("REGISTRY_FQN", "https://r.test", "is not a DNS name"),
    "a name with a path": ("REGISTRY_FQN", "r.test/x", "is not a DNS name"),
    "a name without a part": ("REGISTRY_FQN", "r..test", "is not a DNS name"),
    "a name that is too long": ("REGISTRY_FQN", "a." * 200 + "b", "is not a DNS name"),
    "half an address": ("REGISTRY_LISTEN", "127.1", "is no IP address"),
    "an address in brackets": ("REGISTRY_LISTEN", "[::1]", "is no IP address"),
    "an address of many": ("REGISTRY_LISTEN", "224.0.0.1", "is an address of many"),
    "an address of all": ("REGISTRY_LISTEN", "255.255.255.255", "is an address of many"),
    "an address of another link": ("REGISTRY_LISTEN", "fe80::1%nowhere", "not to be had on fe80::1%nowhere"),
    "a name that the system does not take": ("REGISTRY_DATA_DIR", f"/tmp/{'a' * 300}", "File name too long"),
    "a path that the system does not take": ("REGISTRY_DATA_DIR", "/tmp" + "/aaaaaaaaa" * 500, "File name too long"),
    "a URL as folder": ("REGISTRY_DATA_DIR", "file:///srv", "is no absolute path"),
    "a blank before the path": ("REGISTRY_DATA_DIR", " /srv", "is no absolute path"),
    "a folder that is no place": ("REGISTRY_DATA_DIR", "/tmp/../proc", "is not writable"),
    "a command for a program": ("REGISTRY_BINARY", "registry serve", "no such program on PATH"),
    "a long name for a program": ("REGISTRY_BINARY", "a" * 5000, "File name too long"),
    "a blank for a cluster": ("SK_CLUSTER", " ", "can't be the name of a cluster"),
    "a line break in a cluster": ("SK_CLUSTER", "a\nb", "'a\\nb' can't be the name of a cluster"),
    "a folder up for a cluster": ("SK_CLUSTER", "..", "can't be the name of a cluster"),
    "seconds in a schedule": ("REGISTRY_GC_SCHEDULE", "0 0 * * * *", "it has 6 fields"),
    "a schedule of the next start": ("REGISTRY_GC_SCHEDULE", "@reboot", "is not a cron schedule"),
    "a blank for a schedule": ("REGISTRY_GC_SCHEDULE", " ", "is not a cron schedule"),
    "every none": ("REGISTRY_GC_SCHEDULE", "*/0 * * * *", "bad minute"),
    "no registry": ("REGISTRY_REPLICAS", "0", "is no number of registries"),
    "two on one machine": ("REGISTRY_REPLICAS", "2", "REGISTRY_REPLICAS"),
    "a user that is a path": ("REGISTRY_PUSH_USERS", "../x", "cannot be a user's name"),
    "the admin twice": ("REGISTRY_PUSH_USERS", "admin", "may do everything"),
    "nobody's home for settings": ("SK_ROOTS", "~nosuch/x", "SK_ROOTS=~nosuch/x leads nowhere"),
    "nobody's home for a key": ("REGISTRY_TLS_KEY", "~nosuch/x", "REGISTRY_TLS_KEY=~nosuch/x cannot be read"),
    "neither yes nor no": ("REGISTRY_READ_ONLY", "2", "is not Y or N"),
}


def _told(printed: str, expected: str) -> None:
    assert expected in printed
    assert "what to do: " in printed
    for word in ("internal error", "defect", "Traceback"):
        assert word not in printed


@pytest.mark.parametrize("case", SETTINGS)
def test_a_setting_that_means_nothing_is_told(
    case: str, monkeypatch: pytest.MonkeyPatch, capsys: Output, tmp_path: Path
) -> None:
    name, value, expected = SETTINGS[case]
    given = {"REGISTRY_ADMIN_PASSWORD": "a password", "SK_CLUSTER_TYPE": "local", "HOME": str(tmp_path), name: value}
    for variable, content in given.items():
        monkeypatch.setenv(variable, content)
    assert run(["deploy", "registry", "--dry-run"]) == 1
    _told(capsys.readouterr().err, expected)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["deploy", "registry", "--dry-run"], ["status", "registry"], ["config"]])
def test_the_folder_in_which_it_is_started_may_be_gone(words: list[str], tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    code = f"import os, sys; os.rmdir({str(gone)!r}); from solakube_core.cli.main import main; main()"
    given = {"SK_CLUSTER_TYPE": "local", "REGISTRY_DATA_DIR": "images", "REGISTRY_ADMIN_PASSWORD": "a password"}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *words],
        cwd=gone,
        env={**os.environ, **given},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ("the folder in which sk was started is gone" in done.stderr) == (words[0] != "config")
    assert "defect" not in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("password", "told"), [("a", True), (" ", True), ("seven..", True), ("eight...", False)])
def test_a_password_that_can_be_guessed_is_told(
    password: str, told: bool, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    monkeypatch.setenv("REGISTRY_ADMIN_PASSWORD", password)
    run(["deploy", "registry", "--dry-run"])
    printed = capsys.readouterr().err
    assert ("note: the password of admin has less than 8 characters" in printed) == told
