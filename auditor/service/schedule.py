"""When audits run by themselves. What is due comes from our own table of extracts, never from a job store.

`coalesce` and `max_instances=1` make a late or long run happen once, not several times.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobEvent
from apscheduler.schedulers.background import BackgroundScheduler

NIGHT_HOUR = 3
"""When little is read and nobody waits for a page."""

log = structlog.get_logger("auditor.schedule")


class Schedule:
    """Runs `audit` every `every`, and `nightly` each night in the company's zone, until stopped."""

    def __init__(
        self, audit: Callable[[], object], every: timedelta, nightly: Callable[[], object], zone: ZoneInfo
    ) -> None:
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._scheduler.add_job(
            nightly,
            "cron",
            hour=NIGHT_HOUR,
            timezone=zone,
            id="nightly",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._scheduler.add_job(
            audit,
            "interval",
            seconds=max(1, int(every.total_seconds())),
            id="audit",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        self._scheduler.add_listener(_noted, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)

    def start(self) -> None:
        self._scheduler.start()

    def stop(self) -> None:
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def _noted(event: JobEvent) -> None:
    log.warning(
        "a scheduled job did not run as planned",
        job=event.job_id,
        code=event.code,
        error=str(getattr(event, "exception", "")),
    )
