"""How scheduled jobs are doing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from solakube_core.cron import following
from solakube_core.engine import Fact
from solakube_core.kube.health.causes import container_trouble, pod_causes
from solakube_core.kube.health.readiness import condition
from solakube_core.model import Manifest, ObjectRef
from solakube_core.wording import moment, rfc3339


def cron_job_fact(subject: str, live: Manifest) -> Fact:
    """Tell when a CronJob runs, and when it last did."""
    spec, status = live["spec"], live.get("status") or {}
    times = [
        f"{word} {_moment(status[key])}"
        for key, word in (("lastScheduleTime", "last run"), ("lastSuccessfulTime", "last success"))
        if key in status
    ]
    coming = None if spec.get("suspend") else _next(spec)
    figures = {
        "cron": spec["schedule"],
        "began": status.get("lastScheduleTime"),
        "succeeded": status.get("lastSuccessfulTime"),
        "next": rfc3339(coming),
    }
    if spec.get("suspend"):
        told = ", ".join([spec["schedule"], *times])
        return Fact(subject, "suspended", told, healthy=False, figures=figures)
    detail = [
        spec["schedule"],
        *(times or ["it has not run yet"]),
        *([f"next {moment(coming)}"] if coming else []),
    ]
    return Fact(subject, "at work" if status.get("active") else "waiting", ", ".join(detail), figures=figures)


def jobs_of(cron_job: Manifest, jobs: Iterable[Manifest]) -> list[Manifest]:
    """Return those of the jobs that belong to a CronJob."""
    owner = cron_job["metadata"]["uid"]
    return [job for job in jobs if any(ref["uid"] == owner for ref in job["metadata"].get("ownerReferences") or ())]


def newest_job(jobs: Iterable[Manifest], cron_job: Manifest) -> Manifest | None:
    """Return the youngest of the jobs that belong to a CronJob; None where there is none."""
    own = jobs_of(cron_job, jobs)
    return max(own, key=lambda job: str(job["metadata"]["creationTimestamp"]), default=None)


def job_fact(job: Manifest, pods: Iterable[Manifest]) -> Fact:
    """Tell how a job ended, or what keeps it.

    Args:
        pods: its own; the last one that failed tells why.
    """
    subject = str(ObjectRef.of(job))
    newest = max(pods, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)
    failed = condition(job, "Failed")
    if failed.get("status") == "True":
        why = [str(failed.get("message", "")), *_troubles(newest)]
        return Fact(subject, "failed", "; ".join(filter(None, why)), healthy=False)
    if condition(job, "Complete").get("status") == "True":
        ended = job["status"]["completionTime"]
        return Fact(subject, "done", _moment(ended), figures={"finished": ended})
    waiting = [cause.text for cause in pod_causes(newest, ())] if newest else []
    return Fact(subject, "at work", "; ".join([*waiting, *_troubles(newest)]), healthy=not waiting)


def _troubles(pod: Manifest | None) -> list[str]:
    statuses = ((pod or {}).get("status") or {}).get("containerStatuses") or ()
    return [text for status in statuses if (text := container_trouble(status))]


def _next(spec: Manifest) -> float | None:
    """Tell when it is next, in seconds since 1970; of other people's times and zones nothing is known."""
    try:
        zone = ZoneInfo(spec["timeZone"])
        return following(spec["schedule"], datetime.now(zone)).timestamp()
    except (KeyError, ValueError, OSError):
        return None


def _moment(text: str) -> str:
    return moment(datetime.fromisoformat(text).timestamp())
