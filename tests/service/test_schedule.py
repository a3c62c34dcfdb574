"""When audits and proofs run by themselves, on the scheduler's own reckoning and for once really."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from auditor.service.schedule import NIGHT_HOUR, Schedule

LONDON = ZoneInfo("Europe/London")
EVERY = timedelta(minutes=15)


def nothing() -> None: ...


@pytest.fixture
def night(monkeypatch: pytest.MonkeyPatch) -> dict[str, CronTrigger]:
    """The triggers by which a schedule of each zone proves, by the zone's name."""
    made: dict[str, CronTrigger] = {}
    original = BackgroundScheduler.add_job

    def add_job(self: BackgroundScheduler, *arguments: object, **options: object) -> object:
        job = original(self, *arguments, **options)
        if options["id"] == "nightly":
            made[str(options["timezone"])] = job.trigger
        return job

    monkeypatch.setattr(BackgroundScheduler, "add_job", add_job)
    for zone in ("Europe/London", "America/New_York"):
        Schedule(nothing, EVERY, nothing, ZoneInfo(zone))
    return made


def nights(trigger: CronTrigger, first: datetime, count: int) -> list[datetime]:
    """The next `count` moments, in UTC."""
    found: list[datetime] = []
    after = first
    for _ in range(count):
        due = trigger.get_next_fire_time(None, after)
        assert due is not None
        found.append(due.astimezone(UTC).replace(tzinfo=None))
        after = due + timedelta(seconds=1)
    return found


def test_the_proof_runs_once_a_night_in_the_company_s_zone(night: dict[str, CronTrigger]) -> None:
    noon = datetime(2026, 3, 27, 12, tzinfo=UTC)
    # Clocks in London go forward in the night to 29 March: the proof stays at three in the morning of the company.
    assert nights(night["Europe/London"], noon, 3) == [
        datetime(2026, 3, 28, 3), datetime(2026, 3, 29, 2), datetime(2026, 3, 30, 2),
    ]  # fmt: skip
    assert nights(night["America/New_York"], noon, 1) == [datetime(2026, 3, 28, 7)]


def test_no_night_is_left_out_or_doubled_when_clocks_change(night: dict[str, CronTrigger]) -> None:
    for zone, trigger in night.items():
        year = nights(trigger, datetime(2026, 1, 1, tzinfo=UTC), 365)
        local = [due.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)) for due in year]
        assert len({due.date() for due in local}) == 365
        assert {due.hour for due in local} == {NIGHT_HOUR}


def test_audits_run_by_themselves_until_stopped_and_one_that_breaks_does_not_end_them() -> None:
    ran = threading.Semaphore(0)

    def audit() -> None:
        ran.release()
        raise RuntimeError("the cable was pulled")

    schedule = Schedule(audit, timedelta(seconds=1), nothing, LONDON)
    schedule.stop()  # a service that ends before it has begun to listen
    schedule.start()
    try:
        assert ran.acquire(timeout=10)
        assert ran.acquire(timeout=10)
    finally:
        schedule.stop()
    while ran.acquire(blocking=False):
        pass
    assert not ran.acquire(timeout=1.5)
