"""Start-up is a feature: what is not used is not imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_CHECKOUT = Path(__file__).parents[3]

HEAVY = (
    "kubernetes",
    "rich",
    "ruamel",
    "bcrypt",
    "solakube_core.kube",
    "solakube_core.local",
    "urllib3",
    "ssl",
    "importlib.metadata",
)
CODE = """
import sys
from solakube_core.cli.main import run
code = run(sys.argv[1:])
print(*sorted(sys.modules), file=sys.stderr)
sys.exit(code)
"""


def modules_after(*arguments: str, code: int = 0) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    return set(done.stderr.splitlines()[-1].split())


def test_no_command_stops_for_its_modules() -> None:
    """Neither while it imports them nor at its end are they looked through for what nobody holds."""
    begun = (
        "import atexit, gc; from solakube_core.entry import main; gc.collect(); runs = []; held = gc.get_freeze_count()"
    )
    noted = "gc.callbacks.append(lambda *run: runs.append(run))"
    ended = "atexit.register(lambda: print(len(runs), gc.get_freeze_count() - held))"
    command = f"{begun}; {noted}; {ended}; main()"
    done = subprocess.run([sys.executable, "-c", command, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    runs, left = map(int, done.stdout.splitlines()[-1].split())
    assert runs == 0
    assert left > 10_000


@pytest.mark.parametrize("arguments", [("--help",), ("plugins",), ("registry", "--help"), ("deploy", "--help")])
def test_help_imports_nothing_heavy(arguments: tuple[str, ...]) -> None:
    loaded = modules_after(*arguments)
    assert "click" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_a_list_on_one_machine_imports_nothing_of_clusters_buckets_and_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SK_CLUSTER_TYPE", "local")
    loaded = modules_after("registry", "list", code=1)
    assert "solakube_core.local.engine" in loaded
    heavy = {*HEAVY, "solakube_registry.chart.values", "solakube_registry.processes.config"} - {"solakube_core.local"}
    assert loaded.isdisjoint(heavy)
    # Each value costs the making of its class, and each pattern its reading: nothing is deployed here.
    assert loaded.isdisjoint({"solakube_core.model.plan", "solakube_core.model.storage", "solakube_core.lifecycle"})
    rooms = {name for name in loaded if name.startswith(ROOMS)}
    assert {name.rpartition(".")[2] for name in rooms} == {"variables"}


ROOMS = tuple(f"solakube_registry.{name}." for name in ("backup", "exposure", "monitoring", "private", "users"))
"""What they bring to a list are their settings' names."""


def test_the_maintenance_program_imports_what_a_list_of_names_takes(tmp_path: Path) -> None:
    loaded = modules_of_regtool("--data", str(tmp_path), "list", "--names")
    assert "solakube_regtool.sources.data" in loaded
    assert loaded.isdisjoint({"dataclasses", "inspect", "hashlib", "socket", "threading", "difflib", "calendar"})
    assert not [name for name in loaded if name.startswith(("solakube_regtool.alive", "solakube_regtool.collect"))]


def modules_of_regtool(*arguments: str) -> set[str]:
    code = "import sys; from solakube_regtool.cli import main; assert not main(sys.argv[1:]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.splitlines()[-1].split())


def test_the_list_of_commands_needs_no_value_of_a_deployment() -> None:
    assert {name for name in modules_after("--help") if name.startswith("solakube_core.model.")} == {
        "solakube_core.model.commands"
    }


def test_the_list_of_commands_looks_into_no_path() -> None:
    assert "pathlib" not in modules_after("--help")


def test_the_number_of_modules_stays_bounded() -> None:
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(len(sys.modules))"],
        capture_output=True,
        text=True,
        check=True,
    )
    # click brings about 90 of the standard library; the rest is room for our own.
    assert len(modules_after("--help")) - int(bare.stdout) < 170
