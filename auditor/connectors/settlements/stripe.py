"""Stripe's CSV reports: payout reconciliation, balance change, and the list of payouts.

Columns are chosen by whoever exports, so everything is read by its name. Amounts are in major units. A row belongs to
the payout in `automatic_payout_id`; rows never change at Stripe, so each is a unit of its own and may come in any
number of reports. What a payout amounts to is told by its own row (category `payout`) or by the report of payouts;
where neither is there, it is what its rows add up to, and doctor says that nothing proves it.

The order stands where the shop wrote it: in metadata (`payment_metadata[order_id]` and the like), else in the
description as `Order 118`. Descriptions themselves are not kept: shops write names into them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from auditor.clock import from_zone
from auditor.connectors.delimited import Header, Row, fields_of, instant_of, needs_last_line_end
from auditor.connectors.drop_folder import Damaged
from auditor.connectors.settlements.report import Kind, Line, Report, Transfer, Unit, fee_of_transfer

PROVIDER = "stripe"
AUTOMATIC, MANUAL = "automatic_payout", "payout"
NEEDED = ("balance_transaction_id", "currency", "gross", "fee", "net", "reporting_category")

_KINDS: dict[str, Kind] = {
    "charge": "charge",
    "charge_failure": "charge",
    "partial_capture_reversal": "charge",
    "refund": "refund",
    "refund_failure": "refund",
    "dispute": "dispute",
    "dispute_reversal": "dispute",
    "fee": "fee",
    "network_cost": "fee",
    "tax": "fee",
    "other_adjustment": "adjustment",
    "payout": "transfer",
    "payout_reversal": "adjustment",
    "risk_reserved_funds": "reserve",
    "connect_reserved_funds": "reserve",
}
_OTHERS = {
    "advance", "advance_funding", "anticipation_repayment", "connect_collection_transfer", "contribution",
    "issuing_authorization_hold", "issuing_authorization_release", "issuing_dispute", "issuing_transaction",
    "platform_earning", "platform_earning_refund", "topup", "topup_reversal", "transfer", "transfer_reversal",
}  # fmt: skip
"""Categories that are known and are none of ours: they count, as 'other'."""

_ORDER_KEYS = ("incrementid", "ordernumber", "orderno", "orderref", "orderreference", "orderid", "order")
_METADATA = re.compile(r"(?:payment|refund|charge|transfer)_metadata\[(.+)\]")
_ORDER = re.compile(r"\border\b\s*(?:number|no\.?|id|ref\.?)?\s*[:#]?\s*#?((?=[\w-]*\d)\w[\w-]*)", re.IGNORECASE)
_IDS = ("source_id", "charge_id", "payment_intent_id", "invoice_id", "payment_method_type")
_CUSTOMER_AMOUNT = ("customer_facing_amount", "customer_facing_currency")


def is_header(names: Iterable[str]) -> bool:
    """Whether a header line is one of Stripe's."""
    return {"balance_transaction_id", "reporting_category"} <= {name.strip() for name in names}


def read(text: str, zone: ZoneInfo) -> Report:
    """One report. `zone` is that of times that are not marked as UTC. Raises `Damaged`."""
    needs_last_line_end(text)
    lines = fields_of(text)
    number, names = next(lines)
    header = Header.of(number, names, NEEDED)
    report = Report(PROVIDER, [])
    transfers: dict[str, Transfer] = {}
    is_list_of_payouts = "payout_id" in header.names and "automatic_payout_id" not in header.names
    if not is_list_of_payouts:
        Header.of(number, names, ("automatic_payout_id",))
    rows = _last_of_each(header.row(line, fields) for line, fields in lines)
    for row in rows:
        if is_list_of_payouts:
            _take_payout(row, zone, transfers, report)
        else:
            _take_row(row, zone, transfers, report)
    report.transfers = list(transfers.values())
    return report


def _last_of_each(rows: Iterator[Row]) -> list[Row]:
    """Each balance transaction once. Raises `Damaged` where one stands twice with different content."""
    found: dict[str, Row] = {}
    for row in rows:
        key = row.needed("balance_transaction_id")
        before = found.get(key)
        if before is not None and before.fields != row.fields:
            raise Damaged(row.line, f"{key} stands here and in line {before.line}, not the same")
        found[key] = row
    return list(found.values())


def _take_row(row: Row, zone: ZoneInfo, transfers: dict[str, Transfer], report: Report) -> None:
    line = _line(row, zone)
    payout_id, source = row.text("automatic_payout_id"), row.text("source_id") or ""
    if line.source_type == "payout" and source.startswith("po_"):
        payout_id = source
    if line.source_type == "payout_reversal":
        report.returned[source] = line.source_type
        if payout_id == source:
            line.kind = "transfer"
    line.payout_id = payout_id
    lines = [line]
    if payout_id is not None:
        transfer = transfers.get(payout_id)
        if transfer is None:
            transfer = Transfer(payout_id, PROVIDER, line.currency, _effective_at(row) or line.processed_at)
            transfer.source_status = AUTOMATIC if row.text("automatic_payout_id") else MANUAL
            transfers[payout_id] = transfer
        transfer.issued_at = _effective_at(row) or transfer.issued_at
        if transfer.currency != line.currency:
            raise Damaged(row.line, f"{payout_id} has rows in {transfer.currency} and in {line.currency}")
        if line.kind == "transfer" and line.source_type == "payout":
            transfer.told = -line.gross
            if line.fee:  # what an instant payout costs is taken from the balance, not from what the bank gets
                lines.append(fee_of_transfer(line))
        counted = [each.net for each in lines if each.kind != "transfer"]
        transfer.summed += sum(counted, Decimal(0))
        transfer.rows += len(counted)
    report.units += [Unit(each.line_id, [each]) for each in lines]


def _take_payout(row: Row, zone: ZoneInfo, transfers: dict[str, Transfer], report: Report) -> None:
    """A row of the list of payouts. Which sign it has there is not documented: it gets that of the payout's rows."""
    payout_id = row.needed("payout_id")
    if row.text("reporting_category") == "payout_reversal":
        report.returned[payout_id] = "payout_reversal"
        return
    issued_at = _time(row, ("effective_at_utc", "effective_at", "created_utc", "created"), zone)
    if issued_at is None:
        raise Damaged(row.line, "there is neither 'effective_at' nor 'created'", "export it again with 'effective_at'")
    transfer = Transfer(payout_id, PROVIDER, row.needed("currency").upper(), issued_at, abs(row.amount("gross")))
    word = (row.text("payout_status") or "paid").lower()
    transfer.source_status = word
    match word:
        case "paid" | "in_transit" | "failed":
            transfer.status = word
        case "canceled":
            transfer.status = "cancelled"
        case "pending":
            transfer.status = "in_transit"
        case _:
            transfer.status = "unknown"
    transfer.is_unsigned = True
    transfer.trace_id = row.text("payout_trace_id") or row.text("trace_id")
    transfers[payout_id] = transfer


def _line(row: Row, zone: ZoneInfo) -> Line:
    category = row.needed("reporting_category").lower()
    processed_at = _time(row, ("created_utc", "created"), zone)
    if processed_at is None:
        raise Damaged(row.line, "there is neither 'created_utc' nor 'created'", "export it again with 'created_utc'")
    kind = _KINDS.get(category, "other")
    ids = {name: value for name in (*_IDS, *_CUSTOMER_AMOUNT) if (value := row.text(name)) is not None}
    # A refund is a transaction of its own; everything else is known to the shop by the charge.
    own = ("source_id", "charge_id") if kind == "refund" else ("charge_id", "payment_intent_id", "source_id")
    return Line(
        line_id=row.needed("balance_transaction_id"),
        kind=kind,
        source_type=category,
        currency=row.needed("currency").upper(),
        gross=row.amount("gross"),
        fee=row.amount_or_zero("fee"),
        net=row.amount("net"),
        processed_at=processed_at,
        order_ref=order_of(row),
        transaction_id=next((ids[name] for name in own if name in ids), None),
        more=ids,
        is_unknown=category not in _KINDS and category not in _OTHERS,
    )


def order_of(row: Row) -> str | None:
    """The order that a row names, in metadata before the description."""
    told: dict[str, str] = {}
    for name in row.fields:
        match = _METADATA.fullmatch(name)
        value = row.text(name) if match else None
        if match and value:
            told.setdefault(re.sub(r"[^a-z]", "", match[1].lower()), value)
    for key in _ORDER_KEYS:
        if key in told:
            return told[key]
    found = _ORDER.search(row.text("description") or "")
    return found[1] if found else None


def _effective_at(row: Row) -> datetime | None:
    # A day in UTC also where it is not marked so.
    for name in ("automatic_payout_effective_at_utc", "automatic_payout_effective_at"):
        value = row.text(name)
        if value is not None:
            return instant_of(value, row.line, name)
    return None


def _time(row: Row, columns: tuple[str, ...], zone: ZoneInfo) -> datetime | None:
    for name in columns:
        value = row.text(name)
        if value is not None:
            moment = instant_of(value, row.line, name)
            return moment if name.endswith("_utc") or len(value) == 10 else from_zone(moment, zone)
    return None
