"""How fresh every feed is, and whether a check may judge a channel at all.

A feed is one stream of one system; a channel may have two systems (the shop, and the files of its payment provider),
and those without a channel speak for the whole company. `fill` reads raw.extract as it was known at a moment into
fact.feed and fact.feed_table of a run's workspace and hands back the same as `Feeds`. `Feeds.judge` gives the moment
up to which everything behind a check is complete, or the reason why nothing may be said: the channel cannot tell
something that the check needs, a feed was never read completely, its last attempt failed or stayed incomplete, or its
newest data is older than twice its cadence. Hours in which a system was closed count for nothing (open_hours.py).

Checks that judge systems and need nothing (feed_stale) are about feeds themselves and are always judged; those that
name a need are about the company as a whole, and are judged like others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.checking.abilities import Abilities, CannotTell
from auditor.checking.library import Check
from auditor.checking.open_hours import OpenHours
from auditor.clock import iso
from auditor.model import B1, Feed
from auditor.store.connection import Connection

STALE_AFTER = 2
"""Cadences after which a feed is too old to judge anything by it."""

_TABLES = """
CREATE SCHEMA IF NOT EXISTS fact;
CREATE OR REPLACE TABLE fact.feed (
    system VARCHAR, channel VARCHAR, stream VARCHAR, cadence_minutes BIGINT, watermark TIMESTAMP, last_status VARCHAR,
    last_reason VARCHAR, last_finished_at TIMESTAMP, is_complete BOOLEAN, closed_minutes BIGINT
);
CREATE OR REPLACE TABLE fact.feed_table (system VARCHAR, stream VARCHAR, table_name VARCHAR);
"""
_STANDING = """
WITH ended AS (
    SELECT system, stream, extract_id, finished_at, reason, coalesce(watermark, cut_off) AS watermark,
           -- A complete extract whose rows are not shaped yet shows nothing; to a check it is as good as unread.
           CASE WHEN status = 'complete' AND shaped_at IS NULL THEN 'incomplete' ELSE status END AS status
    FROM store.raw.extract
    WHERE finished_at <= $known_at AND status NOT IN ('running', 'targeted')
),
last_good AS (
    SELECT system, stream, max(extract_id) AS extract_id FROM ended WHERE status = 'complete' GROUP BY system, stream
),
last_try AS (SELECT system, stream, max(extract_id) AS extract_id FROM ended GROUP BY system, stream),
failing AS (
    SELECT e.system, e.stream, min(e.finished_at) AS since
    FROM ended AS e LEFT JOIN last_good AS g ON g.system = e.system AND g.stream = e.stream
    WHERE e.extract_id > coalesce(g.extract_id, -1)
    GROUP BY e.system, e.stream
)
SELECT t.system, t.stream, g.watermark, l.status, l.reason, l.finished_at, f.since
FROM last_try AS t
JOIN ended AS l ON l.extract_id = t.extract_id
LEFT JOIN last_good AS k ON k.system = t.system AND k.stream = t.stream
LEFT JOIN ended AS g ON g.extract_id = k.extract_id
LEFT JOIN failing AS f ON f.system = t.system AND f.stream = t.stream
"""


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A stream that a connector promises: what it is called, which canonical tables it feeds, how often.

    channel: whose tables these are; None for what speaks for the whole company.
    """

    system: str
    channel: str | None
    stream: str
    tables: tuple[str, ...]
    cadence: timedelta


@dataclass(frozen=True, slots=True)
class NotJudged:
    """Why a check may say nothing about a channel: one sentence naming the feed, since when, and why."""

    reason: str


class Feeds:
    """All feeds of a run.

    derived:     tables that the run computes -> the tables they were computed from.
    cannot_tell: what the systems behind the feeds have no word for.
    hours:       when they were closed.
    """

    def __init__(
        self,
        feeds: Iterable[Feed],
        derived: Mapping[str, Sequence[str]] | None = None,
        cannot_tell: Iterable[CannotTell] = (),
        hours: OpenHours | None = None,
    ) -> None:
        self.all = tuple(feeds)
        self.hours = hours or OpenHours()
        self._derived = dict(derived or {})
        self._abilities = Abilities(self.all, cannot_tell)

    @property
    def systems(self) -> list[str]:
        """Every system that has a feed, in their order."""
        return list(dict.fromkeys(feed.system for feed in self.all))

    def behind(self, check: Check, channel: str) -> list[Feed]:
        """The feeds of the channel and of the whole company that the check's tables come from."""
        tables = self._sources(check.header.reads)
        return [feed for feed in self.all if feed.channel in (channel, None) and tables.intersection(feed.tables)]

    def named(self, system: str | None, stream: str | None) -> Feed | None:
        """One feed, or None when there is none of that name."""
        return next((feed for feed in self.all if (feed.system, feed.stream) == (system, stream)), None)

    def judge(self, check: Check, channel: str, now: datetime) -> datetime | NotJudged:
        """Up to when everything behind the check on this channel is complete, or why it may not be judged."""
        is_of_system = check.header.judges == "system"
        if is_of_system and not check.header.needs:
            return now
        lacking = self._abilities.lacking(check, channel)
        if lacking is not None:
            return NotJudged(lacking)
        behind = self.behind(check, channel)
        if not behind:
            return NotJudged(f"Nothing that {check.check_id} needs is read from {channel} or {B1}.")
        is_told = is_of_system or any(feed.channel == channel for feed in behind)
        if not is_told and self._needs_channel(check):
            return NotJudged(f"Nothing that {check.check_id} needs is read from {channel}.")
        watermarks: list[datetime] = []
        for feed in behind:
            problem = why_unfit(feed, now, self.hours)
            if problem:
                return NotJudged(problem)
            if feed.watermark is not None:
                watermarks.append(feed.watermark)
        return self.hours.judged_until(min(watermarks), (feed.system for feed in behind), channel, check.header.grace)

    def _needs_channel(self, check: Check) -> bool:
        companywide = {table for feed in self.all if feed.channel is None for table in feed.tables}
        tables = self._sources(check.header.reads) - companywide
        return any(not table.startswith("b1_") for table in tables)

    def _sources(self, reads: Iterable[str]) -> set[str]:
        """Canonical tables behind `reads`, without schema; derived tables are traced back to theirs."""
        found: set[str] = set()
        seen: set[str] = set()
        waiting = list(reads)
        while waiting:
            table = waiting.pop()
            if table in seen:
                continue
            seen.add(table)
            schema, _, name = table.partition(".")
            if schema == "canonical":
                found.add(name)
            waiting.extend(self._derived.get(table, ()))
        return found


def why_unfit(feed: Feed, now: datetime, hours: OpenHours) -> str | None:
    """One sentence why nothing may be concluded from this feed now; None when it is fresh and complete."""
    if feed.watermark is None:
        reason = f": {feed.last_reason.rstrip('.')}" if feed.last_reason else ""
        return f"The feed {feed.name} has never been read completely{reason}."
    if not feed.is_complete:
        since = iso(feed.failing_since or feed.last_finished_at or now)
        reason = (feed.last_reason or "its last attempt did not read everything").rstrip(".")
        return f"The feed {feed.name} has not been read completely since {since}: {reason}."
    if now - feed.watermark - hours.closed_since(feed.system, feed.watermark, now) > STALE_AFTER * feed.cadence:
        return (
            f"The feed {feed.name} is stale: its newest data is from {iso(feed.watermark)}, "
            f"more than {STALE_AFTER} x {minutes(feed.cadence)} minutes before {iso(now)}."
        )
    return None


def fill(
    con: Connection,
    specs: Iterable[FeedSpec],
    known_at: datetime,
    derived: Mapping[str, Sequence[str]] | None = None,
    cannot_tell: Iterable[CannotTell] = (),
    hours: OpenHours | None = None,
) -> Feeds:
    """Makes fact.feed and fact.feed_table in the workspace and returns what they say."""
    standing = {(row[0], row[1]): row[2:] for row in con.sql(_STANDING, params={"known_at": known_at}).fetchall()}
    hours = hours or OpenHours()
    feeds: list[Feed] = []
    for spec in specs:
        known = standing.get((spec.system, spec.stream), (None, None, None, None, None))
        feeds.append(replace(Feed(spec.system, spec.stream, spec.cadence, spec.tables, *known), channel=spec.channel))
    make_tables(con)
    for feed in feeds:
        con.execute(
            "INSERT INTO fact.feed VALUES "
            "($system, $channel, $stream, $cadence, $watermark, $status, $reason, $finished, $complete, $closed)",
            {
                "system": feed.system,
                "channel": feed.channel,
                "stream": feed.stream,
                "cadence": minutes(feed.cadence),
                "watermark": feed.watermark,
                "status": feed.last_status,
                "reason": feed.last_reason,
                "finished": feed.last_finished_at,
                "complete": feed.is_complete,
                "closed": _closed_minutes(feed, known_at, hours),
            },
        )
        for table in feed.tables:
            con.execute(
                "INSERT INTO fact.feed_table VALUES ($system, $stream, $name)",
                {"system": feed.system, "stream": feed.stream, "name": table},
            )
    return Feeds(feeds, derived, cannot_tell, hours)


def _closed_minutes(feed: Feed, now: datetime, hours: OpenHours) -> int:
    """For how many minutes nothing could be read from it, since its newest data."""
    closed = timedelta() if feed.watermark is None else hours.closed_since(feed.system, feed.watermark, now)
    return int(closed.total_seconds()) // 60


def make_tables(con: Connection) -> None:
    """fact.feed and fact.feed_table, empty."""
    con.execute(_TABLES)


def minutes(cadence: timedelta) -> int:
    """A cadence in whole minutes, at least one."""
    return max(1, round(cadence.total_seconds() / 60))
