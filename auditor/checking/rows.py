"""A result row of a check as a `Candidate`: text keys, exact money, amounts that read well.

Raises `BadRow`, half a sentence that fits after "check_id ", when the SELECT breaks its contract: a float where money
is meant, a subject that comes twice, an owner that does not exist. Such a check is broken as a whole, because nobody
can say which of its rows would be right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from auditor.checking.library import KEYS, NOTE, Check, column_problems
from auditor.clock import iso, to_utc
from auditor.model import Candidate, Owner, Severity
from auditor.money import ZERO, format_money, plain, round_half_up

PENNY = Decimal("0.01")
UNKNOWN_MONEY = "money at risk cannot be told from what is known, so it is counted as nothing"
_NUMBER = re.compile(r"\[(-?[0-9]{1,15}\.[0-9]{1,12})( ([A-Z]{3})?)?\]")
"""No more digits than `Decimal` computes with, so that no title of a product can break a check."""


class BadRow(ValueError):
    """The check's SELECT does not keep its contract."""


def candidates(check: Check, channel: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Candidate]:
    """All rows of one run of a check on one channel. Raises `BadRow`."""
    for problem in column_problems(columns):
        raise BadRow(problem)
    keys, notes = [key for key in KEYS if key in columns], [name for name in columns if name.startswith(NOTE)]
    found: dict[str, Candidate] = {}
    for row in rows:
        candidate = _candidate(check, channel, dict(zip(columns, row, strict=True)), keys, notes)
        if candidate.subject_id in found:
            raise BadRow(f"returned the subject '{candidate.subject_id}' twice; a subject may come once per channel")
        found[candidate.subject_id] = candidate
    return list(found.values())


def quantity(amount: Decimal) -> str:
    """A quantity as text: `5`, `2.5`; no superfluous zeros."""
    return format(amount.normalize(), "f") if amount else "0"


def number_in(text: str) -> str:
    """`880044` of `gid://shopify/Refund/880044`; any other text as it is."""
    return text.rpartition("/")[2].partition("?")[0] if text.startswith("gid://") else text


def _candidate(
    check: Check, channel: str, row: Mapping[str, Any], key_names: Sequence[str], note_names: Sequence[str]
) -> Candidate:
    subject_id = row["subject_id"]
    if subject_id is None or subject_id == "":
        raise BadRow("returned a row without subject_id")
    notes = dict(_notes(row, note_names))
    money = row["money_at_risk"]
    if money is None:
        money = ZERO
        notes["money_at_risk"] = UNKNOWN_MONEY
    amount = round_half_up(_decimal("money_at_risk", money, subject_id), PENNY)
    if amount < 0:
        raise BadRow(f"returned negative money at risk for '{subject_id}'; it is never below zero")
    expected, actual, difference = row["expected"], row["actual"], row.get("difference")
    if difference is None and isinstance(expected, Decimal | int) and isinstance(actual, Decimal | int):
        difference = actual - expected
    return Candidate(
        check_id=check.check_id,
        channel=channel,
        subject_id=_text(subject_id),
        money_at_risk=amount,
        currency=_optional(row["currency"]),
        expected=_figure(check, "expected", expected, subject_id),
        actual=_figure(check, "actual", actual, subject_id),
        difference=_figure(check, "difference", difference, subject_id),
        measure=check.measure,
        occurred_at=_moment("occurred_at", row["occurred_at"]),
        source_updated_at=_moment("source_updated_at", row.get("source_updated_at")),
        deadline_at=_moment("deadline_at", row.get("deadline_at")),
        cause=_optional(row.get("cause")),
        parent_check=_optional(row.get("parent_check")),
        parent_subject_id=_optional(row.get("parent_subject_id")),
        keys={key: _text(row[key]) for key in key_names if row[key] is not None},
        notes=notes,
        area=check.area,
        muted_by=check.header.muted_by,
        subject=check.header.subject,
        owner=_owner(row.get("owner"), check.header.owner, subject_id),
        severity=_severity(row.get("severity"), check.header.severity, subject_id),
    )


def _notes(row: Mapping[str, Any], names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """A DECIMAL is an amount in the row's currency; a text is as the check wrote it, but for numbers in brackets.

    `[-7570.260000 GBP]` in a text is written as money, `-£7,570.26`, and `[12.500000]` as a quantity, `12.5`. A
    currency that is NULL leaves `[1.000000 ]`, which is written `1.00`. Whatever else is in brackets stays: `[3]`.
    """
    for name in names:
        value = row[name]
        if value is not None:
            if isinstance(value, Decimal):
                text = format_money(value, _optional(row["currency"]))
            else:
                text = _text(value)
                if "[" in text:
                    text = _NUMBER.sub(_written, text)
            yield name.removeprefix(NOTE), text


def _written(found: re.Match[str]) -> str:
    """A number in brackets as people write it."""
    number, is_money, currency = found.groups()
    return format_money(Decimal(number), currency) if is_money else quantity(Decimal(number))


def _figure(check: Check, name: str, value: Any, subject_id: str) -> str | None:
    """An amount as money or quantity reads, anything else as text."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        amount = _decimal(name, value, subject_id)
        return plain(amount) if check.measure == "money" else quantity(amount)
    if isinstance(value, float):
        raise BadRow(f"gives {name} as a floating-point number; make it DECIMAL or text")
    return _text(value)


def _decimal(name: str, value: Any, subject_id: str) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, float):
        raise BadRow(f"gives {name} as a floating-point number; money is DECIMAL, so cast it in the SELECT")
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRow(f"gives {name} '{value}' for '{subject_id}', which is not a number")
    return Decimal(value)


def _moment(name: str, value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return to_utc(value)
    if isinstance(value, date):
        return datetime.combine(value, time())
    raise BadRow(f"gives {name} '{value}', which is neither a day nor an instant")


def _owner(value: Any, default: Owner, subject_id: str) -> Owner:
    if value is None:
        return default
    try:
        return Owner(value)
    except ValueError:
        known = ", ".join(Owner)
        raise BadRow(f"gives the owner '{value}' for '{subject_id}'; known are {known}") from None


def _severity(value: Any, default: Severity, subject_id: str) -> Severity:
    if value is None:
        return default
    try:
        return Severity(value)
    except ValueError:
        known = ", ".join(level.value for level in Severity)
        raise BadRow(f"gives the severity '{value}' for '{subject_id}'; known are {known}") from None


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return iso(to_utc(value))
    if isinstance(value, Decimal):
        return quantity(value)
    return str(value)
