"""CAMT.053 statements, any version, read with defusedxml.

The library for this format turns debit balances into floats and replaces a batch by its parts without their sum, so
it is not good enough for money. A booking is one entry (`Ntry`), as the account shows it, also where it stands for
many payments. What is pending or for information only is no booking. `CdtDbtInd` of a reversal says where the money
went this time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from auditor.clock import to_utc
from auditor.connectors.bank.statement import BankFile, BankLine, Statement, only_references, told
from auditor.connectors.delimited import amount_of
from auditor.connectors.drop_folder import Damaged, Unfinished

MESSAGE = b"BkToCstmrStmt"
OTHERS = {b"BkToCstmrAcctRpt": "CAMT.052 (during the day)", b"BkToCstmrDbtCdtNtfctn": "CAMT.054 (notifications)"}
LARGEST = 64 * 1024 * 1024
"""A tree takes ten times the memory of its text."""
NOT_BOOKED = {"PDNG", "INFO", "FUTR"}
_CUT = {3, 5, 6, 20}  # expat: no element found, unclosed token, partial character, unclosed CDATA
_ENTRY = re.compile(r"<(?:[\w.-]+:)?Ntry[\s>]")


def is_xml(content: bytes) -> bool:
    """Whether a file is XML, in whatever encoding; OFX has to be ruled out before."""
    return content[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<")


def read(content: bytes) -> BankFile:
    """All statements of a file. Raises `Damaged`, `Unfinished`."""
    if len(content) > LARGEST:
        raise Damaged(None, f"the XML has more than {LARGEST:,} bytes", "ask the bank for statements of single days")
    try:
        root = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise Damaged(
            1, "the XML defines entities or a document type, which no statement has", "ask the bank"
        ) from None
    except ParseError as error:
        problem = Unfinished if error.code in _CUT else Damaged
        raise problem(error.position[0], f"the XML is broken ({error})") from None
    except (ValueError, LookupError) as error:
        raise Damaged(1, f"the XML cannot be decoded ({error})") from None
    found = [child for child in root.iter() if _name(child) == MESSAGE.decode()]
    if not found:
        for word, what in OTHERS.items():
            if any(_name(child) == word.decode() for child in root.iter()):
                raise Damaged(1, f"this is {what}, not a statement", "drop CAMT.053 statements; the others count twice")
        raise Damaged(1, "there is no statement (BkToCstmrStmt) in the XML")
    entries = iter(_entry_lines(content))
    statements = [_statement(each, entries) for message in found for each in _children(message, "Stmt")]
    if not statements:
        raise Damaged(1, "there is no statement (Stmt) in the message")
    made = _text(found[0], "GrpHdr", "CreDtTm")
    return BankFile("CAMT.053", statements, produced_at=_moment(made))


def _statement(stmt: Element, entries: Iterator[int]) -> Statement:
    account = _text(stmt, "Acct", "Id", "IBAN") or _text(stmt, "Acct", "Id", "Othr", "Id")
    identity = _text(stmt, "Id")
    if account is None or identity is None:
        raise Damaged(1, "a statement has no account or no id")
    lines: list[BankLine] = []
    last: int | None = None
    for entry in _children(stmt, "Ntry"):
        last = next(entries, None)
        line = _line(entry, last, f"{identity}/{len(lines) + 1}")
        if line is not None:
            lines.append(line)
    balances = {_text(each, "Tp", "CdOrPrtry", "Cd"): each for each in _children(stmt, "Bal")}
    opening = balances.get("OPBD", balances.get("PRCD"))
    closing = balances.get("CLBD")
    currency = _text(stmt, "Acct", "Ccy") or _currency(closing if closing is not None else opening)
    number = _text(stmt, "ElctrncSeqNb") or _text(stmt, "LglSeqNb") or ""
    statement = Statement(
        account=account,
        statement_id=identity,
        currency=currency or (lines[0].currency if lines else ""),
        opened_on=_day(opening, "Dt") if opening is not None else None,
        closed_on=_day(closing, "Dt") if closing is not None else None,
        opening=_amount(opening, None) if opening is not None else None,
        closing=_amount(closing, None) if closing is not None else None,
        lines=lines,
        number=int(number) if number.isdigit() else None,
    )
    if {line.currency for line in lines} <= {statement.currency}:
        statement.check(last)
    return statement


def _line(entry: Element, number: int | None, line_id: str) -> BankLine | None:
    status = _text(entry, "Sts", "Cd") or _text(entry, "Sts")
    if status in NOT_BOOKED:
        return None
    booked_on = _day(entry, "BookgDt") or _day(entry, "ValDt")
    if booked_on is None:
        raise Damaged(number, "a booking has neither a booking day nor a value day")
    currency = _currency(entry)
    if currency is None:
        raise Damaged(number, "the amount of a booking has no currency")
    payments = [each for details in _children(entry, "NtryDtls") for each in _children(details, "TxDtls")]
    # Of a batch the account shows one sum; what its parts say belongs to none of them alone.
    only = payments[0] if len(payments) == 1 else None
    batch = next((_child(details, "Btch") for details in _children(entry, "NtryDtls")), None)
    end_to_end = told(_text(only, "Refs", "EndToEndId")) if only is not None else told(_text(batch, "PmtInfId"))
    domain = [_text(entry, "BkTxCd", "Domn", *path) for path in (("Cd",), ("Fmly", "Cd"), ("Fmly", "SubFmlyCd"))]
    return BankLine(
        line_id=line_id,
        booked_on=booked_on,
        value_on=_day(entry, "ValDt"),
        amount=_amount(entry, number),
        currency=currency,
        bank_reference=told(
            _text(entry, "AcctSvcrRef") or _text(only, "Refs", "AcctSvcrRef") or _text(entry, "NtryRef")
        ),
        end_to_end_id=end_to_end,
        reference=_purpose(only) or only_references(_text(entry, "AddtlNtryInf")),
        source_type="/".join(code for code in domain if code) or _text(entry, "BkTxCd", "Prtry", "Cd"),
        is_reversal=_text(entry, "RvslInd") in ("true", "1"),
    )


def _purpose(payment: Element | None) -> str | None:
    info = _child(payment, "RmtInf")
    if info is None:
        return None
    parts = [each.text or "" for each in _children(info, "Ustrd")]
    parts += [_text(each, "CdtrRefInf", "Ref") or "" for each in _children(info, "Strd")]
    return told(" ".join(parts))


def _amount(holder: Element, number: int | None) -> Decimal:
    value = _text(holder, "Amt")
    side = _text(holder, "CdtDbtInd")
    if value is None or side not in ("CRDT", "DBIT"):
        raise Damaged(number, "an amount (Amt) or its side (CdtDbtInd) is missing")
    amount = amount_of(value, number, "Amt")
    return -amount if side == "DBIT" else amount


def _currency(holder: Element | None) -> str | None:
    amount = _child(holder, "Amt")
    return amount.get("Ccy") if amount is not None else None


def _day(holder: Element, name: str) -> date | None:
    """The day as the bank writes it, also where it writes the time with it."""
    value = _text(holder, name, "Dt") or _text(holder, name, "DtTm")
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        raise Damaged(None, f"'{value[:40]}' is no day such as 2026-11-20") from None


def _moment(value: str | None) -> datetime | None:
    try:
        return to_utc(datetime.fromisoformat(value)) if value else None
    except ValueError:
        return None


def _entry_lines(content: bytes) -> list[int]:
    """The line of each entry, for sentences about what is wrong with it."""
    text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    found, at, line = [], 0, 1
    for match in _ENTRY.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        found.append(line)
    return found


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if _name(child) == name]


def _child(element: Element | None, name: str) -> Element | None:
    return next(iter(_children(element, name)), None) if element is not None else None


def _text(element: Element | None, *path: str) -> str | None:
    for name in path:
        element = _child(element, name)
    value = (element.text or "").strip() if element is not None else ""
    return value or None
