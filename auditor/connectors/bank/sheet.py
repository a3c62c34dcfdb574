"""A bank's CSV export with the map of columns from auditor.toml.

Lines above the header are skipped. Where the export has the balance after each booking, the bookings must lead from
one to the next, upwards or downwards. A booking without an id of the bank is known by its day, amount and text, and
counted when the same one stands there several times; so two exports that overlap give each booking once.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from auditor.connectors.bank.statement import BankFile, BankLine, Statement, told
from auditor.connectors.delimited import Header, Row, amount_of, fields_of, needs_last_line_end
from auditor.connectors.drop_folder import Damaged, Unfinished
from auditor.settings import Bank, BankColumns


def read(text: str, bank: Bank, currency: str) -> BankFile:
    """The bookings of an export. `currency` is the company's, for one without a currency column. Raises `Damaged`."""
    columns = bank.columns
    assert columns is not None
    assert bank.account is not None
    needs_last_line_end(text)
    header: Header | None = None
    rows: list[Row] = []
    for number, fields in fields_of(text, bank.delimiter):
        if header is not None:
            rows.append(header.row(number, fields))
        elif {field.strip() for field in fields} >= _named(columns):
            header = Header.of(number, fields, tuple(_named(columns)))
    if header is None:
        raise Damaged(1, f"no line names the columns {', '.join(sorted(_named(columns)))}", "correct [bank.columns]")
    if not rows:
        raise Unfinished(
            header.line, "nothing follows the header", "fetch it again, or delete an export of no bookings"
        )
    seen: Counter[str] = Counter()
    lines = [_line(row, columns, bank, currency, seen) for row in rows]
    opening, closing = _balances(rows, lines, columns, bank)
    days = sorted(line.booked_on for line in lines)
    statement = Statement(
        account=bank.account,
        statement_id=f"{days[0]:%Y%m%d}-{days[-1]:%Y%m%d}",
        currency=lines[0].currency,
        opened_on=days[0],
        closed_on=days[-1],
        opening=opening,
        closing=closing,
        lines=lines,
    )
    return BankFile("CSV", [statement], is_whole=False)


def _named(columns: BankColumns) -> set[str]:
    return {name.strip() for name in columns.model_dump().values() if name is not None}


def _line(row: Row, columns: BankColumns, bank: Bank, currency: str, seen: Counter[str]) -> BankLine:
    booked_on = _day(row, columns.date, bank.date_format)
    if columns.amount is not None:
        amount = _amount(row.needed(columns.amount), row.line, columns.amount, bank.decimal)
    else:
        credit = _side(row, columns.credit, bank.decimal)
        # Some banks write what went out with a minus sign in the debit column, others without.
        amount = credit - abs(_side(row, columns.debit, bank.decimal))
    reference = told(row.text(columns.reference)) if columns.reference else None
    identity = told(row.text(columns.bank_reference)) if columns.bank_reference else None
    told_currency = row.text(columns.currency) if columns.currency else None
    base = identity or hashlib.sha256(f"{booked_on}|{amount.normalize()}|{reference}".encode()).hexdigest()[:20]
    seen[base] += 1
    return BankLine(
        line_id=base if seen[base] == 1 else f"{base}/{seen[base]}",
        booked_on=booked_on,
        value_on=None,
        amount=amount,
        currency=(told_currency or currency).upper(),
        bank_reference=identity,
        reference=reference,
    )


def _balances(
    rows: Sequence[Row], lines: Sequence[BankLine], columns: BankColumns, bank: Bank
) -> tuple[Decimal | None, Decimal | None]:
    """Opening and closing, from a column with the balance after each booking; newest first or last."""
    name = columns.balance
    if name is None:
        return None, None
    after = [_amount(row.needed(name), row.line, name, bank.decimal) for row in rows]
    amounts = [line.amount for line in lines]
    breaks_up = [n for n in range(1, len(rows)) if after[n - 1] + amounts[n] != after[n]]
    if not breaks_up:
        return after[0] - amounts[0], after[-1]
    breaks_down = [n for n in range(1, len(rows)) if after[n] + amounts[n - 1] != after[n - 1]]
    if not breaks_down:
        return after[-1] - amounts[-1], after[0]
    wrong = min(breaks_up, breaks_down, key=len)[0]
    raise Damaged(
        rows[wrong].line, f"'{name}' does not follow from the line before", "export it again without a filter"
    )


def _side(row: Row, column: str | None, decimal: str) -> Decimal:
    value = row.text(column) if column else None
    return _amount(value, row.line, column or "", decimal) if value is not None else Decimal(0)


def _amount(value: str, line: int, column: str, decimal: str) -> Decimal:
    """An amount as banks write it: thousands apart by point, comma, apostrophe or blank, in whole groups."""
    trimmed = value.replace("\u00a0", " ").replace("\u202f", " ").replace("\u2212", "-").strip()
    apart = "[.' ]" if decimal == "," else "[,' ]"
    if re.fullmatch(rf"[+-]?\d{{1,3}}({apart}\d{{3}})+({re.escape(decimal)}\d+)?", trimmed):
        trimmed = re.sub(apart, "", trimmed)
    if decimal == ",":
        if "." in trimmed:
            raise Damaged(line, f"'{column}' is '{value[:40]}', which has a point where decimal is a comma")
        trimmed = trimmed.replace(",", ".")
    return amount_of(trimmed, line, column)


def _day(row: Row, column: str, written: str) -> date:
    value = row.needed(column)
    try:
        return datetime.strptime(value, written).replace(tzinfo=UTC).date()
    except ValueError:
        raise Damaged(
            row.line, f"'{column}' is '{value[:40]}', which is no day written as {written}", "correct date_format"
        ) from None
