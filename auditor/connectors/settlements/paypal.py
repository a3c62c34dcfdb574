"""PayPal's settlement report (STL): the running balance of an account, one section per day and currency.

The first column says what a line is: `RH` report, `FH` file, `SH` section with its window, `CH` names of columns,
`SB` one row, `SF` footer with the balances of a currency, `SC` count; `RF`, `RC`, `FF` end report and file. A file
without `FF` is cut or still being written; where the report has further files, a section goes on in the next one.

Amounts are unsigned whole numbers; what they stand for in a currency without decimals is documented both ways, so it
is read off the file: where all of them are multiples of a hundred they are hundredths, else they are whole units.
Whether the count of a section includes more than its rows is not documented either; it only condemns a file whose
balances do not come out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from auditor.connectors.delimited import Header, Row, fields_of
from auditor.connectors.drop_folder import Damaged, Unfinished
from auditor.connectors.settlements.paypal_codes import is_known, is_transfer, kind_of
from auditor.connectors.settlements.report import Line, Move, Report, Section, Unit
from auditor.money import minor_unit

PROVIDER = "paypal"
GROSS_SIGN = "Transaction Debit or Credit"  # with two blanks after Transaction in the file
NEEDED = (
    "Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type", "Transaction Event Code",
    "Transaction Completion Date", GROSS_SIGN, "Gross Transaction Amount", "Gross Transaction Currency",
    "Fee Debit or Credit", "Fee Amount", "Custom Field",
)  # fmt: skip
_IDS = ("PayPal Reference ID", "PayPal Reference ID Type", "Payment Tracking ID", "Store ID", "Bank Reference ID")
_REFERENCE = re.compile(r"(?=.*\d)[\w#./-]{1,64}")
_FOOTER = re.compile(r'"?FF"?,"?\d+"?,*')
_WHOLE = re.compile(r"\d{1,15}")
_BALANCES = (6, 10, 14)  # where a footer's pairs of balances begin: available, payable, total


def is_header(fields: Iterable[str]) -> bool:
    """Whether the first line of a file is that of a settlement report."""
    first = next(iter(fields), "").strip()
    return first in {"RH", "FH"}


@dataclass(slots=True)
class _Open:
    """A section while its lines are read."""

    line: int
    since: datetime
    until: datetime
    account: str
    header: Header | None = None
    rows: list[Row] = field(default_factory=list)
    footers: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    counted: tuple[int, int] | None = None


def read(text: str) -> Report:
    """One file of a report. Raises `Damaged`, `Unfinished`."""
    _needs_footer(text)
    report = Report(PROVIDER, [])
    sections: list[_Open] = []
    sequence, last, number, has_ended = 1, "", 0, False
    for number, fields in _lines(text):
        last = fields[0].strip()
        if has_ended:
            raise Damaged(number, f"{last} follows the end of the file: two reports in one file", "split it")
        match last:
            case "RH":
                report.produced_at = _time(_at(fields, 1, number), number, "RH")
            case "FH":
                sequence = _whole(_at(fields, 1, number), number, "FH")
            case "SH":
                sections.append(_opened(fields, number))
            case "CH" | "SB" | "SF" | "SC":
                if not sections:
                    raise Damaged(number, f"{last} stands before the first section (SH)")
                _take(last, fields, number, sections[-1])
            case "RF" | "RC":
                pass
            case "FF":
                has_ended = True
            case _:
                raise Damaged(number, f"'{last[:20]}' is no kind of line that a settlement report has")
    scales = _scales(sections)
    for section in sections:
        _close(section, sequence, scales, report)
    for currency in sorted(currency for currency, unit in scales.items() if minor_unit(currency) == 1):
        reading = "hundredths" if scales[currency] == -2 else "whole units"
        report.notes.append(f"amounts in {currency} are read as {reading}, because its settlement files allow both")
    return report


def _needs_footer(text: str) -> None:
    """Before anything else, because a file that is cut is broken in its last line too."""
    whole = text.rstrip()
    last = whole.rpartition("\n")[2]
    if not _FOOTER.fullmatch(last.strip()):
        raise Unfinished(whole.count("\n") + 1, f"the file ends with '{last[:20]}' instead of FF, its footer")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    for number, fields in fields_of(text):
        # Names of columns have two blanks where one is meant; compare them as they are meant.
        yield number, [re.sub(r" +", " ", field) for field in fields]


def _opened(fields: list[str], number: int) -> _Open:
    return _Open(
        number,
        since=_time(_at(fields, 1, number), number, "SH"),
        until=_time(_at(fields, 2, number), number, "SH"),
        account=_at(fields, 3, number),
    )


def _take(kind: str, fields: list[str], number: int, section: _Open) -> None:
    if kind == "CH":
        section.header = Header.of(number, fields[1:], NEEDED)
    elif kind == "SB":
        if section.header is None:
            raise Damaged(number, "a row (SB) stands before the names of its columns (CH)")
        section.rows.append(section.header.row(number, fields[1:]))
    elif kind == "SF":
        section.footers[_at(fields, 1, number)] = number, fields
    else:
        section.counted = number, _whole(_at(fields, 1, number), number, "SC")


def _scales(sections: list[_Open]) -> dict[str, int]:
    """currency -> power of ten of its amounts' unit."""
    amounts: dict[str, list[int]] = {}
    for section in sections:
        for row in section.rows:
            found = amounts.setdefault(row.needed("Gross Transaction Currency"), [])
            for name in ("Gross Transaction Amount", "Fee Amount"):
                found.append(_whole(row.text(name) or "0", row.line, name))
        for currency, (number, fields) in section.footers.items():
            amounts.setdefault(currency, []).extend(
                _whole(value, number, "SF") for value in fields[2:18] if value.strip().isdigit()
            )
    scales = {}
    for currency, found in amounts.items():
        whole_units = minor_unit(currency) == 1 and any(amount % 100 for amount in found)
        scales[currency] = 0 if whole_units else -2
    return scales


def _close(section: _Open, sequence: int, scales: dict[str, int], report: Report) -> None:
    seen: Counter[str] = Counter()
    lines: dict[str, list[Line]] = {currency: [] for currency in section.footers}
    for row in section.rows:
        line = _line(row, section.account, scales, seen)
        lines.setdefault(line.currency, []).append(line)
    broken = False
    for currency, found in lines.items():
        found.sort(key=lambda line: line.processed_at)
        begin, end = _balances(section.footers.get(currency), found, scales[currency])
        broken |= begin is not None and end is not None and begin + _moved(found) != end
        key = f"{section.account}/{section.since:%Y%m%dT%H%M}/{currency}/{sequence}"
        report.units.append(Unit(key, found))
        report.sections.append(
            Section(key, section.account, currency, section.since, section.until, sequence, begin, end, _moves(found))
        )
    if broken and section.counted is not None and section.counted[1] != len(section.rows):
        number, count = section.counted
        raise Damaged(
            number, f"the section counts {count} rows and has {len(section.rows)}, and its balances do not come out"
        )


def _balances(
    footer: tuple[int, list[str]] | None, lines: list[Line], scale: int
) -> tuple[Decimal | None, Decimal | None]:
    """Begin and end as the footer tells them: the first pair, or the one that the rows lead through."""
    if footer is None:
        return None, None
    number, fields = footer
    pairs = [
        (_signed(fields, at, number, scale), _signed(fields, at + 2, number, scale))
        for at in _BALANCES
        if len(fields) > at + 3
    ]
    if not pairs:
        raise Damaged(number, "the footer (SF) is too short to hold the balances")
    moved = _moved(lines)
    return next((pair for pair in pairs if pair[0] + moved == pair[1]), pairs[0])


def _moves(lines: list[Line]) -> list[Move]:
    moves: list[Move] = []
    for line, place in zip(lines, places(lines), strict=True):
        if place == len(moves):
            moves.append(Move(Decimal(0), line if line.kind == "transfer" else None))
        moves[place].amount += line.net
    return moves


def places(lines: list[Line]) -> list[int]:
    """Which move of its section each line belongs to: rows between two transfers are one move."""
    found: list[int] = []
    place = -1
    for before, line in zip([None, *lines], lines, strict=False):
        if line.kind == "transfer" or before is None or before.kind == "transfer":
            place += 1
        found.append(place)
    return found


def _moved(lines: list[Line]) -> Decimal:
    return sum((line.net for line in lines), Decimal(0))


def _line(row: Row, account: str, scales: dict[str, int], seen: Counter[str]) -> Line:
    code, identity = row.needed("Transaction Event Code").upper(), row.needed("Transaction ID")
    currency = row.needed("Gross Transaction Currency")
    fee_currency = row.text("Fee Currency")
    scale = scales[currency]
    gross = _amount(row, "Gross Transaction Amount", GROSS_SIGN, scale)
    fee = -_amount(row, "Fee Amount", "Fee Debit or Credit", scale)
    if fee and fee_currency not in (None, currency):
        raise Damaged(row.line, f"the fee is in {fee_currency}, the amount in {currency}", "ask PayPal about this row")
    key = f"{account}/{identity}/{code}"
    seen[key] += 1
    more = {"transaction_id": identity}
    for name in _IDS:
        value = row.text(name)
        if value is not None:
            more[name.lower().replace(" ", "_")] = value
    return Line(
        line_id=key if seen[key] == 1 else f"{key}/{seen[key]}",
        kind="transfer" if is_transfer(code) else kind_of(code, is_credit=gross >= 0),
        source_type=code,
        currency=currency,
        gross=gross,
        fee=fee,
        net=gross - fee,
        processed_at=_time(row.needed("Transaction Completion Date"), row.line, "Transaction Completion Date"),
        order_ref=row.text("Invoice ID") or _reference(row.text("Custom Field")),
        transaction_id=identity,
        more=more,
        is_unknown=not is_known(code),
    )


def _reference(custom: str | None) -> str | None:
    """What shops put into the custom field may be anything; one word with a digit is an order."""
    return custom if custom and _REFERENCE.fullmatch(custom) else None


def _amount(row: Row, column: str, sign: str, scale: int) -> Decimal:
    amount = Decimal(_whole(row.text(column) or "0", row.line, column)).scaleb(scale)
    if not amount:
        return amount
    match row.text(sign):
        case "CR":
            return amount
        case "DR":
            return -amount
    raise Damaged(row.line, f"'{sign}' is '{row.text(sign) or ''}' instead of CR or DR")


def _signed(fields: list[str], at: int, number: int, scale: int) -> Decimal:
    sign, amount = fields[at].strip(), Decimal(_whole(fields[at + 1], number, "SF")).scaleb(scale)
    if amount and sign not in ("CR", "DR"):
        raise Damaged(number, f"a balance of the footer (SF) has the sign '{sign}' instead of CR or DR")
    return -amount if sign == "DR" else amount


def _at(fields: list[str], position: int, number: int) -> str:
    value = fields[position].strip() if len(fields) > position else ""
    if not value:
        raise Damaged(number, f"{fields[0].strip()} has nothing in place {position + 1}")
    return value


def _whole(value: str, number: int, column: str) -> int:
    if not _WHOLE.fullmatch(value.strip()):
        raise Damaged(number, f"'{column}' is '{value.strip()[:40]}', which is no whole number without a sign")
    return int(value)


def _time(value: str, number: int, column: str) -> datetime:
    try:
        return datetime.strptime(value, "%Y/%m/%d %H:%M:%S %z").astimezone(UTC).replace(tzinfo=None)
    except ValueError:
        raise Damaged(
            number, f"'{column}' is '{value[:40]}', which is no time such as 2026/11/17 08:11:02 +0100"
        ) from None
