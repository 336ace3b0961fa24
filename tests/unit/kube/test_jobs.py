"""What a status tells of scheduled jobs."""

from __future__ import annotations

from typing import Any

from solakube_core.kube.health.facts import object_fact
from solakube_core.kube.health.jobs import job_fact, newest_job


def cron_job(status: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "nightly", "namespace": "web", "uid": "1"},
        "spec": {"schedule": "0 0 29 2 *", "timeZone": "Etc/UTC", **spec},
        "status": status,
    }


def job(name: str, created: str, owner: str = "1", **status: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "web", "creationTimestamp": created, "ownerReferences": [{"uid": owner}]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "status": status}


def pod(created: str, **state: Any) -> dict[str, Any]:
    statuses = [{"name": "main", "image": "python:3", "restartCount": 0, "state": state}]
    return {"metadata": {"name": "p", "creationTimestamp": created}, "status": {"containerStatuses": statuses}}


def test_a_cron_job_tells_its_times() -> None:
    fact = object_fact(cron_job({}))
    assert fact is not None
    assert fact.state == "waiting"
    assert fact.detail == "0 0 29 2 *, it has not run yet, next 2028-02-29 00:00:00 UTC"
    ran = {"lastScheduleTime": "2026-02-02T03:30:00Z", "lastSuccessfulTime": "2026-02-01T03:31:00Z", "active": [{}]}
    fact = object_fact(cron_job(ran))
    assert fact is not None
    assert fact.state == "at work"
    assert "last run 2026-02-02 03:30:00 UTC, last success 2026-02-01 03:31:00 UTC" in fact.detail
    assert fact.figures == {
        "cron": "0 0 29 2 *",
        "began": "2026-02-02T03:30:00Z",
        "succeeded": "2026-02-01T03:31:00Z",
        "next": "2028-02-29T00:00:00Z",
    }


def test_a_suspended_one_needs_attention_and_of_a_foreign_zone_nothing_is_told() -> None:
    fact = object_fact(cron_job({}, suspend=True))
    assert fact is not None
    assert (fact.state, fact.healthy) == ("suspended", False)
    fact = object_fact(cron_job({}, timeZone="No/Where"))
    assert fact is not None
    assert fact.detail == "0 0 29 2 *, it has not run yet"


def test_the_newest_of_its_own_jobs_counts() -> None:
    jobs = [job("a", "2026-01-01T00:00:00Z"), job("b", "2026-01-02T00:00:00Z"), job("c", "2026-01-03T00:00:00Z", "2")]
    newest = newest_job(jobs, cron_job({}))
    assert newest is not None
    assert newest["metadata"]["name"] == "b"
    assert newest_job([], cron_job({})) is None


def test_a_failed_job_says_why() -> None:
    failed = {"type": "Failed", "status": "True", "message": "Job has reached the specified backoff limit"}
    first = pod("2026-01-01T00:00:01Z", terminated={"exitCode": 1, "message": "error: old"})
    last = pod("2026-01-01T00:00:02Z", terminated={"exitCode": 1, "message": "error: it is full\n"})
    fact = job_fact(job("a", "2026-01-01T00:00:00Z", conditions=[failed]), [last, first])
    assert (fact.subject, fact.state, fact.healthy) == ("Job web/a", "failed", False)
    assert fact.detail.endswith("backoff limit; it ended with exit code 1: error: it is full")
    assert job_fact(job("a", "2026-01-01T00:00:00Z", conditions=[failed]), []).healthy is False


def test_a_job_that_is_done_or_under_way() -> None:
    complete = [{"type": "Complete", "status": "True"}]
    done = job("a", "2026-01-01T00:00:00Z", conditions=complete, completionTime="2026-01-01T00:01:00Z")
    assert job_fact(done, []).detail == "2026-01-01 00:01:00 UTC"
    begun = job("a", "2026-01-01T00:00:00Z")
    assert job_fact(begun, [pod("2026-01-01T00:00:01Z", running={})]).healthy
    stuck = job_fact(begun, [pod("2026-01-01T00:00:01Z", waiting={"reason": "ErrImagePull", "message": "no route"})])
    assert (stuck.healthy, "cannot be pulled: no route" in stuck.detail) == (False, True)
