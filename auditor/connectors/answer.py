"""What comes back from a call, and what may be said about a call in a log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
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
        try:
            moment = parsedate_to_datetime(asked)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(0.0, (to_utc(moment) - now).total_seconds())


@dataclass(frozen=True, slots=True)
class Problem:
    """What a system's error body says: its own code and its sentence for people."""

    code: str | None = None
    text: str = ""


def redacted(url: httpx.URL) -> str:
    """Path and the names of the query options: their values may hold names, addresses or tokens."""
    names = ",".join(dict.fromkeys(part.partition("=")[0] for part in url.query.decode("ascii").split("&") if part))
    return f"{url.path}?{names}" if names else url.path
