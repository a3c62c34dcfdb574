"""Raw bodies through shape.sql into canonical rows, by the road they take in production: extract, land, shape."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.sap_b1 import B1Connector
from auditor.extract.progress import ExtractResult
from auditor.extract.run import extract_all
from auditor.store.owner import Store
from tests.connectors.sap_b1.conftest import Make, channel, document, line
from tests.connectors.sap_b1.fake import FakeB1, Number

Rows = list[dict[str, Any]]
Table = Callable[[str], Rows]


class Silent:
    """Progress that nobody looks at."""

    def started(self, system: str, stream: str) -> None: ...

    def advanced(self, system: str, stream: str, rows: int) -> None: ...

    def finished(self, result: ExtractResult) -> None: ...


@pytest.fixture
def shaped(clock: FixedClock) -> Callable[[B1Connector], Table]:
    """Reads everything a connector has and returns the canonical tables by name."""

    def run(connector: B1Connector) -> Table:
        store = Store.in_memory(clock)
        results = extract_all(store, [connector], clock, timedelta(days=90), Silent())
        assert [result.reason for result in results if result.status != "complete"] == []
        assert [result.reason for result in shape_pending(store, [connector], clock) if result.reason] == []

        def table(name: str) -> Rows:
            with store.workspace(clock.now() + timedelta(hours=1)) as con:
                found = con.sql(f"SELECT * FROM canonical.{name} ORDER BY ALL")
                return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]

        return table

    return run


def test_an_order_with_lines_and_delivery_charge(
    connector: B1Connector, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    b1.sets["Orders"] = [
        document(
            7,
            Series=11,
            DocDueDate="2026-03-05T00:00:00Z",
            TaxDate="2026-03-01",
            CreationDate="2026-07-01T00:00:00Z",
            UpdateDate="2026-07-02",
            UpdateTime="00:30:05",
            DocTotal=Number("25.190000"),
            VatSum=Number("4.20"),
            TotalDiscount=1.5,
            RoundingDiffAmount=-0.01,
            PaidToDate=25.19,
            TrackingNumber=" 1z 99-9 ",
            TransportationCode=3,
            AuthorizationStatus="dasWithout",
            DataVersion=4,
            U_RefundId=" ",
            U_PackageId="pkg-1",
            U_AuditorKey="k",
            DocumentLines=[
                line(UnitPrice=12.5, Price=10.0, DiscountPercent=20.0, VatGroup="O1", TaxPercentagePerRow=20.0),
                line(LineNum=3, ItemCode="TEA", TreeType="iSalesTree", InventoryQuantity=24.0, LineStatus="bost_Close"),
                line(
                    LineNum=4, ItemCode="BAG", TreeType="I", UnitsOfMeasurment=12.0, ParentLineNum=3, TaxCode="NY",
                    BaseType=17, BaseEntry=5, BaseLine=1, WithoutInventoryMovement="tYES",
                ),
            ],
            DocumentAdditionalExpenses=[
                {"LineNum": 0, "ExpenseCode": 1, "LineTotal": 4.0, "TaxSum": 0.8, "VatGroup": "O1"},
            ],
        )
    ]  # fmt: skip
    table = shaped(connector)
    (order,) = table("b1_order")
    assert order == order | {
        "doc_entry": 7, "doc_num": 5007, "series": 11, "card_code": "C-SHOPIFY", "num_at_card": "#1007",
        "reference": "#1007", "status": "open", "is_cancelled": False, "is_cancellation": False,
        "doc_on": date(2026, 3, 1), "due_on": date(2026, 3, 5), "tax_on": date(2026, 3, 1),
        "created_on": date(2026, 7, 1), "created_at": datetime.fromisoformat("2026-07-01T18:32:42"),
        "updated_at": datetime.fromisoformat("2026-07-01T23:30:05"), "currency": "GBP", "total": Decimal("25.19"),
        "tax": Decimal("4.20"), "discount": Decimal("1.5"), "rounding": Decimal("-0.01"),
        "paid_to_date": Decimal("25.19"), "total_local": Decimal("25.19"), "tax_local": Decimal("4.20"),
        "is_service": False, "is_reserve": False, "tracking_number": "1z 99-9", "tracking_key": "1Z999",
        "shipping_type": 3, "authorization_status": "without", "refund_id": None, "payment_id": None,
        "package_id": "pkg-1", "idempotency_key": "k", "data_version": 4,
    }  # fmt: skip
    plain, tree, part = table("b1_order_line")
    assert plain == plain | {
        "doc_entry": 7, "line_num": 0, "item_code": "MUG", "quantity": 2, "inventory_quantity": 2, "open_quantity": 2,
        "warehouse": "01", "unit_price": Decimal("12.5"), "price": 10, "discount_percent": 20, "net": 20, "tax": 4,
        "gross": 24, "tax_code": "O1", "tax_rate": Decimal("0.2"), "currency": "GBP", "status": "open",
        "base_type": -1, "base_entry": None, "tree_type": None, "parent_line_num": None,
        "without_stock_movement": False,
    }  # fmt: skip
    assert (tree["tree_type"], tree["inventory_quantity"], tree["status"]) == ("sales_tree", 24, "closed")
    assert part == part | {
        "tree_type": "ingredient", "inventory_quantity": 24, "parent_line_num": 3, "tax_code": "NY", "base_type": 17,
        "base_entry": 5, "base_line": 1, "without_stock_movement": True,
    }  # fmt: skip
    (expense,) = table("b1_order_expense")
    assert expense == expense | {
        "doc_entry": 7, "line_num": 0, "expense_code": 1, "net": 4, "tax": Decimal("0.8"), "gross": Decimal("4.8"),
        "tax_code": "O1", "currency": "GBP",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("cancelled", "status", "expected"),
    [
        ("tNO", "csNo", (False, False)),
        ("tYES", "csYes", (True, False)),
        ("tYES", "csCancellation", (False, True)),
        ("tNO", "csCancellation", (False, True)),
        ("Y", "Y", (True, False)),
        ("N", "C", (False, True)),
        ("tYES", None, (True, False)),
    ],
)
def test_a_cancelled_document_and_the_one_that_cancels_it(
    cancelled: str,
    status: str | None,
    expected: tuple[bool, bool],
    connector: B1Connector,
    b1: FakeB1,
    shaped: Callable[[B1Connector], Table],
) -> None:
    b1.sets["Invoices"] = [document(1, Cancelled=cancelled, CancelStatus=status, DocumentStatus="C")]
    (invoice,) = shaped(connector)("b1_invoice")
    assert (invoice["is_cancelled"], invoice["is_cancellation"]) == expected
    assert invoice["status"] == "closed"


def test_a_document_in_another_currency_has_its_amounts_there(
    connector: B1Connector, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    b1.sets["CreditNotes"] = [
        document(
            1, DocCurrency="EUR", DocTotal=20.5, DocTotalFc=24.6, VatSum=3.42, VatSumFc=4.1, PaidToDate=1.0,
            PaidToDateFC=1.2, TotalDiscountFC=0.5, RoundingDiffAmountFC=0.02,
            DocumentLines=[line(LineTotal=17.08, RowTotalFC=20.5, TaxTotal=3.42, NetTaxAmountFC=4.1, Currency="EUR")],
            DocumentAdditionalExpenses=[
                {"LineNum": 0, "ExpenseCode": 1, "LineTotal": 1.0, "LineTotalFC": 1.2, "TaxSum": 0.2, "TaxSumFC": 0.24}
            ],
        ),
        document(2, DocCurrency="£"),
        document(3, DocCurrency=None),
    ]  # fmt: skip
    table = shaped(connector)
    foreign, sign, none = table("b1_credit_memo")
    assert foreign == foreign | {
        "currency": "EUR", "total": Decimal("24.6"), "tax": Decimal("4.1"), "paid_to_date": Decimal("1.2"),
        "discount": Decimal("0.5"), "rounding": Decimal("0.02"), "total_local": Decimal("20.5"),
        "tax_local": Decimal("3.42"),
    }  # fmt: skip
    assert (sign["currency"], sign["total"], none["currency"], none["total"]) == ("GBP", 24, "GBP", 24)
    foreign_line = table("b1_credit_memo_line")[0]
    assert (foreign_line["net"], foreign_line["tax"], foreign_line["gross"], foreign_line["currency"]) == (
        Decimal("20.5"), Decimal("4.1"), Decimal("24.6"), "EUR",
    )  # fmt: skip
    (expense,) = table("b1_credit_memo_expense")
    assert (expense["net"], expense["tax"], expense["gross"]) == (Decimal("1.2"), Decimal("0.24"), Decimal("1.44"))


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("24.1", "24.1"),
        ("0.30000000000000004", "0.3"),
        ("2.41E1", "24.1"),
        ("1e-05", "0.00001"),
        ("-0.0", "0"),
        ("123456789.123456", "123456789.123456"),
    ],
)
def test_numbers_are_exact_however_they_are_written(
    written: str, amount: str, connector: B1Connector, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    b1.sets["Invoices"] = [document(1, DocTotal=Number(written), DocumentLines=[line(Quantity=Number(written))])]
    table = shaped(connector)
    assert table("b1_invoice")[0]["total"] == Decimal(amount)
    assert table("b1_invoice_line")[0]["quantity"] == Decimal(amount)


def test_a_number_that_does_not_fit_is_told_and_not_taken_for_none(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Invoices"] = [document(1, DocTotal=Number("1e22"))]
    store = Store.in_memory(clock)
    extract_all(store, [connector], clock, timedelta(days=90), Silent(), only={("b1", "invoices")})
    (result,) = shape_pending(store, [connector], clock)
    assert result.reason is not None
    assert "record 1" in result.reason


def test_of_an_hour_that_occurs_twice_the_first_is_meant(
    connector: B1Connector, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    b1.sets["Orders"] = [
        document(1, UpdateDate="2026-10-25", UpdateTime="01:30:00"),
        document(2, UpdateDate="2026-10-25", UpdateTime="02:30:00"),
        document(3, UpdateDate="2026-03-29", UpdateTime="02:30:00"),
        document(4, UpdateDate="2026-03-29", UpdateTime=None),
    ]
    assert [f"{order['updated_at']:%m-%d %H:%M}" for order in shaped(connector)("b1_order")] == [
        "10-25 00:30",
        "10-25 02:30",
        "03-29 01:30",
        "03-29 00:00",
    ]


def test_each_channel_has_its_reference_where_it_says(
    make: Make, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    connector = make(
        channels=[
            channel("web", reference={"field": "U_WebOrder"}, card_code="C-'WEB\""),
            channel("shop", card_code="C-SHOP"),
        ]
    )
    b1.sets["Orders"] = [
        document(1, CardCode="C-'WEB\"", NumAtCard="PO 9", U_WebOrder="W-1"),
        document(2, CardCode="C-SHOP", NumAtCard=" S-2 ", U_WebOrder="x"),
        document(3, CardCode="C-OTHER", NumAtCard="O-3", U_WebOrder="W-3"),
        document(4, CardCode="C-SHOP", NumAtCard=" ", U_WebOrder="W-4"),
    ]
    assert [order["reference"] for order in shaped(connector)("b1_order")] == ["W-1", "S-2", "W-3", None]


def test_fields_a_company_does_not_use_are_unknown(
    make: Make, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    unused = dict.fromkeys(("refund_id", "payment_id", "return_reason", "package_id", "idempotency_key"))
    b1.sets["Returns"] = [document(1)]
    (returned,) = shaped(make(fields=unused))("b1_return")
    assert {returned[name] for name in unused} == {None}


def test_drafts_say_what_they_will_become(
    connector: B1Connector, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    b1.sets["Drafts"] = [document(1, DocObjectCode="oCreditNotes"), document(2, DocObjectCode="17")]
    table = shaped(connector)
    assert [draft["object_code"] for draft in table("b1_draft")] == ["14", "17"]
    assert len(table("b1_draft_line")) == 2


def test_items_prices_stock_and_boms(make: Make, b1: FakeB1, shaped: Callable[[B1Connector], Table]) -> None:
    b1.sets["Items"] = [
        {
            "ItemCode": "MUG", "ItemName": "Mug", "BarCode": "", "InventoryItem": "tYES", "SalesItem": "Y",
            "Valid": "tYES", "Frozen": "tNO", "ManageBatchNumbers": "tNO", "ManageSerialNumbers": "tYES",
            "TreeType": "iNotATree", "SalesUnit": "pc", "SalesItemsPerUnit": 6.0, "DefaultWarehouse": "01",
            "SalesVATGroup": "", "ArTaxCode": "NY", "UpdateDate": None, "U_WebBuffer": 3.0,
            "ItemPrices": [{"PriceList": 1, "Price": 10.99, "Currency": None}, {"PriceList": 2, "Price": None}],
        }
    ]  # fmt: skip
    b1.sql_rows["AUD_ITEM_WAREHOUSE"] = [
        {"ItemCode": "MUG", "WhsCode": "01", "OnHand": 7.5, "IsCommited": 1.0, "OnOrder": 2.0, "Locked": "Y"}
    ]
    b1.sets["ProductTrees"] = [
        {
            "TreeCode": "SET", "TreeType": "iSalesTree", "Quantity": 1.0,
            "ProductTreeLines": [
                {"ItemCode": "MUG", "Quantity": 2.0, "ChildNum": 0, "Warehouse": "01", "ItemType": "pit_Item"},
                {"ItemCode": "", "Quantity": 0.0, "ChildNum": 1, "ItemType": "pit_Text"},
            ],
        }
    ]  # fmt: skip
    table = shaped(make(fields={"stock_buffer": "U_WebBuffer"}))
    (item,) = table("b1_item")
    assert item == item | {
        "item_code": "MUG", "barcode": None, "is_inventory": True, "is_sales": True, "is_valid": True,
        "is_frozen": False, "manages_batches": False, "manages_serials": True, "tree_type": "not_a_tree",
        "items_per_sales_unit": 6, "sales_tax_code": "NY", "stock_buffer": 3, "updated_at": None,
    }  # fmt: skip
    assert table("b1_item_price") == [
        {"item_code": "MUG", "price_list": 1, "price": Decimal("10.99"), "currency": "GBP"}
    ]
    assert table("b1_item_warehouse") == [
        {
            "item_code": "MUG", "warehouse": "01", "on_hand": Decimal("7.5"), "committed": 1, "ordered": 2,
            "is_locked": True,
        }
    ]  # fmt: skip
    assert table("b1_bom") == [{"item_code": "SET", "tree_type": "sales_tree", "quantity": 1}]
    assert table("b1_bom_line") == [
        {"item_code": "SET", "child_num": 0, "component_code": "MUG", "quantity": 2, "warehouse": "01"}
    ]


def test_a_warehouse_that_stops_answering_vanishes_from_the_stock(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    rows = [
        {"ItemCode": "MUG", "WhsCode": code, "OnHand": 5.0, "IsCommited": 0.0, "OnOrder": 0.0, "Locked": "N"}
        for code in ("01", "02")
    ]
    store = Store.in_memory(clock)
    seen = []
    for answering in (rows, rows[:1], rows):
        b1.sql_rows["AUD_ITEM_WAREHOUSE"] = answering
        extract_all(store, [connector], clock, timedelta(days=90), Silent(), only={("b1", "stock")})
        shape_pending(store, [connector], clock)
        clock.advance(timedelta(minutes=15))
        with store.workspace(clock.now()) as con:
            query = "SELECT warehouse FROM canonical.b1_item_warehouse ORDER BY warehouse"
            seen.append([code for (code,) in con.sql(query).fetchall()])
    assert seen == [["01", "02"], ["01"], ["01", "02"]]


def test_batches_serials_and_master_data(
    connector: B1Connector, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    batch = {"ItemCode": "JAM", "DistNumber": "L-77", "WhsCode": "01", "Quantity": 12.0}
    b1.sql_rows["AUD_BATCH_STOCK"] = [
        {**batch, "Status": "0", "ExpDate": "20270131"},
        {**batch, "DistNumber": "L-78", "Status": "2", "ExpDate": None},
    ]
    b1.sql_rows["AUD_SERIAL_STOCK"] = [{"ItemCode": "TV", "DistNumber": "SN-1", "WhsCode": "02", "Quantity": 1.0}]
    b1.sets["Warehouses"] = [{"WarehouseCode": "09", "WarehouseName": "Returns", "Inactive": "tYES", "Nettable": "tNO"}]
    b1.sets["BusinessPartners"] = [
        {"CardCode": "C-SHOPIFY", "CardType": "cCustomer", "GroupCode": 100, "Currency": "##", "Valid": "tYES",
         "Frozen": "tNO", "CurrentAccountBalance": -12.5, "UpdateDate": "2026-03-01", "UpdateTime": "10:00:00"},
    ]  # fmt: skip
    b1.sets["ShippingTypes"] = [{"Code": 3, "Name": "Royal Mail 48"}]
    b1.sets["AdditionalExpenses"] = [{"ExpensCode": 1, "Name": "Delivery", "OutputVATGroup": "O1"}]
    b1.sets["VatGroups"] = [
        {"Code": "O1", "Name": "Output", "Category": "bovcOutputTax", "Inactive": "tNO",
         "VatGroups_Lines": [
             {"Effectivefrom": "2011-01-04T00:00:00Z", "Rate": 20.0}, {"Effectivefrom": None, "Rate": 17.5},
         ]},
    ]  # fmt: skip
    b1.sets["SalesTaxCodes"] = [{"Code": "NY", "Name": "New York", "Rate": 8.875, "Inactive": "tYES"}]
    period = {"PostingDateFrom": "2026-01-01T00:00:00Z", "PostingDateTo": "2026-01-31"}
    states = ("ltUnlocked", "ltUnlockedExceptSales", "ltPeriodClosing", "ltLocked", "ltNew")
    b1.periods = {
        1: [
            {"AbsoluteEntry": n, "PeriodCode": f"P{n}", "PeriodStatus": state, **period}
            for n, state in enumerate(states)
        ]
    }
    table = shaped(connector)
    assert [(row["batch"], row["status"], row["expires_on"]) for row in table("b1_batch_stock")] == [
        ("L-77", "released", date(2027, 1, 31)),
        ("L-78", "locked", None),
    ]
    assert table("b1_serial_stock") == [{"item_code": "TV", "serial": "SN-1", "warehouse": "02", "quantity": 1}]
    assert table("b1_warehouse") == [
        {"warehouse": "09", "name": "Returns", "is_inactive": True, "is_drop_ship": False, "is_nettable": False}
    ]
    (partner,) = table("b1_partner")
    assert (partner["card_type"], partner["balance"], partner["is_valid"]) == ("customer", Decimal("-12.5"), True)
    assert table("b1_shipping_type") == [{"shipping_type": 3, "name": "Royal Mail 48"}]
    assert table("b1_expense_type") == [{"expense_code": 1, "name": "Delivery", "tax_code": "O1"}]
    assert [
        (row["tax_code"], row["category"], row["tax_rate"], row["effective_from"], row["is_inactive"])
        for row in table("b1_tax_code")
    ] == [
        ("NY", None, Decimal("0.08875"), None, True),
        ("O1", "output", Decimal("0.175"), None, False),
        ("O1", "output", Decimal("0.2"), date(2011, 1, 4), False),
    ]
    assert [row["status"] for row in table("b1_period")] == ["open", "closing", "closing", "locked", "unknown"]
    assert table("b1_period")[0]["from_on"] == date(2026, 1, 1)
    assert {"setting": "LocalCurrency", "value": "GBP"} in table("b1_company")
    assert {"setting": "TotalsAccuracy", "value": "2"} in table("b1_company")


def test_payments_add_up_their_means(
    connector: B1Connector, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    payment = {
        "DocEntry": 5, "DocNum": 50, "DocDate": "2026-03-01T00:00:00Z", "CardCode": "C-SHOPIFY", "Cancelled": "tNO",
        "CashSum": 1.1, "TransferSum": 117.6, "TransferAccount": "161020", "TransferReference": "PO-1",
        "CounterReference": "po_9k2", "PaymentChecks": [{"CheckSum": 2.2}],
        "PaymentCreditCards": [{"CreditSum": 3.3}, {"CreditSum": 0.4}],
        "PaymentInvoices": [
            {"LineNum": 0, "DocEntry": 1201, "InvoiceType": "it_Invoice", "SumApplied": 120.0, "AppliedFC": 0.0},
            {"LineNum": 1, "DocEntry": 88, "InvoiceType": "it_CredItnote", "SumApplied": -2.4, "AppliedFC": 0.0},
            {"LineNum": 2, "DocEntry": 3, "InvoiceType": "it_Receipt", "SumApplied": 1.0, "AppliedFC": 0.0},
        ],
        "U_AuditorKey": "payout:1",
    }  # fmt: skip
    b1.sets["IncomingPayments"] = [payment]
    b1.sets["VendorPayments"] = [{**payment, "PaymentInvoices": [], "PaymentCreditCards": None, "Cancelled": "tYES"}]
    table = shaped(connector)
    incoming, outgoing = table("b1_payment")
    assert incoming == incoming | {
        "doc_entry": 5, "direction": "incoming", "total": Decimal("124.6"), "transfer_sum": Decimal("117.6"),
        "transfer_reference": "PO-1", "counter_reference": "po_9k2", "is_cancelled": False, "currency": "GBP",
        "doc_on": date(2026, 3, 1), "idempotency_key": "payout:1", "reference1": None,
    }  # fmt: skip
    assert (outgoing["direction"], outgoing["total"], outgoing["is_cancelled"]) == ("outgoing", Decimal("120.9"), True)
    assert [(row["invoice_type"], row["invoice_entry"], row["applied"]) for row in table("b1_payment_invoice")] == [
        ("invoice", 1201, 120),
        ("credit_memo", 88, Decimal("-2.4")),
        ("other", 3, 1),
    ]


@pytest.mark.parametrize(("field", "payout"), [("Reference", "PO-1"), ("U_Payout", "po_9k2")])
def test_journals_carry_the_payout_where_the_company_keeps_it(
    field: str, payout: str, make: Make, b1: FakeB1, shaped: Callable[[B1Connector], Table]
) -> None:
    b1.sets["JournalEntries"] = [
        {
            "JdtNum": 9, "Number": 90, "ReferenceDate": "2026-03-02T00:00:00Z", "TaxDate": "2026-03-02",
            "Memo": "Payout", "Reference": "PO-1", "Reference2": "", "U_Payout": "po_9k2",
            "OriginalJournal": "ttJournalEntry", "Original": 9,
            "JournalEntryLines": [
                {"Line_ID": 0, "AccountCode": "161020", "Debit": 117.6, "Credit": 0.0, "ShortName": "161020"},
                {"Line_ID": 1, "AccountCode": "161090", "Debit": 0.0, "Credit": 117.6, "FCCurrency": ""},
            ],
        }
    ]  # fmt: skip
    table = shaped(make(fields={"payout_id": field}))
    (journal,) = table("b1_journal")
    assert journal == journal | {
        "trans_id": 9, "number": 90, "reference_on": date(2026, 3, 2), "memo": "Payout", "reference": "PO-1",
        "reference2": None, "source_type": "ttJournalEntry", "source_entry": 9, "payout_id": payout,
    }  # fmt: skip
    debit, credit = table("b1_journal_line")
    assert (debit["account"], debit["debit"], credit["credit"]) == ("161020", Decimal("117.6"), Decimal("117.6"))
