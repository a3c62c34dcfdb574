"""A small company for the tests of the simulated Service Layer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from auditor.clock import Clock
from auditor.sandbox.b1 import B1State

D = Decimal


def small_company(clock: Clock) -> B1State:
    """Three items (one managed by batch), two warehouses, one customer, one period per quarter."""
    state = B1State(clock)
    for code in ("01", "02"):
        state.put("Warehouses", {"WarehouseCode": code, "WarehouseName": f"Warehouse {code}", "Inactive": "tNO"})
    state.put("BusinessPartners", {
        "CardCode": "C-SHOPIFY", "CardName": "Shopify UK", "CardType": "cCustomer", "DebitorAccount": "1100",
        "DataVersion": 1,
    })  # fmt: skip
    state.put("VatGroups", {"Code": "O1", "Name": "Output 20 %", "Inactive": "tNO", "VatGroups_Lines": [
        {"Effectivefrom": date(2011, 1, 4), "Rate": D("20")}, {"Effectivefrom": date(2010, 1, 1), "Rate": D("17.5")},
    ]})  # fmt: skip
    state.put("ShippingTypes", {"Code": 3, "Name": "Royal Mail 48", "Website": None})
    state.put("AdditionalExpenses", {"ExpensCode": 1, "Name": "Delivery", "OutputVATGroup": "O1", "DataVersion": 1})
    for code, batch in (("MUG", "tNO"), ("BOWL", "tNO"), ("JAM", "tYES")):
        state.put("Items", item(code, {"01": 10, "02": 4}, ManageBatchNumbers=batch))
    state.put("BatchNumberDetails", {
        "DocEntry": 1, "ItemCode": "JAM", "Batch": "L-77", "Status": "bdsStatus_Released", "SystemNumber": 1,
        "ExpirationDate": date(2027, 1, 31),
    })  # fmt: skip
    state.put_sql_row("OBTQ", {"ItemCode": "JAM", "SysNumber": 1, "WhsCode": "01", "Quantity": D(8), "MdAbsEntry": 1})
    for number, (first, last, status) in enumerate(
        (
            (date(2025, 10, 1), date(2025, 12, 31), "Y"),
            (date(2026, 1, 1), date(2026, 3, 31), "N"),
            (date(2026, 4, 1), date(2026, 6, 30), "S"),
        ),
        start=1,
    ):
        state.put_sql_row("OFPR", {
            "AbsEntry": number, "Code": f"Q{number}", "Name": f"Q{number}", "F_RefDate": first, "T_RefDate": last,
            "PeriodStat": status, "Category": 1, "Indicator": "Default",
        })  # fmt: skip
    state.put("UserFieldsMD", {
        "TableName": "ORIN", "FieldID": 0, "Name": "RefundId", "Type": "db_Alpha", "Size": 50, "SubType": "st_None",
        "Description": "refund",
    })  # fmt: skip
    return state


def item(code: str, in_stock: Mapping[str, int], **more: Any) -> dict[str, Any]:
    return {
        "ItemCode": code, "ItemName": code.title(), "InventoryItem": "tYES", "SalesItem": "tYES", "Valid": "tYES",
        "Frozen": "tNO", "ManageBatchNumbers": "tNO", "ManageSerialNumbers": "tNO", "DefaultWarehouse": "01",
        "SalesVATGroup": "O1", "SalesItemsPerUnit": D(1), "TreeType": "iNotATree", "DataVersion": 1,
        "CreateDate": date(2025, 1, 2), "UpdateDate": date(2026, 1, 5), "UpdateTime": "09:30:00",
        "ItemPrices": [{"PriceList": 1, "Price": D("10.00"), "Currency": "GBP"}],
        "ItemWarehouseInfoCollection": [
            {"WarehouseCode": warehouse, "InStock": D(quantity), "Committed": D(0), "Ordered": D(0), "Locked": "tNO"}
            for warehouse, quantity in in_stock.items()
        ],
        **more,
    }  # fmt: skip


def order(doc_entry: int, **more: Any) -> dict[str, Any]:
    """An order of two mugs as it is kept; one a day from the first of January 2026 on."""
    day = date(2026, 1, 1) + timedelta(days=doc_entry % 80)
    return {
        "DocEntry": doc_entry, "DocNum": 5000 + doc_entry, "CardCode": "C-SHOPIFY", "NumAtCard": f"#{1000 + doc_entry}",
        "DocDate": day, "CreationDate": day, "UpdateDate": day, "UpdateTime": "18:38:42", "DocumentStatus": "bost_Open",
        "Cancelled": "tNO", "CancelStatus": "csNo", "DocTotal": D("24.00"), "VatSum": D("4.00"), "DocCurrency": "GBP",
        "DataVersion": 3, "TrackingNumber": None, "DocumentLines": [order_line()], "DocumentAdditionalExpenses": [],
        **more,
    }  # fmt: skip


def order_line(**more: Any) -> dict[str, Any]:
    return {
        "LineNum": 0, "ItemCode": "MUG", "ItemDescription": "Mug", "Quantity": D(2), "InventoryQuantity": D(2),
        "RemainingOpenQuantity": D(2),
        "WarehouseCode": "01", "UnitPrice": D("10.00"), "Price": D("10.00"), "DiscountPercent": D(0),
        "LineTotal": D("20.00"), "TaxTotal": D("4.00"), "VatGroup": "O1", "TaxPercentagePerRow": D(20),
        "UnitsOfMeasurment": D(1), "LineStatus": "bost_Open", "BaseType": -1, "BaseEntry": None, "BaseLine": None,
        "TreeType": "iNotATree", **more,
    }  # fmt: skip
