"""Which provider a file comes from: by its header line, whatever its name is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from auditor.connectors.delimited import fields_of, needs_last_line_end, text_of
from auditor.connectors.drop_folder import Damaged
from auditor.connectors.settlements import adyen, paypal, stripe
from auditor.connectors.settlements.report import Report

PREAMBLE = 20
"""Lines that may stand above the header of an older Adyen report."""


def understand(content: bytes, zone: ZoneInfo) -> Report:
    """What a file says. Raises `Damaged` for one that nobody recognises or that is not whole."""
    text = text_of(content)
    first: tuple[int, list[str]] = 1, []
    for position, (line, fields) in enumerate(fields_of(text)):
        if position == 0 and paypal.is_header(fields):
            return paypal.read(text)
        if position == 0 and stripe.is_header(fields):
            return stripe.read(text, zone)
        if adyen.is_header(fields):
            return adyen.read(text)
        if position == 0:
            first = line, fields
        if position == PREAMBLE:
            break
    needs_last_line_end(text)
    line, fields = first
    raise Damaged(
        line,
        f"'{', '.join(fields)[:80]}' is the header of no report that is known here",
        "drop Stripe payout reconciliation, PayPal settlement (STL) or Adyen settlement detail reports",
    )
