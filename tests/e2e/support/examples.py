"""The plugins of examples/, installed by pip as any third party's."""

from __future__ import annotations

import shutil
import site
import subprocess
import sys
from pathlib import Path

from tests.e2e.support.waiting import PATIENCE

QUICKLY = {"PIP_NO_COMPILE": "0"}
"""For pip, in whose words that switches it on: compiling what a test never imports takes most of an installation."""

EXAMPLES = Path(__file__).parents[3] / "examples"


class Environment:
    """A virtual environment that sees the installed SolaKube, so that only the example has to be installed."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.python = folder / "bin" / "python"
        (packages,) = folder.glob("lib/python*/site-packages")
        packages.joinpath("solakube.pth").write_text(f"import site; site.addsitedir({site.getsitepackages()[0]!r})\n")
        self.sk = folder / "bin" / "sk"
        self.sk.write_text(f"#!{self.python}\nfrom solakube_core.cli.main import main\n\nmain()\n")
        self.sk.chmod(0o755)

    def pip(self, *arguments: str | Path) -> None:
        """Run pip for the environment."""
        run_pip("--python", self.python, *arguments)


def run_pip(*arguments: str | Path) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True, timeout=PATIENCE)


def built(name: str, folder: Path) -> Path:
    """One of the examples as a wheel, built from a copy: building writes beside the sources."""
    source = shutil.copytree(EXAMPLES / name, folder / "source")
    run_pip("wheel", "--no-deps", "--wheel-dir", folder / "wheels", source)
    (wheel,) = (folder / "wheels").iterdir()
    return wheel
