"""Payments and journal entries: written, applied to invoices, cancelled. Neither carries an update stamp."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from auditor.money import ZERO
from auditor.sandbox.b1 import periods
from auditor.sandbox.b1.body import storable
from auditor.sandbox.b1.collection import Key
from auditor.sandbox.b1.entity_sets import EntitySet
from auditor.sandbox.b1.errors import Refused, not_found, not_supported
from auditor.sandbox.b1.state import B1State

_PAYABLE = {"it_Invoice": "Invoices", "it_CredItnote": "CreditNotes", "it_DownPayment": "DownPayments"}
_PAYMENT_READ_ONLY = frozenset({"DocEntry", "DocNum", "Cancelled", "AuthorizationStatus"})


def post_payment(state: B1State, entity_set: EntitySet, payload: Mapping[str, Any]) -> Key:
    """A payment; each invoice it names is paid by that much, and closes when nothing is left."""
    payment = {name: value for name, value in payload.items() if name not in _PAYMENT_READ_ONLY}
    if payment.setdefault("DocType", "rCustomer") != "rAccount":
        if payment.get("CardCode") not in state.collection("BusinessPartners"):
            raise not_found()
        payment.setdefault("CardName", (state.get("BusinessPartners", payment["CardCode"]) or {}).get("CardName"))
    payment.setdefault("DocDate", storable(state.today()))
    periods.check(state, payment["DocDate"], is_sale=False)
    rows = payment.get("PaymentInvoices") or []
    for line_no, row in enumerate(rows, start=1):
        row.setdefault("InvoiceType", "it_Invoice")
        row["LineNum"] = line_no - 1
        document = _payable(state, row)
        if document is not None and document.get("DocumentStatus") != "bost_Open":
            raise Refused(
                400, -10, f"Invoice is already closed or blocked  [{entity_set.lines_table}.DocEntry][line: {line_no}]"
            )
    collection = state.collection(entity_set.name)
    numbers = [number for number in collection.column("DocNum").values() if number is not None]
    key = collection.next_key()
    for name in ("CashSum", "TransferSum"):
        payment.setdefault(name, ZERO)
    for name in ("PaymentInvoices", "PaymentCreditCards", "PaymentChecks", "PaymentAccounts"):
        payment.setdefault(name, [])
    payment.setdefault("DocCurrency", state.admin_info["LocalCurrency"])
    payment.setdefault("TaxDate", payment["DocDate"])
    payment.setdefault("DueDate", payment["DocDate"])
    state.put_whole(
        entity_set.name, {"DocEntry": key, "DocNum": max(numbers, default=0) + 1, **payment, "Cancelled": "tNO"}
    )
    for row in rows:
        _pay(state, row, +1)
    return key


def cancel_payment(state: B1State, entity_set: EntitySet, key: Key) -> None:
    payment = state.get(entity_set.name, key) or {}
    if payment.get("Cancelled") == "tYES":
        raise not_supported()
    state.put(entity_set.name, {**payment, "Cancelled": "tYES"})
    for row in payment.get("PaymentInvoices") or []:
        _pay(state, row, -1)


def post_journal(state: B1State, entity_set: EntitySet, payload: Mapping[str, Any]) -> Key:
    """A journal entry; debit and credit must be equal."""
    lines = payload.get("JournalEntryLines") or []
    if not lines or _sum(lines, "Debit") != _sum(lines, "Credit"):
        raise Refused(400, -5002, "Unbalanced Transaction")
    entry = {name: value for name, value in payload.items() if name not in ("JdtNum", "Number", "Original")}
    entry.setdefault("ReferenceDate", storable(state.today()))
    periods.check(state, entry["ReferenceDate"], is_sale=False)
    entry.setdefault("DueDate", entry["ReferenceDate"])
    entry.setdefault("TaxDate", entry["ReferenceDate"])
    collection = state.collection(entity_set.name)
    key = collection.next_key()
    for number, line in enumerate(lines):
        if line.get("ShortName") and not line.get("AccountCode"):
            partner = state.get("BusinessPartners", line["ShortName"])
            if partner is None:
                raise not_found()
            line["AccountCode"] = partner.get("DebitorAccount")
        line.setdefault("ShortName", line.get("AccountCode"))
        line["Line_ID"] = number
        line.setdefault("Debit", ZERO)
        line.setdefault("Credit", ZERO)
    entry["JournalEntryLines"] = lines
    return state.put_whole(
        entity_set.name, {"JdtNum": key, "Number": key, "OriginalJournal": "ttJournalEntry", "Original": key, **entry}
    )


def cancel_journal(state: B1State, entity_set: EntitySet, key: Key) -> None:
    """A journal entry is cancelled by its reversal; the entry itself stays as it is."""
    entry = state.get(entity_set.name, key) or {}
    lines = [{**line, "Debit": line.get("Credit"), "Credit": line.get("Debit")} for line in entry["JournalEntryLines"]]
    memo = f"{entry.get('Memo') or ''} (Reversal) - {key}".strip()
    post_journal(state, entity_set, {**entry, "Memo": memo, "JournalEntryLines": lines})


def _payable(state: B1State, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The document that a payment row names; None for kinds that are not followed here (journal entries ...)."""
    name = _PAYABLE.get(str(row["InvoiceType"]))
    if name is None:
        return None
    document = state.get(name, row.get("DocEntry"))
    if document is None:
        raise not_found()
    return document


def _pay(state: B1State, row: Mapping[str, Any], sign: int) -> None:
    document = _payable(state, row)
    if document is None:
        return
    paid = _number(document, "PaidToDate") + sign * abs(_number(row, "SumApplied"))
    document["PaidToDate"] = paid
    document["DocumentStatus"] = "bost_Close" if paid >= _number(document, "DocTotal") else "bost_Open"
    name = _PAYABLE[str(row["InvoiceType"])]
    if state.behaviour.base_is_stamped:
        state.stamp(state.collection(name).entity_set, document)
    state.put(name, document)


def _sum(lines: list[dict[str, Any]], name: str) -> Decimal:
    return sum((_number(line, name) for line in lines), ZERO)


def _number(row: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0))
