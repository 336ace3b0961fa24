"""A Helm chart that makes exactly the objects that `sk` makes."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

_CHART = "apiVersion: v2\nname: registry\nversion: 0.1.0\n"


def chart_of_same_shape(sk: str, environment: Mapping[str, str], folder: Path) -> Path:
    """Write a chart whose one template is what `sk deploy registry --render` prints.

    The namespace is left to helm's --create-namespace, as is usual for charts.

    Returns:
        The chart's folder.
    """
    render = [sk, "deploy", "registry", "--render", "--show-secrets"]
    text = subprocess.run(render, env=environment, capture_output=True, text=True, check=True).stdout
    documents = [part for part in text.split("\n---\n") if "\nkind: Namespace\n" not in f"\n{part}\n"]
    # Braces of the program in the ConfigMap must not be taken for Helm's own.
    body = "\n---\n".join(documents).replace("{{", "{{ `{{` }}")
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(_CHART, encoding="utf-8")
    (folder / "templates" / "registry.yaml").write_text(body, encoding="utf-8")
    return folder
