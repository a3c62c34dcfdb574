"""What is read from B1, in which order, and how often it is promised to be fresh.

Everything that checks compare has the connection's own cadence. Payments and journal entries carry no stamp of change:
they are read again as far back as their lookback, each time, so they are promised hourly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from auditor.connectors.base import Stream
from auditor.connectors.sap_b1.windows import LOOKBACK
from auditor.settings import Settings

# A payment that is cancelled, or a journal that gets its reference late, is noticed for as long as this.
ROLLING = timedelta(days=35)
HOUR = timedelta(hours=1)

_DOCUMENTS = {
    "orders": ("Orders", "b1_order"),
    "deliveries": ("DeliveryNotes", "b1_delivery"),
    "invoices": ("Invoices", "b1_invoice"),
    "credit_memos": ("CreditNotes", "b1_credit_memo"),
    "returns": ("Returns", "b1_return"),
}
_WITHOUT_EXPENSES = frozenset({"b1_return", "b1_draft"})
How = Literal[
    "documents", "open_documents", "changed", "rolling", "all", "stock", "batches", "serials", "periods", "company"
]


@dataclass(frozen=True, slots=True)
class Feed:
    """A stream, how it is read, and from which entity sets (several: their keys carry the set's name)."""

    stream: Stream
    how: How
    entity_sets: tuple[str, ...] = ()


def feeds(settings: Settings) -> tuple[Feed, ...]:
    """All feeds in the order in which they are read: what others refer to first."""
    cadence = settings.b1.cadence

    def snapshot(name: str, how: How, tables: tuple[str, ...], *sets: str, every: timedelta = cadence) -> Feed:
        return Feed(Stream(name, tables, every, mode="snapshot"), how, sets)

    def delta(
        name: str, how: How, tables: tuple[str, ...], *sets: str, every: timedelta = cadence, back: timedelta = LOOKBACK
    ) -> Feed:
        return Feed(Stream(name, tables, every, lookback=back), how, sets)

    rarely = max(cadence, HOUR)
    return (
        snapshot("warehouses", "all", ("b1_warehouse",), "Warehouses"),
        delta("items", "changed", ("b1_item", "b1_item_price"), "Items"),
        snapshot("stock", "stock", ("b1_item_warehouse",)),
        snapshot("boms", "all", ("b1_bom", "b1_bom_line"), "ProductTrees"),
        snapshot("batch_stock", "batches", ("b1_batch_stock",), every=rarely),
        snapshot("serial_stock", "serials", ("b1_serial_stock",), every=rarely),
        delta("partners", "changed", ("b1_partner",), "BusinessPartners"),
        snapshot("periods", "periods", ("b1_period",)),
        snapshot("shipping_types", "all", ("b1_shipping_type",), "ShippingTypes"),
        snapshot("tax_codes", "all", ("b1_tax_code",), "VatGroups", "SalesTaxCodes"),
        snapshot("expense_types", "all", ("b1_expense_type",), "AdditionalExpenses"),
        snapshot("company", "company", ("b1_company",)),
        *(delta(name, "documents", _tables(table), entity_set) for name, (entity_set, table) in _DOCUMENTS.items()),
        # Drafts are deleted or turned into documents without a trace; only open ones say anything.
        snapshot("drafts", "open_documents", _tables("b1_draft"), "Drafts"),
        delta("incoming_payments", "rolling", _PAYMENT, "IncomingPayments", every=rarely, back=ROLLING),
        delta("outgoing_payments", "rolling", _PAYMENT, "VendorPayments", every=rarely, back=ROLLING),
        delta("journals", "rolling", ("b1_journal", "b1_journal_line"), "JournalEntries", every=rarely, back=ROLLING),
    )


_PAYMENT = ("b1_payment", "b1_payment_invoice")


def _tables(table: str) -> tuple[str, ...]:
    with_lines = (table, f"{table}_line")
    return with_lines if table in _WITHOUT_EXPENSES else (*with_lines, f"{table}_expense")
