"""Programs that run beside a component's data, and the maintenance that they offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Layout:
    """Where a component's files are, as its own programs see them.

    Attributes:
        data: the folder of its data.
        config: the folder of its configuration files, secret ones included.
    """

    data: str
    config: str

    @property
    def run(self) -> str:
        """The folder of sockets, and of copies that one program keeps for others; there is one where `File.copied`."""
        return f"{self.config}/run"


@dataclass(frozen=True)
class Program:
    """A program that can be run beside a component's data.

    Attributes:
        component: whose data it works on.
        executable: "python" for a Python interpreter, or the name of one of the plan's services.
        arguments: its first arguments; `Engine.run` adds more.
        namespace: of the pods.
        selector: labels of the pods.
        container: the container to run in.
        environment: added to its environment on the local engine; in a pod the container's own holds.
    """

    component: str
    executable: str
    arguments: tuple[str, ...]
    namespace: str
    selector: Mapping[str, str]
    container: str
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Schedule:
    """A program that runs at set times, on a machine without Kubernetes: what a CronJob of the plan is elsewhere.

    Attributes:
        name: for its status and its log.
        cron: its times, as `solakube_core.cron` reads them, in the machine's time zone.
        program: what runs, beside the component's data.
        arguments: appended to the program's own.
        stdin: written to its standard input, which then ends.
    """

    name: str
    cron: str
    program: Program
    arguments: tuple[str, ...]
    stdin: str = ""


@dataclass(frozen=True)
class Task:
    """One kind of maintenance, as `sk maintain COMPONENT TASK` runs it.

    Attributes:
        name: the word on the command line.
        help: one line for lists.
        command: the arguments after `sk` of the command that does it.
    """

    name: str
    help: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Maintenance:
    """The maintenance that a component offers: the answer of `maintain`.

    Attributes:
        tool: its maintenance program.
        report: arguments with which the tool tells the result of its last runs, as JSON lines with a
            "summary" field each, for `sk status`; one that failed has "success": false, "finished" is the time at
            which it ended in seconds since 1970, and what else there is goes to programs as it is.
        tasks: what can be done.
    """

    tool: Program
    report: tuple[str, ...]
    tasks: tuple[Task, ...]
