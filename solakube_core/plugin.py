"""Everything of the core that plugins may use; whatever else there is may move or go at any time.

`from solakube_core.plugin import hookimpl, Plan, Problem`: each name is imported from its place when it is asked for,
so a plugin pays for what it uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solakube_core.cli.completion import beginning as beginning
    from solakube_core.cli.completion import components as components
    from solakube_core.cli.completion import session_of as session_of
    from solakube_core.cli.lazy import HelpfulGroup as HelpfulGroup
    from solakube_core.cli.lazy import LazyGroup as LazyGroup
    from solakube_core.cli.options import dry_run_option as dry_run_option
    from solakube_core.cli.options import show_secrets_option as show_secrets_option
    from solakube_core.cli.options import yes_option as yes_option
    from solakube_core.cli.output import AUTO as AUTO
    from solakube_core.cli.output import NAME as NAME
    from solakube_core.cli.output import TABLE as TABLE
    from solakube_core.cli.output import Listing as Listing
    from solakube_core.cli.output import on_terminal as on_terminal
    from solakube_core.cli.output import output_option as output_option
    from solakube_core.cli.output import show as show
    from solakube_core.cli.output import show_document as show_document
    from solakube_core.cli.patience import Patience as Patience
    from solakube_core.cli.session import Session as Session
    from solakube_core.cli.session import pass_session as pass_session
    from solakube_core.cli.streams import echo_exactly as echo_exactly
    from solakube_core.cli.table import Column as Column
    from solakube_core.cron import following as following
    from solakube_core.engine import Engine as Engine
    from solakube_core.engine import Execution as Execution
    from solakube_core.engine import Fact as Fact
    from solakube_core.engine import Progress as Progress
    from solakube_core.engine import Site as Site
    from solakube_core.engine import Stdin as Stdin
    from solakube_core.errors import NotDeployed as NotDeployed
    from solakube_core.errors import Problem as Problem
    from solakube_core.errors import SolakubeError as SolakubeError
    from solakube_core.execution import ProcessExecution as ProcessExecution
    from solakube_core.lifecycle import Lifecycle as Lifecycle
    from solakube_core.markers import hookimpl as hookimpl
    from solakube_core.model import CREATED_ANNOTATION as CREATED_ANNOTATION
    from solakube_core.model import DATA_ANNOTATION as DATA_ANNOTATION
    from solakube_core.model import Access as Access
    from solakube_core.model import Address as Address
    from solakube_core.model import Adoptable as Adoptable
    from solakube_core.model import Await as Await
    from solakube_core.model import Backend as Backend
    from solakube_core.model import Candidate as Candidate
    from solakube_core.model import Cause as Cause
    from solakube_core.model import Claim as Claim
    from solakube_core.model import Command as Command
    from solakube_core.model import Component as Component
    from solakube_core.model import Configuration as Configuration
    from solakube_core.model import Exposure as Exposure
    from solakube_core.model import File as File
    from solakube_core.model import Layout as Layout
    from solakube_core.model import Maintenance as Maintenance
    from solakube_core.model import Manifest as Manifest
    from solakube_core.model import ObjectRef as ObjectRef
    from solakube_core.model import Observation as Observation
    from solakube_core.model import Plan as Plan
    from solakube_core.model import Probe as Probe
    from solakube_core.model import Program as Program
    from solakube_core.model import Schedule as Schedule
    from solakube_core.model import Service as Service
    from solakube_core.model import StorageChoice as StorageChoice
    from solakube_core.model import StorageClass as StorageClass
    from solakube_core.model import StorageOffer as StorageOffer
    from solakube_core.model import StorageRequest as StorageRequest
    from solakube_core.model import Task as Task
    from solakube_core.model import node_host as node_host
    from solakube_core.quantity import parse_quantity as parse_quantity
    from solakube_core.settings import Settings as Settings
    from solakube_core.settings import Variable as Variable
    from solakube_core.settings import variable_of as variable_of
    from solakube_core.values.loading import load_values as load_values
    from solakube_core.values.overlay import overlaid as overlaid
    from solakube_core.values.parsing import parse as parse
    from solakube_core.values.schema import Items as Items
    from solakube_core.values.schema import Schema as Schema
    from solakube_core.values.schema import Texts as Texts
    from solakube_core.wording import age as age
    from solakube_core.wording import counted as counted
    from solakube_core.wording import rfc3339 as rfc3339
    from solakube_core.wording import size as size

PUBLIC: Mapping[str, tuple[str, ...]] = {
    "solakube_core.markers": ("hookimpl",),
    "solakube_core.errors": ("Problem", "SolakubeError", "NotDeployed"),
    "solakube_core.settings": ("Variable", "Settings", "variable_of"),
    "solakube_core.model": (
        "Component", "Command", "Configuration", "Access", "Backend", "Plan", "Manifest", "ObjectRef",
        "DATA_ANNOTATION", "CREATED_ANNOTATION", "node_host", "Await", "Probe", "Adoptable", "Exposure", "Address",
        "Observation", "Cause",
        "Service", "File", "Schedule",
        "StorageRequest", "StorageOffer", "StorageClass", "Claim", "StorageChoice", "Candidate",
        "Maintenance", "Program", "Layout", "Task",
    ),
    "solakube_core.engine": ("Site", "Engine", "Execution", "Stdin", "Progress", "Fact"),
    "solakube_core.execution": ("ProcessExecution",),
    "solakube_core.lifecycle": ("Lifecycle",),
    "solakube_core.cli.session": ("Session", "pass_session"),
    "solakube_core.cli.lazy": ("LazyGroup", "HelpfulGroup"),
    "solakube_core.cli.options": ("yes_option", "dry_run_option", "show_secrets_option"),
    "solakube_core.cli.output": (
        "output_option", "TABLE", "NAME", "AUTO", "Listing", "show", "show_document", "on_terminal",
    ),
    "solakube_core.cli.table": ("Column",),
    "solakube_core.cli.streams": ("echo_exactly",),
    "solakube_core.cli.completion": ("components", "beginning", "session_of"),
    "solakube_core.cli.patience": ("Patience",),
    "solakube_core.wording": ("counted", "size", "age", "rfc3339"),
    "solakube_core.quantity": ("parse_quantity",),
    "solakube_core.cron": ("following",),
    "solakube_core.values.loading": ("load_values",),
    "solakube_core.values.overlay": ("overlaid",),
    "solakube_core.values.parsing": ("parse",),
    "solakube_core.values.schema": ("Schema", "Items", "Texts"),
}  # fmt: skip
"""The public names by the modules that hold them, in the order in which the reference tells of them."""

_PLACES = {name: place for place, names in PUBLIC.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"{__name__} has no {name!r}: it is none of the core's public names")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(_PLACES)
