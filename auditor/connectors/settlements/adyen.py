"""Adyen's settlement detail report: one payout batch of a merchant account.

Amounts stand unsigned in debit and credit columns. The row `MerchantPayout` is the transfer; all other rows of the
batch are its lines, `Balancetransfer` among them: what one batch keeps back, the next one brings. A batch without the
transfer must come out at zero, or its end is missing. The payout's id is the batch number.

The fee is `Commission` or, with interchange++ pricing, markup, scheme fees and interchange together. Times carry the
name of their zone in a column beside them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from auditor.connectors.delimited import Header, Row, fields_of, instant_of, needs_last_line_end
from auditor.connectors.drop_folder import Damaged, Unfinished
from auditor.connectors.settlements.report import Kind, Line, Report, Transfer, Unit
from auditor.connectors.settlements.zones import utc_of

PROVIDER = "adyen"
FIRST = "Company Account"
NEEDED = (
    "Merchant Account", "Psp Reference", "Merchant Reference", "Creation Date", "TimeZone", "Type",
    "Modification Reference", "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Net Currency",
    "Net Debit (NC)", "Net Credit (NC)", "Batch Number",
)  # fmt: skip
COMMISSION = "Commission (NC)"
PARTS = ("Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")

_KINDS: dict[str, Kind] = {
    "settled": "charge",
    "refunded": "refund",
    "refundedreversed": "refund",
    "chargeback": "dispute",
    "secondchargeback": "dispute",
    "chargebackreversed": "dispute",
    "fee": "fee",
    "misccosts": "fee",
    "invoicededuction": "fee",
    "paymentcost": "fee",
    "depositcorrection": "reserve",
    "balancetransfer": "reserve",
    "manualcorrected": "adjustment",
    "matchedstatement": "adjustment",
    "bankinstructionreturned": "adjustment",
    "paidout": "other",
    "paidoutreversed": "other",
    "epapaid": "other",
    "merchantpayout": "transfer",
}
_BATCH = re.compile(r"\bbatch\s+(\d+)", re.IGNORECASE)


def is_header(names: Iterable[str]) -> bool:
    """Whether a header line is that of a settlement detail report."""
    return {FIRST, "Merchant Account", "Batch Number", "Net Debit (NC)"} <= {name.strip() for name in names}


def read(text: str) -> Report:
    """One report; lines above the header are skipped. Raises `Damaged`."""
    needs_last_line_end(text)
    header: Header | None = None
    batches: dict[tuple[str, str], list[Row]] = {}
    for number, fields in fields_of(text):
        if header is not None:
            row = header.row(number, fields)
            batches.setdefault((row.needed("Merchant Account"), row.needed("Batch Number")), []).append(row)
        elif fields[0].strip() == FIRST:
            header = Header.of(number, fields, NEEDED)
            if COMMISSION not in header.names and not set(PARTS) <= set(header.names):
                raise Damaged(number, f"there is neither '{COMMISSION}' nor '{PARTS[0]}'", "export it with all columns")
    if header is None:
        raise Damaged(1, f"no line begins with '{FIRST}'")
    if not batches:
        raise Unfinished(header.line, "nothing follows the header")
    report = Report(PROVIDER, [])
    for (account, batch), rows in batches.items():
        _take_batch(account, batch, rows, report)
    return report


def _take_batch(account: str, batch: str, rows: list[Row], report: Report) -> None:
    seen: Counter[str] = Counter()
    lines = [_line(row, account, batch, seen, report) for row in rows]
    currencies = sorted({line.currency for line in lines})
    if len(currencies) > 1:
        raise Damaged(rows[0].line, f"batch {batch} settles in {' and '.join(currencies)}", "fetch one file per batch")
    transfers = [line for line in lines if line.kind == "transfer"]
    payouts = [line for line in transfers if line.source_type.lower() == "merchantpayout"]
    summed = sum((line.net for line in lines if line.kind != "transfer"), Decimal(0))
    if not transfers and summed:
        raise Unfinished(
            rows[-1].line, f"batch {batch} ends without MerchantPayout and does not come out at zero ({summed} is left)"
        )
    # A batch without a transfer has no moment of its own: it is closed when its last row is booked.
    issued_at = max(line.processed_at for line in payouts) if payouts else max(map(_booked_at, rows))
    payout = Transfer(batch, PROVIDER, currencies[0], issued_at)
    payout.told = -sum((line.net for line in payouts), Decimal(0))
    payout.summed = summed
    payout.source_status = payouts[0].source_type if payouts else "no transfer"
    payout.account, payout.rows = account, len(lines) - len(transfers)
    report.transfers.append(payout)
    report.units.append(Unit(f"{account}/{batch}", lines))


def _booked_at(row: Row) -> datetime:
    if row.text("Booking Date") is None:
        return _created_at(row)
    zone = row.text("Booking Date TimeZone") or row.text("TimeZone")
    return utc_of(instant_of(row.needed("Booking Date"), row.line, "Booking Date"), zone, row.line)


def _created_at(row: Row) -> datetime:
    return utc_of(instant_of(row.needed("Creation Date"), row.line, "Creation Date"), row.text("TimeZone"), row.line)


def _line(row: Row, account: str, batch: str, seen: Counter[str], report: Report) -> Line:
    word = row.needed("Type")
    net = row.amount_or_zero("Net Credit (NC)") - row.amount_or_zero("Net Debit (NC)")
    currency = (row.text("Net Currency") or row.needed("Gross Currency")).upper()
    order_currency = (row.text("Gross Currency") or currency).upper()
    charged = row.amount_or_zero("Gross Credit (GC)") - row.amount_or_zero("Gross Debit (GC)")
    has_gross = row.text("Gross Credit (GC)") is not None or row.text("Gross Debit (GC)") is not None
    kind = _KINDS.get(word.lower(), "other")
    text = row.text("Modification Reference") or row.text("Merchant Reference") or ""
    if word.lower() == "bankinstructionreturned":
        named = _BATCH.search(text)
        if named is not None:
            report.returned[named[1]] = word
            kind = "transfer" if named[1] == batch else kind
    is_money_of_an_order = has_gross and kind != "transfer"
    fee = _fee(row, charged if order_currency == currency else None, net) if is_money_of_an_order else Decimal(0)
    more = {"merchant_account": account}
    if order_currency != currency:
        more |= {"order_currency": order_currency, "order_gross": str(charged)}
    for name in ("Psp Reference", "Modification Reference", "Payment Method", "Modification Merchant Reference"):
        value = row.text(name)
        if value is not None:
            more[name.lower().replace(" ", "_")] = value
    psp, modification = row.text("Psp Reference"), row.text("Modification Reference")
    return Line(
        line_id=_line_id(row, account, batch, word, seen),
        kind=kind,
        source_type=word,
        currency=currency,
        # In another currency than the bank's, what was settled is what arrived and what was kept of it.
        gross=charged if is_money_of_an_order and order_currency == currency else net + fee,
        fee=fee,
        net=net,
        processed_at=_created_at(row),
        payout_id=batch,
        order_ref=row.text("Merchant Reference"),
        transaction_id=(modification if kind == "refund" else None) or psp,
        more=more,
        is_unknown=word.lower() not in _KINDS,
    )


def _fee(row: Row, gross: Decimal | None, net: Decimal) -> Decimal:
    """Commission or the sum of the parts; where both are filled, the reading that agrees with gross and net."""
    commission = row.amount_or_zero(COMMISSION)
    parts = sum((row.amount_or_zero(name) for name in PARTS), Decimal(0))
    if gross is not None and commission and parts:
        for fee in (commission + parts, commission, parts):
            if gross - fee == net:
                return fee
    return commission + parts


def _line_id(row: Row, account: str, batch: str, word: str, seen: Counter[str]) -> str:
    """Rows have no id of their own: payment, modification and type; the same ones of a batch are counted."""
    parts = [account, batch, row.text("Psp Reference"), row.text("Modification Reference"), word]
    key = "/".join(re.sub(r"[/\s]+", "-", part) for part in parts if part)
    seen[key] += 1
    return key if seen[key] == 1 else f"{key}/{seen[key]}"
