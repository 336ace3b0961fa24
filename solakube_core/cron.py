"""Cron schedules, as Kubernetes and the local engine both read them.

Kubernetes reads them with robfig/cron (`ParseStandard`, v3), the local engine with cronsim, which does as Debian's cron
does. What only one of the two knows, or the two read differently, is no schedule here.
"""

from __future__ import annotations

import re
from datetime import datetime

from cronsim import CronSim, CronSimError

_NAMED = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_VALUE = r"(?:\d{1,2}|[A-Za-z]{3})"
_TERM = rf"{_VALUE}(?:-{_VALUE})?(?:/\d{{1,2}})?"
_FIELD = re.compile(rf"\*(?:/\d{{1,2}})?|{_TERM}(?:,{_TERM})*")
# A Sunday is 0 for Kubernetes, and 0 or 7 for cron: so is the end of what `1/2` begins.
_UNLIKE_WEEKDAYS = re.compile(r"(?<![\d/])7|(?:^|,)\w+/")


def following(text: str, moment: datetime) -> datetime:
    """Return the next time of a schedule.

    Args:
        text: five fields, or a name such as "@daily".
        moment: the time after which it is looked for; the answer is of the same time zone.

    Raises:
        ValueError: it is no schedule; with the reason.
    """
    try:
        return next(CronSim(_fields(text), moment))
    except CronSimError as error:
        raise ValueError(f"{error}".lower()) from None
    except StopIteration:
        raise ValueError("there is no such day") from None


def fault(text: str) -> str:
    """Tell why a text is no schedule; "" when it is one."""
    try:
        following(text, datetime(2000, 1, 1))
    except ValueError as error:
        return str(error)
    return ""


def _fields(text: str) -> str:
    fields = _NAMED.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        raise ValueError(f"it has {len(fields)} fields, not minute, hour, day of the month, month and day of the week")
    for field in fields:
        if not _FIELD.fullmatch(field):
            raise ValueError(f"{field} is none of *, */N, A, A-B, A-B/N and lists of these")
    *_, days, _month, weekdays = fields
    if _UNLIKE_WEEKDAYS.search(weekdays):
        raise ValueError("days of the week go from 0 (Sunday) to 6; a step needs both ends, as in 1-6/2")
    if "*" not in (days, weekdays) and "*" in days + weekdays:
        raise ValueError("days of the month and of the week with a step: Kubernetes takes either, cron takes both")
    return " ".join(fields)
