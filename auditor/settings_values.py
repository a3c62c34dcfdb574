"""Values of auditor.toml that need a word of their own: durations, moments, business days, addresses.

Each `parse_…` takes what TOML holds and raises `ValueError` with what to write instead.
"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator

_DURATION = re.compile(r"(\d+)\s*(s|m|h|d)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def parse_duration(value: Any) -> timedelta:
    """`15m`, `24h`, `90d`, `30s` as a timedelta. A bare number is refused: nobody could tell its unit."""
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"'{value}' is not a duration in quotes such as '15m', '24h' or '90d'")
    try:
        return timedelta(**{_UNITS[match[2]]: int(match[1])})
    except OverflowError:
        raise ValueError(f"'{value}' is longer than time itself is counted here; write a shorter duration") from None


def parse_cadence(value: Any) -> timedelta:
    """A duration longer than nothing."""
    duration = parse_duration(value)
    if not duration:
        raise ValueError(f"'{value}' is no time; write one longer than zero, such as '15m'")
    return duration


def parse_business_days(value: Any) -> Any:
    """`3bd` as 3."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d+)\s*bd", value.strip())
        if not match:
            raise ValueError(f"'{value}' is not a number of business days such as 3bd")
        return int(match[1])
    return value


def check_url(value: Any) -> str:
    """An https address without a trailing slash; http is allowed on loopback only."""
    if not isinstance(value, str):
        raise ValueError("write an address in quotes, such as 'https://b1.example.com:50000'")
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError(f"'{value}' is not an address such as https://b1.example.com:50000") from None
    if "@" in parts.netloc:
        # The value is not repeated: what stands before the @ is a secret.
        raise ValueError("an address must not carry a user name or password; name them where they belong")
    if not parts.hostname:
        raise ValueError(f"'{value}' is not an address such as https://b1.example.com:50000")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError(f"'{value}' is not https; http is accepted on this machine only (loopback)")
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f"'{value}' does not begin with https://")
    try:
        _ = parts.port
    except ValueError:
        raise ValueError(f"'{value}' has a port that is none; ports are 1 to 65535") from None
    return value.rstrip("/")


def parse_moment(value: Any) -> time | datetime:
    """`02:00`, or for once `2026-12-05 22:00`; in the company's time, so without a zone."""
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value) if len(value) > len("00:00:00") else time.fromisoformat(value)
        except ValueError:
            moment = None
    if not isinstance(moment, time | datetime):
        raise ValueError(f'\'{value}\' is neither a time such as "02:00" nor a moment such as "2026-12-05 22:00"')
    if moment.tzinfo is not None:
        raise ValueError(f"'{value}' names a zone; write the company's own time, without one")
    return moment


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Interval = Annotated[timedelta, BeforeValidator(parse_cadence)]
BusinessDays = Annotated[int, BeforeValidator(parse_business_days)]
Url = Annotated[str, BeforeValidator(check_url)]
Moment = Annotated[time | datetime, BeforeValidator(parse_moment)]
