"""`last-run`: remember in a sentence what the last maintenance did, and tell it."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import time

from solakube_regtool import files
from solakube_regtool.errors import RegtoolError, failed
from solakube_regtool.output import Output
from solakube_regtool.tree import Tree
from solakube_regtool.workspace import Workspace

_FILE = "last-run.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--note", metavar="SENTENCE", help="remember this, with the time, instead")


def run(options: argparse.Namespace, out: Output) -> int:
    """Print the sentence with its time; nothing where nothing has been done yet."""
    tree = Tree(options.data)
    if options.note:
        remember(tree, options.note)
        return 0
    found = recall(tree)
    if found:
        finished, sentence = found
        text = f"{time.strftime('%Y-%m-%d %H:%M:%S UTC', time.gmtime(finished))}: {sentence}"
        out.record("last-run", text, summary=text, finished=finished)
    return 0


def remember(tree: Tree, sentence: str) -> None:
    """Write down what was done just now.

    Raises:
        RegtoolError: the volume does not take it.
    """
    workspace = Workspace(tree)
    path = f"{workspace.path}/{_FILE}"
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        workspace.prepare()
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"finished": time.time(), "sentence": sentence}, file)
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise failed("the result of the run cannot be remembered", error) from error


def recall(tree: Tree) -> tuple[float, str] | None:
    """Return when the last run ended, in seconds since 1970, and what it did; None where there was none."""
    try:
        content = json.loads(files.read(f"{Workspace(tree).path}/{_FILE}"))
        return float(content["finished"]), str(content["sentence"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RegtoolError("the result of the last run cannot be read", str(error)) from error
