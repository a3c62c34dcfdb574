"""Names of time zones as reports abbreviate them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from auditor.connectors.drop_folder import Damaged

# An abbreviation of a zone with summer time is read as the wall clock of that zone: reports write CET in winter and
# CEST in summer, and some write CET all year. It still tells the two hours of an autumn night apart (fold).
_ZONES: dict[str, tuple[str, int]] = {
    "UTC": ("UTC", 0), "GMT": ("UTC", 0), "Z": ("UTC", 0),
    "BST": ("Europe/London", 0), "WET": ("Europe/Lisbon", 1), "WEST": ("Europe/Lisbon", 0),
    "CET": ("Europe/Amsterdam", 1), "CEST": ("Europe/Amsterdam", 0), "MET": ("Europe/Amsterdam", 1),
    "EET": ("Europe/Helsinki", 1), "EEST": ("Europe/Helsinki", 0),
    "EST": ("America/New_York", 1), "EDT": ("America/New_York", 0),
    "CST": ("America/Chicago", 1), "CDT": ("America/Chicago", 0),
    "MST": ("America/Denver", 1), "MDT": ("America/Denver", 0),
    "PST": ("America/Los_Angeles", 1), "PDT": ("America/Los_Angeles", 0),
    "AEST": ("Australia/Sydney", 1), "AEDT": ("Australia/Sydney", 0),
    "JST": ("Asia/Tokyo", 0), "SGT": ("Asia/Singapore", 0), "HKT": ("Asia/Hong_Kong", 0),
    "BRT": ("America/Sao_Paulo", 0),
}  # fmt: skip


def utc_of(local: datetime, name: str | None, line: int) -> datetime:
    """Naive UTC of a wall-clock time in a zone by abbreviation or full name. Raises `Damaged` for an unknown one."""
    if name is None:
        raise Damaged(line, "the time zone is missing, so nobody can tell when this was")
    zone, fold = _ZONES.get(name.upper(), (name, 0))
    try:
        return local.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC).replace(tzinfo=None)
    except (KeyError, ValueError, OSError):
        raise Damaged(
            line, f"'{name}' is no time zone that is known here", "set the report's time zone to UTC or CET"
        ) from None
