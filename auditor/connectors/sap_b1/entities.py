"""What is asked of each entity set: the properties, and which of them a record is worthless without.

Nothing here names a person: no card names, addresses, remarks. A collection cannot be narrowed by `$select`, so its
rows are cut down to the named properties on arrival (`keep`): a document line has 235 properties, among them
addresses, and payment cards carry numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from auditor.settings import Settings


def names(text: str) -> tuple[str, ...]:
    """Words of a text, for lists of property names that read like prose."""
    return tuple(text.split())


@dataclass(frozen=True, slots=True)
class Rows:
    """A collection of an entity: `must` is in every row, `keep` is kept where a server has it."""

    name: str
    must: tuple[str, ...]
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity set as it is read.

    `must` is what checks lean on. `optional` may be refused by a server, then it is left out and told: a value that no
    check needs, or a field of the company's own that it does not have.
    """

    entity_set: str
    type_name: str
    key: str
    must: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    rows: tuple[Rows, ...] = ()
    is_numeric: bool = False

    @property
    def select(self) -> tuple[str, ...]:
        """Everything that is asked for, the key first."""
        plain = (self.key, *self.must, *self.optional)
        return tuple(dict.fromkeys((*plain, *(rows.name for rows in self.rows))))

    def literal(self, key: int | str) -> str:
        """A key as a filter writes it; a quote inside is doubled."""
        return str(int(key)) if self.is_numeric else quoted(str(key))

    def asking_for(self, must: Iterable[str], optional: Iterable[str | None]) -> Entity:
        """The same, asking for the company's own fields too."""
        needed = tuple(dict.fromkeys((*self.must, *must)))
        wanted = dict.fromkeys(name for name in (*self.optional, *optional) if name)
        return replace(self, must=needed, optional=tuple(name for name in wanted if name not in needed))


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


LINES = Rows(
    "DocumentLines",
    must=names(
        "LineNum ItemCode Quantity InventoryQuantity WarehouseCode UnitPrice Price LineTotal TaxTotal VatGroup "
        "TaxPercentagePerRow TreeType LineStatus RemainingOpenQuantity BaseType BaseEntry BaseLine"
    ),
    keep=names(
        "DiscountPercent RowTotalFC NetTaxAmountFC GrossTotal GrossTotalFC TaxCode Currency Rate ParentLineNum "
        "WithoutInventoryMovement LineType UnitsOfMeasurment UoMCode ShipDate AccountCode ActualBaseEntry "
        "ActualBaseLine BatchNumbers SerialNumbers PickStatusEx"
    ),
)
EXPENSES = Rows(
    "DocumentAdditionalExpenses",
    must=names("ExpenseCode LineTotal TaxSum"),
    keep=names("LineNum LineTotalFC TaxSumFC VatGroup TaxCode TaxPercent"),
)
_DOCUMENT_MUST = names(
    "DocNum Series CardCode NumAtCard DocumentStatus Cancelled CancelStatus DocDate CreationDate DocTime UpdateDate "
    "UpdateTime DocType DocCurrency DocTotal DocTotalFc VatSum VatSumFc TotalDiscount RoundingDiffAmount PaidToDate "
    "TrackingNumber TransportationCode"
)
_DOCUMENT_OPTIONAL = names(
    "DocDueDate TaxDate DocRate TotalDiscountFC DiscountPercent Rounding RoundingDiffAmountFC PaidToDateFC "
    "BPL_IDAssignedToInvoice ReserveInvoice AuthorizationStatus Confirmed DataVersion"
)


def _document(entity_set: str, optional: tuple[str, ...] = ()) -> Entity:
    return Entity(
        entity_set,
        "Document",
        "DocEntry",
        must=_DOCUMENT_MUST,
        optional=_DOCUMENT_OPTIONAL + optional,
        rows=(LINES, EXPENSES),
        is_numeric=True,
    )


def _payment(entity_set: str) -> Entity:
    return Entity(
        entity_set,
        "Payment",
        "DocEntry",
        must=names(
            "DocNum CardCode DocDate DocCurrency CashSum TransferSum TransferReference Reference1 Reference2 "
            "CounterReference Cancelled"
        ),
        optional=names("DocType DocRate TransferAccount TransferDate BillOfExchangeAmount BankChargeAmount"),
        rows=(
            Rows("PaymentInvoices", names("DocEntry SumApplied InvoiceType"), names("LineNum AppliedFC")),
            Rows("PaymentChecks", names("CheckSum"), names("LineNum")),
            Rows("PaymentCreditCards", names("CreditSum"), names("LineNum VoucherNum")),
        ),
        is_numeric=True,
    )


_ENTITIES = (
    _document("Orders"),
    _document("DeliveryNotes"),
    _document("Invoices"),
    _document("CreditNotes"),
    _document("Returns"),
    _document("Drafts", ("DocObjectCode",)),
    _payment("IncomingPayments"),
    _payment("VendorPayments"),
    Entity(
        "JournalEntries",
        "JournalEntry",
        "JdtNum",
        must=names("ReferenceDate Reference Reference2 Reference3 Memo"),
        optional=names("Number TaxDate DueDate TransactionCode OriginalJournal Original"),
        rows=(
            Rows(
                "JournalEntryLines",
                names("Line_ID AccountCode Debit Credit"),
                names("ShortName FCDebit FCCredit FCCurrency Reference1 Reference2"),
            ),
        ),
        is_numeric=True,
    ),
    Entity(
        "Items",
        "Item",
        "ItemCode",
        must=names(
            "Valid Frozen InventoryItem SalesItem ManageBatchNumbers ManageSerialNumbers TreeType SalesItemsPerUnit "
            "UpdateDate UpdateTime"
        ),
        optional=names(
            "ItemName BarCode SalesUnit DefaultWarehouse SalesVATGroup ArTaxCode SalesUnitWeight MovingAveragePrice "
            "CreateDate DataVersion"
        ),
        rows=(Rows("ItemPrices", names("PriceList Price"), names("Currency")),),
    ),
    Entity(
        "BusinessPartners",
        "BusinessPartner",
        "CardCode",
        must=names("CardType"),
        optional=names("GroupCode Currency Valid Frozen CurrentAccountBalance UpdateDate UpdateTime DataVersion"),
    ),
    Entity(
        "Warehouses",
        "Warehouse",
        "WarehouseCode",
        must=names("Inactive"),
        optional=names("WarehouseName DropShip Nettable EnableBinLocations BusinessPlaceID"),
    ),
    Entity(
        "ProductTrees",
        "ProductTree",
        "TreeCode",
        must=names("TreeType Quantity"),
        rows=(
            Rows(
                "ProductTreeLines",
                names("ItemCode Quantity"),
                names("ChildNum VisualOrder Warehouse ItemType IssueMethod"),
            ),
        ),
    ),
    Entity("ShippingTypes", "ShippingType", "Code", must=("Name",), is_numeric=True),
    Entity(
        "VatGroups",
        "VatGroup",
        "Code",
        must=names("Inactive"),
        optional=names("Name Category"),
        rows=(Rows("VatGroups_Lines", names("Rate"), names("Effectivefrom")),),
    ),
    Entity("SalesTaxCodes", "SalesTaxCode", "Code", must=("Rate",), optional=names("Name Inactive")),
    Entity(
        "AdditionalExpenses",
        "AdditionalExpense",
        "ExpensCode",
        must=("Name",),
        optional=("OutputVATGroup",),
        is_numeric=True,
    ),
)

STOCK = Entity(
    "Items",
    "Item",
    "ItemCode",
    rows=(Rows("ItemWarehouseInfoCollection", names("WarehouseCode InStock Committed Ordered"), ("Locked",)),),
)


def entities(settings: Settings) -> dict[str, Entity]:
    """Each entity set by name, with the fields in which this company keeps what B1 has no field for."""
    own = settings.b1.fields
    of_documents = (
        own.refund_id,
        own.payment_id,
        own.return_reason,
        own.package_id,
        own.idempotency_key,
    )
    # Without its reference no order is recognised, and all of them would look missing.
    references = [channel.reference.field for channel in settings.channel]
    by_type: dict[str, tuple[str | None, ...]] = {
        "Document": of_documents,
        "Payment": (own.idempotency_key,),
        "JournalEntry": (own.payout_id, own.idempotency_key),
        "Item": (own.stock_buffer, own.hs_code, own.web_item, own.web_from, own.item_tracking),
    }
    return {
        entity.entity_set: entity.asking_for(
            references if entity.type_name == "Document" else (), by_type.get(entity.type_name, ())
        )
        for entity in _ENTITIES
    }
