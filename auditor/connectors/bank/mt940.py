"""MT940 statements, tags and amounts by the library `mt-940`, and held against what it does in silence.

A line `:61:` without its type is overwritten there by the next one, digits it does not expect end an amount early, and
30 February becomes the 28th. So each line must have come through with its type, dates are not corrected, and the
bookings must lead from the opening to the closing balance. What it makes of `:86:` loses the purpose before a keyword,
so that is read here.
"""

from __future__ import annotations

import io
import logging
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import mt940
from mt940.models import Transactions

from auditor.connectors.bank.statement import BankFile, BankLine, Statement, only_references, told
from auditor.connectors.delimited import needs_last_line_end
from auditor.connectors.drop_folder import Damaged, Unfinished

# It writes lines that it cannot read into the log, and those hold names.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)

_OPTIONS = mt940.Options.all()
_PROCESSORS: dict[str, list[Any]] = {"pre_statement": [], "post_transaction_details": []}
_START = re.compile(r"^:20:", re.MULTILINE)
_TAG = re.compile(r"^:(\d{2}[A-Z]?):", re.MULTILINE)
_SUBFIELD = re.compile(r"\?(\d{2})")
_KEYWORD = re.compile(r"\b(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE|IBAN|BIC|ANAM)\+")
_KEPT = {"SVWZ", "KREF"}
_MORE = {"60", "61", "62", "63"}


def is_mt940(text: str) -> bool:
    return _START.search(text) is not None or ":60F:" in text


def read(text: str) -> BankFile:
    """All statements of a file. Raises `Damaged`, `Unfinished`."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.rstrip().endswith(("-", "-}")):
        needs_last_line_end(text)
    starts = [match.start() for match in _START.finditer(text)]
    if not starts:
        raise Damaged(1, "no statement begins (:20:)")
    statements = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        statements.append(_statement(_message(text[start:end]), text.count("\n", 0, start) + 1))
    return BankFile("MT940", statements)


def _message(block: str) -> str:
    """A message without the envelope that SWIFT puts around it."""
    return re.split(r"^-\}|^-\s*$|^\{", block, maxsplit=1, flags=re.MULTILINE)[0]


def _statement(block: str, first: int) -> Statement:
    tags = [(match[1], first + block.count("\n", 0, match.start())) for match in _TAG.finditer(block)]
    places = [line for tag, line in tags if tag == "61"]
    if not any(tag.startswith("62") for tag, _ in tags):
        raise Unfinished(first + block.rstrip().count("\n"), "the statement ends without its closing balance (:62F:)")
    try:
        (parsed,) = mt940.parse_statements(io.StringIO(block), processors=_PROCESSORS, options=_OPTIONS)
    except (RuntimeError, ValueError, InvalidOperation, ArithmeticError):
        raise Damaged(_culprit(block, first), "the statement has a line that is not as MT940 says") from None
    if len(parsed.transactions) != len(places) or any(each.data.get("id") is None for each in parsed.transactions):
        raise Damaged(_untyped(block, first, places), "a booking (:61:) has no type such as NTRF after its amount")
    data = parsed.data
    opening, closing = _balance(data, "opening"), _balance(data, "closing")
    account = told(data.get("account_identification"))
    if opening is None or closing is None or account is None:
        raise Damaged(first, "the statement has no account (:25:) or no opening balance (:60F:)")
    number = data.get("statement_number")
    sequence = data.get("sequence_number")
    counted = f"{closing.date:%Y}-{number}" + (f"/{sequence}" if sequence else "") if number else f"{closing.date}"
    statement = Statement(
        account=account,
        statement_id=counted,
        currency=closing.amount.currency,
        opened_on=opening.date,
        closed_on=closing.date,
        opening=opening.amount.amount,
        closing=closing.amount.amount,
        lines=[_line(each.data, closing.amount.currency, f"{counted}/{n}") for n, each in enumerate(parsed, start=1)],
        number=None,
    )
    statement.check(places[-1] if places else first)
    return statement


def _balance(data: dict[str, Any], side: str) -> Any:
    for kind in ("final", "intermediate"):
        found = data.get(f"{kind}_{side}_balance")
        if found is not None:
            return found
    return data.get(f"{side}_balance")


def _line(data: dict[str, Any], currency: str, line_id: str) -> BankLine:
    amount: Decimal = data["amount"].amount
    details = str(data.get("transaction_details") or "")
    fields, words = _details(details)
    return BankLine(
        line_id=line_id,
        booked_on=data.get("entry_date") or data["date"],
        value_on=data["date"],
        amount=amount,
        currency=currency,
        bank_reference=told(data.get("bank_reference")),
        end_to_end_id=told(fields.get("EREF")) or told(data.get("customer_reference")),
        reference=told(words) if fields or "?" in details else only_references(details),
        source_type=data["id"],
        is_reversal=str(data["status"]).upper().startswith("R"),
    )


def _details(text: str) -> tuple[dict[str, str], str]:
    """Fields by keyword (EREF+ ...) and the purpose, out of `?20` to `?29` and `?60` to `?63`; names (?32) are left."""
    joined = text.replace("\n", "")
    parts = _SUBFIELD.split(joined)
    if len(parts) > 1:
        chosen = [
            value for code, value in zip(parts[1::2], parts[2::2], strict=True) if code[0] == "2" or code in _MORE
        ]
        # A keyword begins a part of its own; other parts go on where the one before was cut.
        purpose = "".join(f" {part}" if _KEYWORD.match(part) else part for part in chosen)
    else:
        purpose = joined if _KEYWORD.search(joined) else ""
    pieces = _KEYWORD.split(purpose)
    fields = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    words = [pieces[0], *(value for key, value in fields.items() if key in _KEPT)]
    return fields, " ".join(word.strip() for word in words)


def _culprit(block: str, first: int) -> int:
    """The first line whose tag cannot be read on its own."""
    tags = list(_TAG.finditer(block))
    for match, after in zip(tags, [*tags[1:], None], strict=True):
        part = block[match.start() : after.start() if after else len(block)]
        try:
            Transactions(_PROCESSORS, options=_OPTIONS).parse(part)
        except (RuntimeError, ValueError, InvalidOperation, ArithmeticError):
            return first + block.count("\n", 0, match.start())
    return first


def _untyped(block: str, first: int, places: list[int]) -> int:
    lines = block.split("\n")
    for place in places:
        if not re.match(r":61:\d{6}(\d{4}|\s{4})?(R?[DC])[A-Z]?[\d,]+[A-Z][A-Z0-9 ]{3}", lines[place - first], re.I):
            return place
    return places[0] if places else first
