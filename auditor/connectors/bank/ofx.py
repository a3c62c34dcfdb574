"""OFX statements, version 1 (SGML) and 2 (XML), as a tree by the library `ofxtools`.

Only its tree is used: its models refuse files of real banks for fields that do not matter here. It knows no entities,
so none can grow, but it skips what it does not recognise; so bookings are counted in the text as well. Amounts are
read exactly, with a point or a comma. OFX tells the closing balance only.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import Element

from ofxtools.header import OFXHeaderError
from ofxtools.Parser import OFXTree, ParseError

from auditor.clock import to_utc
from auditor.connectors.bank.statement import BankFile, BankLine, Statement, only_references, told
from auditor.connectors.delimited import amount_of
from auditor.connectors.drop_folder import Damaged, Unfinished

_BOOKING = re.compile(rb"<STMTTRN>")
_TIME = re.compile(r"(\d{8})(\d{6})?(?:\.\d+)?(?:\[([+-]?\d{1,2})(?:\.(\d\d))?(?::[^\]]*)?\])?")


def is_ofx(content: bytes) -> bool:
    head = content[:4096].upper()
    return b"OFXHEADER" in head or b"<OFX>" in head


def read(content: bytes) -> BankFile:
    """All statements of a file. Raises `Damaged`, `Unfinished`."""
    if b"</OFX>" not in content[-200:]:
        raise Unfinished(content.rstrip().count(b"\n") + 1, "the file does not end with </OFX>")
    places = [content.count(b"\n", 0, match.start()) + 1 for match in _BOOKING.finditer(content)]
    try:
        root = OFXTree().parse(io.BytesIO(content))
    except (OFXHeaderError, ParseError, SyntaxError, ValueError, AssertionError, LookupError, AttributeError) as error:
        raise Damaged(1, f"the OFX cannot be parsed ({type(error).__name__})") from None
    waiting = iter(places)
    statements = [_statement(each, waiting) for each in root.iter() if each.tag in ("STMTRS", "CCSTMTRS")]
    if not statements:
        raise Damaged(1, "there is no statement (STMTRS) in the file")
    if sum(len(statement.lines) for statement in statements) != len(places):
        raise Damaged(places[0] if places else 1, f"not all of the {len(places)} bookings could be read")
    return BankFile("OFX", statements, is_whole=False, produced_at=_moment(root.findtext(".//SONRS/DTSERVER")))


def _statement(response: Element, places: Iterator[int]) -> Statement:
    account = response.findtext("BANKACCTFROM/ACCTID") or response.findtext("CCACCTFROM/ACCTID")
    currency = response.findtext("CURDEF")
    if not account or not currency:
        raise Damaged(1, "a statement has no account (ACCTID) or no currency (CURDEF)")
    lines = [_line(each, next(places, None), currency) for each in response.iter("STMTTRN")]
    seen: set[str] = set()
    for line in lines:
        if line.line_id in seen:
            raise Damaged(None, f"the bank's id {line.line_id} (FITID) stands at two bookings")
        seen.add(line.line_id)
    since, until = response.findtext("BANKTRANLIST/DTSTART"), response.findtext("BANKTRANLIST/DTEND")
    closing, closed_on = response.findtext("LEDGERBAL/BALAMT"), response.findtext("LEDGERBAL/DTASOF")
    return Statement(
        account=account,
        statement_id=f"{(since or '')[:8]}-{(until or closed_on or '')[:8]}",
        currency=currency,
        opened_on=_day(since, None) if since else None,
        closed_on=_day(closed_on, None) if closed_on else None,
        opening=None,
        closing=_amount(closing, None, "BALAMT") if closing else None,
        lines=lines,
    )


def _line(booking: Element, place: int | None, currency: str) -> BankLine:
    def text(name: str) -> str | None:
        return told(html.unescape(booking.findtext(name) or ""))

    identity, amount, posted = text("FITID"), text("TRNAMT"), text("DTPOSTED")
    for name, value in (("FITID", identity), ("TRNAMT", amount), ("DTPOSTED", posted)):
        if value is None:
            raise Damaged(place, f"a booking has no {name}")
    available = text("DTAVAIL")
    return BankLine(
        line_id=str(identity),
        booked_on=_day(str(posted), place),
        value_on=_day(available, place) if available else None,
        amount=_amount(str(amount), place, "TRNAMT"),
        currency=text("CURRENCY/CURSYM") or currency,
        bank_reference=str(identity),
        end_to_end_id=text("REFNUM"),
        reference=only_references(" ".join(filter(None, (text("NAME"), text("MEMO"), text("CHECKNUM"))))),
        source_type=text("TRNTYPE"),
        is_reversal=text("CORRECTACTION") is not None,
    )


def _amount(value: str, place: int | None, name: str) -> Decimal:
    return amount_of(value.replace(",", ".") if "." not in value else value, place, name)


def _day(value: str, place: int | None) -> date:
    """The day as the bank writes it: a booking belongs to the bank's own day, whatever the zone of the time is."""
    match = _TIME.fullmatch(value)
    try:
        if match is None:
            raise ValueError(value)
        return date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:]))
    except ValueError:
        raise Damaged(place, f"'{value[:40]}' is no day such as 20261120") from None


def _moment(value: str | None) -> datetime | None:
    match = _TIME.fullmatch((value or "").strip())
    if match is None or match[2] is None:
        return None
    hours, minutes = int(match[3] or 0), int(match[4] or 0)
    offset = f"{'-' if hours < 0 else '+'}{abs(hours):02d}{minutes:02d}"
    return to_utc(datetime.strptime(match[1] + match[2] + offset, "%Y%m%d%H%M%S%z"))
