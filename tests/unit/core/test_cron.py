"""Schedules that Kubernetes and the local engine read alike, and no others."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from solakube_core.cron import fault, following

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)  # a Friday


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("* * * * *", "2027-01-01 00:01"),
        ("30 3 * * *", "2027-01-01 03:30"),
        ("*/20 4-6/2 * * *", "2027-01-01 04:00"),
        ("0 5 * * sun", "2027-01-03 05:00"),
        ("0 5 1 * 1", "2027-01-01 05:00"),
        ("0 5 13 FEB,apr *", "2027-02-13 05:00"),
        ("0 0 29 2 *", "2028-02-29 00:00"),
        ("@daily", "2027-01-02 00:00"),
        ("@Weekly", "2027-01-03 00:00"),
    ],
)
def test_the_next_time(text: str, time: str) -> None:
    assert f"{following(text, NEW_YEAR):%Y-%m-%d %H:%M}" == time
    assert fault(text) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "0 fields"),
        ("daily", "1 fields"),
        ("@reboot", "1 fields"),
        ("@every 1h", "2 fields"),
        ("0 30 3 * * *", "6 fields"),
        ("TZ=UTC 0 3 * * *", "6 fields"),
        ("60 3 * * *", "bad minute"),
        ("5-1 3 * * *", "bad minute"),
        ("0 3 ? * *", "none of"),
        ("0 3 L * *", "none of"),
        ("0 3 * * 1#2", "none of"),
        ("0 3 *,1 * *", "none of"),
        ("0 3 31 2 *", "bad day-of-month"),
        # What one of the two would refuse, or read in another way:
        ("0 3 * * 7", "0 (Sunday) to 6"),
        ("0 3 * * 5-7", "0 (Sunday) to 6"),
        ("0 3 * * 1/2", "0 (Sunday) to 6"),
        ("0 3 */2 * 1", "takes either"),
        ("0 3 13 * */2", "takes either"),
    ],
)
def test_what_is_no_schedule_is_told_with_the_reason(text: str, reason: str) -> None:
    assert reason in fault(text)
    with pytest.raises(ValueError, match=re.escape(fault(text))):
        following(text, NEW_YEAR)
