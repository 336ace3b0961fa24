"""The command line in the hand of somebody with a registry on one machine."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import time

import pytest

from tests.e2e.local.machine import Machine
from tests.e2e.support.waiting import PATIENCE

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LONG = "team/" + "very-long-name/" * 9 + "app"


@pytest.fixture
def filled(machine_3: Machine) -> Machine:
    """A registry with three tags of two images, and a repository with a long name."""
    machine_3.deploy()
    for tag, content in (("1.3", b"one"), ("latest", b"one"), ("1.4", b"other")):
        machine_3.push(f"team/app:{tag}", {"content": content})
    machine_3.push(f"{LONG}:a-tag", {"content": b"one"})
    return machine_3


def tags(machine: Machine) -> list[str]:
    return machine.sk("registry", "list", "team/app").ok().split()


def on_a_terminal(machine: Machine, columns: int, *arguments: str, answer: str | None = None) -> tuple[int, str]:
    """Run `sk` as somebody at a terminal of that many columns does; return its exit code and what it showed.

    The question is answered by `answer`, or by Ctrl-C.
    """
    outer, inner = pty.openpty()
    environment = {**os.environ, **machine.environment, "HOME": str(machine.home), "COLUMNS": str(columns)}
    process = subprocess.Popen(
        ["env", "--default-signal=INT", machine.runner.program, *arguments],
        stdin=inner,
        stdout=inner,
        stderr=inner,
        env=environment,
    )
    os.close(inner)
    shown, asked = b"", False
    with contextlib.suppress(OSError):  # The other side is closed.
        while piece := os.read(outer, 65536):
            shown += piece
            if b"[y/N]" in shown and not asked:
                asked = True
                process.send_signal(signal.SIGINT) if answer is None else os.write(outer, answer.encode())
    os.close(outer)
    return process.wait(PATIENCE), shown.decode()


def test_references_are_taken_as_they_are_pasted(filled: Machine) -> None:
    digest = filled.crane("digest", f"{filled.host}/team/app:1.3").ok().strip()
    for pasted in (f"{filled.host}/team/app", f"http://{filled.host}/team/app", "team/app"):
        assert filled.sk("registry", "list", pasted).ok().split() == ["1.3", "1.4", "latest"]
        assert filled.sk("registry", "list", f"{pasted}:1.3").ok().split() == ["1.3"]
        assert filled.sk("registry", "list", f"{pasted}@{digest}").ok().split() == ["1.3", "latest"]
        assert "NAME" in filled.sk("registry", "usage", pasted).ok()
    port = filled.host.partition(":")[2]
    filled.sk("registry", "delete", f"localhost:{port}/team/app:1.4@{digest}").refused()
    filled.sk("registry", "delete", f"elsewhere:{port}/team/app:1.4").refused()
    assert "did you mean 1.4?" in filled.sk("registry", "delete", "team/app:14").refused()
    assert tags(filled) == ["1.3", "1.4", "latest"]
    filled.sk("registry", "regtool", "delete", f"localhost:{port}/team/app:1.4").ok()
    assert tags(filled) == ["1.3", "latest"]
    filled.sk("registry", "delete", f"{filled.host}/team/app@{digest}", "-y").ok()
    assert tags(filled) == []


def test_nothing_that_was_not_named_one_by_one_goes_without_consent(filled: Machine) -> None:
    for arguments in (("team/app:*",), ("team/app", "1.*"), ("team/app", "[0-9].?"), ("team/app", "--all")):
        filled.sk("registry", "delete", *arguments).refused()
    told = filled.sk("registry", "delete", "team/app:1.*")
    assert "would delete team/app:1.3" in told.stderr
    assert "give --yes" in told.refused()
    assert filled.sk("registry", "delete", "team/app:1.*", "--dry-run", "-o", "name").ok().split() == [
        "team/app:1.3",
        "team/app:1.4",
    ]
    assert tags(filled) == ["1.3", "1.4", "latest"]
    names = "team/app:1.3\nteam/app:1.4\n"
    filled.runner("registry", "delete", "-", env=filled.environment, stdin=names).ok()
    assert tags(filled) == ["latest"]
    filled.sk("registry", "delete", "team/app", "--all", "--yes").ok()
    assert tags(filled) == []


def test_on_a_terminal_it_asks(filled: Machine) -> None:
    code, shown = on_a_terminal(filled, 80, "registry", "delete", "team/app:1.3", answer="n\n")
    assert (code, "would delete team/app:1.3" in shown, "nothing was changed" in shown) == (1, True, True)
    assert tags(filled) == ["1.3", "1.4", "latest"]
    code, shown = on_a_terminal(filled, 80, "registry", "delete", "team/app", "1.?", answer="y\n")
    assert (code, "deleted team/app:1.4" in shown) == (0, True)
    assert tags(filled) == ["latest"]
    code, shown = on_a_terminal(filled, 80, "undeploy", "registry")
    assert code == 130
    assert "stopped; nothing was changed" in shown
    filled.sk("undeploy", "registry", "--dry-run").ok()
    assert tags(filled) == ["latest"]


@pytest.mark.parametrize("columns", [10, 40, 80, 200])
def test_no_name_is_cut_on_any_terminal(filled: Machine, columns: int) -> None:
    for arguments in (("list",), ("list", "--tags"), ("usage",), ("list", LONG), ("usage", LONG)):
        code, shown = on_a_terminal(filled, columns, "registry", *arguments)
        assert code == 0
        assert (LONG if LONG not in arguments else "a-tag") in shown
        assert "…" not in shown


def test_on_a_pipe_nothing_is_cut(filled: Machine) -> None:
    for arguments in (("list", "--tags", "-o", "table"), ("list", LONG, "-o", "table")):
        printed = filled.sk("registry", *arguments, COLUMNS="20").ok()
        assert re.search(r"sha256:[0-9a-f]{64}$", printed, re.MULTILINE)
        assert "PULLED" in printed


def test_results_are_for_programs_too(filled: Machine) -> None:
    def read(*arguments: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(filled.sk(*arguments, "-o", "json").ok())
        return found

    listed = json.loads(filled.sk("registry", "list", "team/app", "-o", "json").ok())
    assert [item["name"] for item in listed["items"]] == ["1.3", "1.4", "latest"]
    assert listed["total"] == {"tags": 3}
    assert RFC3339.fullmatch(listed["items"][0]["pushed"])
    assert isinstance(listed["items"][0]["size"], int)
    assert "type" not in listed["items"][0]
    assert read("registry", "list")["total"] == {"repositories": 2}
    assert read("status", "registry")["healthy"] is True
    assert read("registry", "usage").keys() == {"items", "total"}
    told = read("registry", "delete", "team/app", "1.3", "--dry-run")
    assert told["total"] == {"tags": 1}


def test_prune_shows_or_asks_or_deletes(filled: Machine) -> None:
    filled.environment |= {"REGISTRY_RETENTION_KEEP_TAGS": "latest,a-tag", "REGISTRY_RETENTION_NEWER_THAN": "0s"}
    for options in ((), ("--dry-run",), ("--dry-run", "-o", "name"), ("-o", "json")):
        assert "team/app:1.4" in filled.sk("registry", "prune", *options).ok()
    code, shown = on_a_terminal(filled, 80, "registry", "prune", answer="n\n")
    assert (code, "would delete team/app:1.4" in shown) == (1, True)
    assert tags(filled) == ["1.3", "1.4", "latest"]
    pruned = json.loads(filled.sk("registry", "prune", "-y", "-o", "json").ok())
    assert [item["image"] for item in pruned["items"]] == ["team/app:1.3", "team/app:1.4"]
    assert pruned["total"] == {"tags": 2}
    assert tags(filled) == ["latest"]


def offered(machine: Machine, *words: str) -> list[str]:
    environment = {**machine.environment, "COMP_WORDS": " ".join(["sk", *words]), "COMP_CWORD": str(len(words))}
    done = machine.runner(env={**environment, "_SK_COMPLETE": "bash_complete"})
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_repositories_and_tags_are_completed(filled: Machine) -> None:
    assert offered(filled, "registry", "list", "team/a") == ["team/app"]
    assert offered(filled, "registry", "usage", "team/v") == [LONG]
    assert offered(filled, "registry", "delete", "team/app:1") == ["team/app:1.3", "team/app:1.4"]
    assert offered(filled, "registry", "delete", "team/app", "l") == ["latest"]


def test_those_of_any_other_registry_are_asked_for_in_the_background(filled: Machine) -> None:
    password = filled.environment["REGISTRY_ADMIN_PASSWORD"]
    filled.environment |= {"REGISTRY_USERNAME": "admin", "REGISTRY_PASSWORD": password}
    words = ("registry", "list", "--url", f"http://{filled.host}", "team/a")
    end = time.monotonic() + PATIENCE
    while offered(filled, *words) != ["team/app"] and time.monotonic() < end:
        time.sleep(0.2)
    assert offered(filled, *words) == ["team/app"]


def test_what_is_deployed_is_listed_without_knowing_its_name(filled: Machine) -> None:
    filled.environment |= {"SK_CLUSTER": "another", "SK_CLUSTER_TYPE": "local"}
    assert "registry   this machine (installation local)" in filled.sk("status").ok()
    assert filled.sk("status", "-o", "name").ok() == "registry\n"


def test_the_log_is_printed(filled: Machine) -> None:
    assert len(filled.sk("logs", "registry", "-n", "3").ok().splitlines()) == 3
    assert "PUT /v2/team/app/manifests/1.4" in filled.sk("logs", "registry", "-n", "0").ok()
    assert "there are logs of: registry" in filled.sk("logs", "registry", "--of", "nobody").refused()
    with filled.runner.start("logs", "registry", "--follow", env=filled.environment) as following:
        assert following.stdout is not None
        filled.push("followed:1", {"content": b"more"})
        assert any("PUT /v2/followed/manifests/1" in line for line in following.stdout)
        following.terminate()
