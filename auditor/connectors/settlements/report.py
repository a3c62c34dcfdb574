"""What one settlement file says, in the words all providers share: lines of the account, and what is told of payouts.

Amounts are the settlement currency's; a row in another currency keeps what the customer paid beside it. `net` and
`fee` stay as the provider tells them, whether or not they agree: that is for a check to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import orjson

from auditor.clock import iso
from auditor.connectors.base import Record
from auditor.money import plain

Kind = Literal["charge", "refund", "dispute", "adjustment", "reserve", "fee", "transfer", "other"]
LINES_PER_RECORD = 20_000


@dataclass(slots=True)
class Line:
    """One row of the provider's account. Instants are naive UTC."""

    line_id: str
    kind: Kind
    source_type: str
    currency: str
    gross: Decimal
    fee: Decimal
    net: Decimal
    processed_at: datetime
    payout_id: str | None = None
    order_ref: str | None = None
    transaction_id: str | None = None
    more: dict[str, str] = field(default_factory=dict)
    """Ids and amounts that only this provider tells."""
    is_unknown: bool = False
    """The provider's word is none that we know; it stands in `source_type`."""

    def body(self) -> dict[str, Any]:
        return {
            "id": self.line_id,
            "payout_id": self.payout_id,
            "kind": self.kind,
            "source_type": self.source_type,
            "currency": self.currency,
            "gross": plain(self.gross),
            "fee": plain(self.fee),
            "net": plain(self.net),
            "processed_at": iso(self.processed_at),
            "order_ref": self.order_ref,
            "transaction_id": self.transaction_id,
            "more": self.more,
        }


def fee_of_transfer(line: Line) -> Line:
    """What the transfer itself costs: taken from the balance, and not part of what the bank gets."""
    return Line(
        line_id=f"{line.line_id}/fee",
        kind="fee",
        source_type=line.source_type,
        currency=line.currency,
        gross=Decimal(0),
        fee=line.fee,
        net=-line.fee,
        processed_at=line.processed_at,
        payout_id=line.payout_id,
    )


@dataclass(slots=True)
class Transfer:
    """A payout as the files tell of it. `told` is its amount where a file says it, `summed` what its rows add up to."""

    payout_id: str
    provider: str
    currency: str
    issued_at: datetime
    told: Decimal | None = None
    summed: Decimal = Decimal(0)
    status: Literal["paid", "failed", "in_transit", "cancelled", "unknown"] = "paid"
    source_status: str | None = None
    trace_id: str | None = None
    is_unsigned: bool = False
    """The sign of `told` is not documented; it is that of the rows."""
    rows: int = 0
    """How many rows belong to it, the transfer itself left out."""
    account: str | None = None
    """The provider's account, where payouts are only counted within one."""

    @property
    def net(self) -> Decimal:
        if self.told is None:
            return self.summed
        return -self.told if self.is_unsigned and self.summed < 0 else self.told

    def record(self) -> Record:
        body = {
            "id": self.payout_id,
            "provider": self.provider,
            "issued_at": iso(self.issued_at),
            "status": self.status,
            "source_status": self.source_status,
            "currency": self.currency,
            "net": plain(self.net),
            "is_told": self.told is not None,
            "trace_id": self.trace_id,
        }
        return Record(self.payout_id, orjson.dumps(body, option=orjson.OPT_SORT_KEYS))


@dataclass(slots=True)
class Unit:
    """Lines that a later file of the same unit replaces: a row at Stripe, a batch at Adyen, a section at PayPal."""

    key: str
    lines: list[Line]


@dataclass(slots=True)
class Report:
    """One file. `produced_at` orders files of the same unit where the file says it; else the file's own time does."""

    provider: str
    units: list[Unit]
    transfers: list[Transfer] = field(default_factory=list)
    returned: dict[str, str] = field(default_factory=dict)
    """Payouts that came back -> the provider's word for it."""
    produced_at: datetime | None = None
    sections: list[Section] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What doctor should tell about this file."""

    unknown: frozenset[str] = frozenset()
    """Words of the provider that we do not know."""

    def without_lines(self) -> Report:
        """What is kept of a file while others are read."""
        words = {line.source_type for unit in self.units for line in unit.lines if line.is_unknown}
        return replace(self, units=[], unknown=self.unknown | words)


@dataclass(slots=True)
class Section:
    """One account, one currency, one window of a PayPal report; `moves` tells what its rows did, in their order.

    A balance is None where the section goes on in the report's next file, or began in the one before.
    """

    unit: str
    account: str
    currency: str
    since: datetime
    until: datetime
    sequence: int
    begin: Decimal | None
    end: Decimal | None
    moves: list[Move]


@dataclass(slots=True)
class Move:
    """The sum of rows that are no transfer to or from the bank, or one such transfer.

    amount: what it adds to the balance, fee taken off. For a transfer `line` is its row; else None.
    """

    amount: Decimal
    line: Line | None = None


def line_records(key: str, lines: Sequence[Line]) -> Iterator[Record]:
    """Lines that are replaced together when a corrected file comes: one record, more only for very many lines."""
    for number, start in enumerate(range(0, max(len(lines), 1), LINES_PER_RECORD), start=1):
        part = [line.body() for line in lines[start : start + LINES_PER_RECORD]]
        suffix = f"/{number}" if number > 1 else ""
        yield Record(key + suffix, orjson.dumps({"lines": part}, option=orjson.OPT_SORT_KEYS))
