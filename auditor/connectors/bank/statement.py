"""What a bank's file says, in the words all formats share.

Kept are amounts, days, the bank's ids and what the payer wrote as the purpose. Names and accounts of payers are not
read; from text that mixes names and references only the words that hold a digit are kept, which no name does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import orjson

from auditor.connectors.base import Record
from auditor.connectors.drop_folder import Damaged
from auditor.money import plain

Format = Literal["CAMT.053", "MT940", "OFX", "CSV"]
NOTHING = {"", "NONREF", "NOTPROVIDED", "NOTAVAIL"}


@dataclass(slots=True)
class BankLine:
    """One booking. `amount` is positive where money came in; days are the bank's own."""

    line_id: str
    booked_on: date
    value_on: date | None
    amount: Decimal
    currency: str
    bank_reference: str | None = None
    end_to_end_id: str | None = None
    reference: str | None = None
    source_type: str | None = None
    is_reversal: bool = False

    def body(self) -> dict[str, Any]:
        return {
            "id": self.line_id,
            "booked_on": self.booked_on.isoformat(),
            "value_on": self.value_on.isoformat() if self.value_on else None,
            "amount": plain(self.amount),
            "currency": self.currency,
            "bank_reference": self.bank_reference,
            "end_to_end_id": self.end_to_end_id,
            "reference": self.reference,
            "source_type": self.source_type,
            "is_reversal": self.is_reversal,
        }


@dataclass(slots=True)
class Statement:
    """Bookings of an account between two balances; a balance is None where the format does not tell it."""

    account: str
    statement_id: str
    currency: str
    opened_on: date | None
    closed_on: date | None
    opening: Decimal | None
    closing: Decimal | None
    lines: list[BankLine]
    number: int | None = None
    """The running number, where the bank counts its statements."""
    days: tuple[date, date] | None = None
    """First and last day of a booking."""

    @property
    def key(self) -> str:
        return f"{self.account}/{self.statement_id}"

    def check(self, line: int | None) -> None:
        """Raises `Damaged` when the bookings do not lead from the opening to the closing balance."""
        if self.opening is None or self.closing is None:
            return
        reached = self.opening + sum((each.amount for each in self.lines), Decimal(0))
        if reached != self.closing:
            raise Damaged(
                line,
                f"statement {self.statement_id} opens at {self.opening}, its {len(self.lines)} bookings lead to "
                f"{reached}, and it closes at {self.closing}",
            )


@dataclass(slots=True)
class BankFile:
    """One file. `is_whole`: a statement replaces the one of the same id; else each booking stands for itself."""

    format: Format
    statements: list[Statement]
    is_whole: bool = True
    produced_at: datetime | None = None
    notes: list[str] = field(default_factory=list)

    def without_lines(self) -> BankFile:
        """What is kept of a file while others are read."""
        kept = []
        for statement in self.statements:
            days = sorted(line.booked_on for line in statement.lines)
            kept.append(replace(statement, lines=[], days=(days[0], days[-1]) if days else None))
        return replace(self, statements=kept)

    def records(self) -> Iterator[Record]:
        for statement in self.statements:
            lines = [line.body() for line in statement.lines]
            yield _record(statement.key, statement, lines if self.is_whole else [])
            if not self.is_whole:
                for line in lines:
                    yield _record(f"{statement.account}/line/{line['id']}", statement, [line], balance=False)


def _record(key: str, statement: Statement, lines: list[dict[str, Any]], *, balance: bool = True) -> Record:
    told = {
        "id": statement.statement_id,
        "opened_on": statement.opened_on.isoformat() if statement.opened_on else None,
        "closed_on": statement.closed_on.isoformat() if statement.closed_on else None,
        "opening": plain(statement.opening) if statement.opening is not None else None,
        "closing": plain(statement.closing) if statement.closing is not None else None,
        "currency": statement.currency,
    }
    has_balance = balance and (statement.opening is not None or statement.closing is not None)
    body = {"account": statement.account, "balances": [told] if has_balance else [], "lines": lines}
    return Record(key, orjson.dumps(body, option=orjson.OPT_SORT_KEYS))


def only_references(text: str | None) -> str | None:
    """The words of a text that hold a digit: ids of payouts, invoices, orders. Names hold none."""
    words = [word for word in (text or "").split() if any(letter.isdigit() for letter in word)]
    return " ".join(words) or None


def told(text: str | None) -> str | None:
    """A reference without blanks around it; None for the words that stand for nothing."""
    trimmed = " ".join((text or "").split())
    return None if trimmed.upper() in NOTHING else trimmed
