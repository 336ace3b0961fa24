"""How a component is doing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime

from solakube_core.engine import Fact, Status
from solakube_core.kube.client.api import Api, Object
from solakube_core.kube.client.faults import Forbidden
from solakube_core.kube.health.causes import pod_causes
from solakube_core.kube.health.diagnosis import events_of
from solakube_core.kube.health.facts import certificate_fact, leaving_fact, object_fact, pod_fact, tls_secrets
from solakube_core.kube.health.jobs import job_fact, newest_job
from solakube_core.kube.health.observing import Observe, nobody, observed_fact
from solakube_core.kube.health.readiness import is_ready
from solakube_core.kube.holdings import inventory
from solakube_core.kube.holdings.others import added, managed
from solakube_core.kube.objects.ownership import MARKED_KINDS, is_leaving, outlives
from solakube_core.model import ObjectRef


def status(api: Api, component: str, namespace: str, observe: Observe = nobody) -> Status:
    """Tell how everything that the component owns is doing, and whether any of it is missing.

    Args:
        namespace: where it is; "" to look for it.
        observe: asks the plugins about objects of their kinds.
    """
    recorded = inventory.find(api, component, namespace)
    if recorded is None:
        return Status(False, tuple(_leaving_namespace(api, namespace)))
    live = api.get_many(recorded.refs)
    facts = [fact for ref in recorded.refs for fact in _facts(api, ref, live, observe)]
    if not any(ref.kind == "Namespace" for ref in recorded.refs):
        facts += _leaving_namespace(api, recorded.namespace)
    for tool, refs in managed(api, live.values()).items():
        facts.append(Fact(str(tool), "manages", f"{', '.join(map(str, refs))}, too: {tool.advice}"))
    return Status(any(_is_at_work(ref, live.get(ref)) for ref in recorded.refs), tuple(facts))


def _is_at_work(ref: ObjectRef, found: Object | None) -> bool:
    """After `sk undeploy` claims and Secrets may still be there, but nothing serves them."""
    return ref.kind not in MARKED_KINDS if found is None else not outlives(found)


def _leaving_namespace(api: Api, name: str) -> Iterator[Fact]:
    """Tell of a namespace that is being deleted, and everything in it with it; it may be one that we did not make."""
    with suppress(Forbidden):
        found = api.get(ObjectRef("v1", "Namespace", name)) if name else None
        if found and is_leaving(found):
            yield leaving_fact(found)


def _facts(api: Api, ref: ObjectRef, live: Mapping[ObjectRef, Object], observe: Observe) -> Iterator[Fact]:
    found = live.get(ref)
    if found is None:
        yield Fact(str(ref), "missing", "somebody removed it; deploying again makes it anew", healthy=False)
        return
    if is_leaving(found):
        yield leaving_fact(found)
        return
    fact = object_fact(found) or observed_fact(found, observe)
    if fact:
        yield fact
    for who, paths in added(found).items():
        yield Fact(str(ref), "also changed", f"{who} added {', '.join(paths)}")
    if ref.kind == "Deployment":
        yield from _pod_facts(api, found)
    if ref.kind == "CronJob":
        yield from _job_facts(api, found)
    for name in tls_secrets(found):
        yield _certificate(api, ObjectRef("v1", "Secret", name, ref.namespace))


def _pod_facts(api: Api, deployment: Object) -> Iterator[Fact]:
    namespace = deployment["metadata"]["namespace"]
    for pod in api.list_all("v1", "Pod", namespace, deployment["spec"]["selector"]["matchLabels"]):
        if "deletionTimestamp" not in pod["metadata"]:
            events = [] if is_ready(pod) else events_of(api, pod)
            yield pod_fact(pod, pod_causes(pod, events))


def _job_facts(api: Api, cron_job: Object) -> Iterator[Fact]:
    """Tell of the newest of a CronJob's jobs, of which it keeps one that succeeded and one that failed."""
    namespace = cron_job["metadata"]["namespace"]
    job = newest_job(api.list_all("batch/v1", "Job", namespace), cron_job)
    if job:
        pods = api.list_all("v1", "Pod", namespace, {"batch.kubernetes.io/job-name": job["metadata"]["name"]})
        yield job_fact(job, pods)


def _certificate(api: Api, ref: ObjectRef) -> Fact:
    secret = api.get(ref)
    if secret is None:
        return Fact(f"certificate in {ref}", "missing", "the ingress uses its own certificate", healthy=False)
    return certificate_fact(secret, datetime.now(UTC))
