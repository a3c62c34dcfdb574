"""Which entity sets there are: type, key, table, object code, and what the server keeps for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.sandbox.b1.properties import TYPES


@dataclass(frozen=True, slots=True)
class EntitySet:
    """`stamps`: names of the properties that a write over HTTP sets (date, time); payments and journals have none."""

    name: str
    type_name: str
    keys: tuple[str, ...]
    table: str
    object_code: int
    stamps: tuple[str, ...] = ()
    lines: str | None = None
    lines_table: str = ""

    @property
    def has_etag(self) -> bool:
        """Exactly the types that keep a DataVersion send entity tags."""
        return "DataVersion" in TYPES[self.type_name]

    @property
    def has_integer_key(self) -> bool:
        return len(self.keys) == 1 and TYPES[self.type_name][self.keys[0]] == "I"

    @property
    def is_document(self) -> bool:
        return self.type_name == "Document"


_STAMPS = ("UpdateDate", "UpdateTime")


def _document(name: str, table: str, lines_table: str, code: int) -> EntitySet:
    return EntitySet(name, "Document", ("DocEntry",), table, code, _STAMPS, "DocumentLines", lines_table)


_ALL = (
    _document("Quotations", "OQUT", "QUT1", 23),
    _document("Orders", "ORDR", "RDR1", 17),
    _document("DeliveryNotes", "ODLN", "DLN1", 15),
    _document("Returns", "ORDN", "RDN1", 16),
    _document("ReturnRequest", "ORRR", "RRR1", 234000031),
    _document("Invoices", "OINV", "INV1", 13),
    _document("CreditNotes", "ORIN", "RIN1", 14),
    _document("DownPayments", "ODPI", "DPI1", 203),
    _document("Drafts", "ODRF", "DRF1", 112),
    EntitySet("IncomingPayments", "Payment", ("DocEntry",), "ORCT", 24, lines="PaymentInvoices", lines_table="RCT2"),
    EntitySet("VendorPayments", "Payment", ("DocEntry",), "OVPM", 46, lines="PaymentInvoices", lines_table="VPM2"),
    EntitySet("JournalEntries", "JournalEntry", ("JdtNum",), "OJDT", 30, lines="JournalEntryLines", lines_table="JDT1"),
    EntitySet("Items", "Item", ("ItemCode",), "OITM", 4, _STAMPS),
    EntitySet("BusinessPartners", "BusinessPartner", ("CardCode",), "OCRD", 2, _STAMPS),
    EntitySet("Warehouses", "Warehouse", ("WarehouseCode",), "OWHS", 64),
    EntitySet("ProductTrees", "ProductTree", ("TreeCode",), "OITT", 66, lines="ProductTreeLines", lines_table="ITT1"),
    EntitySet("BatchNumberDetails", "BatchNumberDetail", ("DocEntry",), "OBTN", 10000044),
    EntitySet("SerialNumberDetails", "SerialNumberDetail", ("DocEntry",), "OSRN", 10000045),
    EntitySet("VatGroups", "VatGroup", ("Code",), "OVTG", 5),
    EntitySet("SalesTaxCodes", "SalesTaxCode", ("Code",), "OSTC", 128),
    EntitySet("ShippingTypes", "ShippingType", ("Code",), "OSHP", 49),
    EntitySet("AdditionalExpenses", "AdditionalExpense", ("ExpensCode",), "OEXD", 125),
    EntitySet("UserFieldsMD", "UserFieldMD", ("TableName", "FieldID"), "CUFD", 152),
    EntitySet("SQLQueries", "SQLQuery", ("SqlCode",), "OSQL", 0),
    EntitySet("ApprovalRequests", "ApprovalRequest", ("Code",), "OWDD", 122),
)
ENTITY_SETS: Mapping[str, EntitySet] = {entity_set.name: entity_set for entity_set in _ALL}
SET_OF_OBJECT: Mapping[int, EntitySet] = {entity_set.object_code: entity_set for entity_set in _ALL}

# A user field made on one sales document's table appears on the whole family.
DOCUMENT_TABLES = frozenset(entity_set.table for entity_set in _ALL if entity_set.is_document)
DOCUMENT_LINE_TABLES = frozenset(entity_set.lines_table for entity_set in _ALL if entity_set.is_document)
