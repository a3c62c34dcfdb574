"""How BigCommerce writes things: V2 amounts are text with four decimals, V2 dates RFC 2822, V3 is JSON and ISO 8601."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import msgspec

from auditor.clock import to_utc

Node = dict[str, Any]
FOUR = Decimal("0.0001")
_encoder = msgspec.json.Encoder(decimal_format="number")


def dumps(content: Any) -> bytes:
    """JSON with exact numbers."""
    return _encoder.encode(content)


def four(amount: Decimal) -> str:
    """`54.0000`: amounts in V2."""
    return str(amount.quantize(FOUR, rounding=ROUND_HALF_UP))


def without_tax(amount: Decimal, rate: Decimal) -> Decimal:
    """The part without tax of an amount that includes it, with the four decimals that are stored."""
    return (amount / (1 + rate)).quantize(FOUR, rounding=ROUND_HALF_UP)


def rfc(moment: datetime | None) -> str:
    """`Wed, 25 Jun 2025 05:22:10 +0000`: dates in V2; an empty text where there is none."""
    return "" if moment is None else format_datetime(moment.replace(tzinfo=UTC))


def rfc3339(moment: datetime) -> str:
    """`2026-11-20T10:01:02+00:00`: dates in V3."""
    return moment.isoformat() + "+00:00"


def instant(text: str) -> datetime:
    """Naive UTC from a filter's value in RFC 2822 or ISO 8601. Raises `ValueError`."""
    if text[:1].isalpha():
        return to_utc(parsedate_to_datetime(text))
    return to_utc(datetime.fromisoformat(text))


def without(value: Any, names: Collection[str]) -> Any:
    """A copy in which the named fields are missing everywhere."""
    if isinstance(value, dict):
        return {name: without(part, names) for name, part in value.items() if name not in names}
    if isinstance(value, list):
        return [without(part, names) for part in value]
    return value
