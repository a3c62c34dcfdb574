"""Windows of time as B1 can be asked for them: its own local days and minutes.

B1 stamps in the server's local time, compares days and whole minutes only, and does not commit in the order of its
stamps. So a window begins at a whole minute, at the earliest local time any later change can carry.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.connectors.base import Window

# B1's clock, its unordered commits and its whole minutes stay behind ours by less than this.
LOOKBACK = timedelta(minutes=15)
# A window longer than this is a first load (or the first after an outage): documents that have long been open belong
# to it, because the orders and refunds of the window may refer to them.
LONG = timedelta(days=2)
OPEN = "DocumentStatus eq 'bost_Open'"


def local_since(since: datetime, zone: ZoneInfo) -> datetime:
    """The earliest wall-clock time that a change at `since` (UTC) or later can be stamped with.

    When clocks go back, an hour of stamps comes again; a change made within the hour before that may be followed by
    one with an earlier stamp.
    """
    soon = since + timedelta(hours=1)
    shift = timedelta(hours=1) if _offset(soon, zone) < _offset(since, zone) else timedelta(0)
    return to_zone(since, zone).replace(tzinfo=None) - shift


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return to_zone(moment, zone).utcoffset() or timedelta(0)


def changed_since(since: datetime, zone: ZoneInfo, *, created: bool = False) -> str:
    """The condition for records that were changed at `since` or later; `created` for sets that are stamped so."""
    local = local_since(since, zone)
    conditions = [_from("UpdateDate", "UpdateTime", local)]
    if created:
        # Master data gets its first UpdateDate with the first change, on some patch levels.
        conditions.append(_from("CreateDate", "CreateTime", local))
    return " or ".join(conditions)


def _from(day: str, time: str, local: datetime) -> str:
    return f"{day} gt '{local:%Y-%m-%d}' or ({day} eq '{local:%Y-%m-%d}' and {time} ge '{local:%H:%M}:00')"


def documents(window: Window, zone: ZoneInfo) -> str:
    """The condition for marketing documents of a window; open ones are included when they are to be read again."""
    if window.since is None:
        return ""
    if window.cut_off - window.since > LONG:
        day = f"'{local_since(window.since, zone):%Y-%m-%d}'"
        return f"UpdateDate ge {day} or CreationDate ge {day} or {OPEN}"
    changed = changed_since(window.since, zone)
    if not window.open_keys:
        return changed
    if window.open_since is None:
        return f"{changed} or {OPEN}"
    return f"{changed} or ({OPEN} and CreationDate ge '{local_since(window.open_since, zone):%Y-%m-%d}')"


def first_day(window: Window, zone: ZoneInfo) -> date | None:
    """The local day on which a window begins."""
    return None if window.since is None else local_since(window.since, zone).date()
