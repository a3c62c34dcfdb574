"""What comes back from a call, and what may be said about a call in a log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from auditor.clock import to_utc
from auditor.errors import Retriable


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer: status, header lines, decoded body."""

    status: int
    headers: httpx.Headers
    body: bytes

    def json(self) -> Any:
        """The body with every number exact (`Decimal`). Raises `Retriable` when it is not JSON, or was cut off."""
        try:
            return json.loads(self.body, parse_float=Decimal)
        except ValueError:
            raise Retriable("The answer is not JSON, or was cut off; the same call may succeed later.") from None

    def header_lines(self, name: str) -> list[str]:
        """Every line of a header that may occur more than once, such as Set-Cookie."""
        return self.headers.get_list(name)

    def retry_after(self, now: datetime) -> float | None:
        """Seconds that Retry-After asks for, given as a number or as a date; None when it does not ask."""
        asked = self.headers.get("retry-after", "").strip()
        if not asked:
            return None
        if asked.replace(".", "", 1).isdigit():
            return float(asked)
        moment = _moment(asked)
        return None if moment is None else max(0.0, (moment - now).total_seconds())


def clock_difference(headers: httpx.Headers, asked_at: datetime, answered_at: datetime) -> float | None:
    """Seconds by which the clock behind the Date header is ahead of ours; 0 where the header fits between both moments.

    The header tells whole seconds, and nobody knows when between question and answer it was written.
    """
    told = _moment(headers.get("date", ""))
    if told is None:
        return None
    ahead = (told - answered_at).total_seconds()
    behind = (told - asked_at).total_seconds() + 1
    return ahead if ahead > 0 else min(behind, 0.0)


def sunset(headers: httpx.Headers) -> date | None:
    """The day on which what was asked for will end, by the Sunset header (RFC 8594)."""
    told = _moment(headers.get("sunset", ""))
    return None if told is None else told.date()


def _moment(text: str) -> datetime | None:
    """The instant of a header line, naive UTC; None for what is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    return to_utc(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Problem:
    """What a system's error body says: its own code and its sentence for people."""

    code: str | None = None
    text: str = ""


def redacted(url: httpx.URL) -> str:
    """Path and the names of the query options: their values may hold names, addresses or tokens."""
    names = ",".join(dict.fromkeys(part.partition("=")[0] for part in url.query.decode("ascii").split("&") if part))
    return f"{url.path}?{names}" if names else url.path
