"""What the containers of a component wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from threading import Thread

from solakube_core.engine import LogQuery
from solakube_core.errors import SolakubeError
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.health.jobs import jobs_of
from solakube_core.kube.holdings.inventory import Inventory
from solakube_core.model import ObjectRef

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet")


def lines(api: Api, recorded: Inventory, query: LogQuery) -> Iterator[str]:
    """Give lines of a container's log, those of several pods one after the other; each then names its pod.

    Args:
        recorded: what belongs to the component.
        query: which lines; it names a container, else the first one of the component's workload is meant.

    Raises:
        SolakubeError: there is no such container, or its log cannot be read.
    """
    pods = tuple(_pods(api, recorded))
    names = list(dict.fromkeys(name for pod in pods for name in _containers(pod)))
    if not names:
        raise SolakubeError(
            f"{recorded.component} has no pods that could have written anything", "", "see why by `sk status`"
        )
    container = query.of or names[0]
    if container not in names:
        raise SolakubeError(
            f"there is no log of {container}", f"there are logs of: {', '.join(names)}", "name one of them: --of NAME"
        )
    having = [pod for pod in pods if container in _containers(pod)]
    having.sort(key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
    written = [_Log(api, pod, container, query) for pod in having]
    if len(written) == 1:
        yield from written[0]
    elif query.follow:
        yield from _together(written)
    else:
        yield from (f"[{log.pod.name}] {line}" for log in written for line in log)


class _Log:
    """The wanted lines of one pod."""

    def __init__(self, api: Api, pod: Object, container: str, query: LogQuery) -> None:
        self.pod = ObjectRef("v1", "Pod", pod["metadata"]["name"], pod["metadata"]["namespace"])
        self._api, self._container, self._query = api, container, query

    def __iter__(self) -> Iterator[str]:
        query = self._query
        yield from self._api.log(
            self.pod, self._container, previous=query.previous, lines=query.lines, follow=query.follow
        )


def _together(logs: Sequence[_Log]) -> Iterator[str]:
    """Give lines of several logs as they come, until the last one ends."""
    queue: SimpleQueue[str | SolakubeError | None] = SimpleQueue()

    def read(log: _Log) -> None:
        try:
            for line in log:
                queue.put(f"[{log.pod.name}] {line}")
            queue.put(None)
        except SolakubeError as error:
            queue.put(error)

    for log in logs:
        # Ctrl-C does not wait for what may never come.
        Thread(target=read, args=(log,), daemon=True).start()
    left = len(logs)
    while left:
        told = queue.get()
        if isinstance(told, SolakubeError):
            raise told
        if told is None:
            left -= 1
        else:
            yield told


def _pods(api: Api, recorded: Inventory) -> Iterator[Object]:
    """Give the pods of the component's workloads, then those of its scheduled jobs."""
    live = api.get_many(recorded.refs)
    for ref, found in live.items():
        if ref.kind in _WORKLOADS:
            yield from api.list_all("v1", "Pod", ref.namespace, found["spec"]["selector"]["matchLabels"])
    for ref, found in live.items():
        if ref.kind == "CronJob":
            for job in jobs_of(found, api.list_all("batch/v1", "Job", ref.namespace)):
                labels = {"batch.kubernetes.io/job-name": job["metadata"]["name"]}
                yield from api.list_all("v1", "Pod", ref.namespace, labels)


def _containers(pod: Object) -> list[str]:
    return [str(container["name"]) for container in pod["spec"]["containers"]]
