"""What all systems hold beside the sales: customers, tax groups, freight types, items, warehouses, listings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, STANDARD
from auditor.sandbox.business import Business
from auditor.sandbox.catalogue import Item, Listing, Shop
from auditor.sandbox.documents import (
    GOODWILL,
    HANDLING,
    OTHER_STANDARD,
    RAISED,
    REDUCED,
    SHIPPING,
    STANDARD_CODE,
    TIP,
    ZERO_CODE,
    Doc,
    net_price,
    raised_on,
    vat_group,
)
from auditor.sandbox.life import CARRIERS
from auditor.sandbox.stock import NEVER_ANSWERS, Stock

USER_FIELDS = ("RefundId", "PaymentId", "ReturnReason", "PackageId", "AuditorKey")
ITEM_FIELDS = ("HsCode", "Web", "WebFrom", "Tracking")
_DOCUMENT_TABLES = ("ORDR", "ODLN", "OINV", "ORIN", "ORDN", "ODRF", "ODPI")
_OTHER_TABLES = ("ORCT", "OVPM", "OJDT")
_EXPENSES = {SHIPPING: "Shipping", GOODWILL: "Goodwill and fees", TIP: "Tips", HANDLING: "Handling"}
_LONG_AGO = date(2020, 1, 1)
UNKNOWN_SKU = "LEGACY-TOTE"


def b1_masters(business: Business) -> Iterator[tuple[str, Doc]]:
    """Entity set and body of every master record except the items."""
    partners = [(shop.card_code, shop.name) for shop in business.shops]
    for code, name in (*partners, ("C-TRADE", "Pennine Gift Wholesale")):
        yield "BusinessPartners", {
            "CardCode": code, "CardName": name, "CardType": "cCustomer", "GroupCode": 100, "Currency": CURRENCY,
            "Valid": "tYES", "Frozen": "tNO", "CurrentAccountBalance": ZERO, "CreateDate": _LONG_AGO,
            "UpdateDate": _LONG_AGO, "UpdateTime": "08:00:00", "DataVersion": 1,
        }  # fmt: skip
    for code, name, rates in _tax_codes(business.now.date()):
        yield "VatGroups", {
            "Code": code, "Name": name, "Category": "bovcOutputTax", "Inactive": "tNO",
            "VatGroups_Lines": [{"Effectivefrom": day, "Rate": Decimal(rate)} for day, rate in rates],
        }  # fmt: skip
    for number, name in {**{number: name for number, (name, _) in CARRIERS.items()}, **business.carriers}.items():
        yield "ShippingTypes", {"Code": number, "Name": name, "Website": None}
    for number, name in _EXPENSES.items():
        yield "AdditionalExpenses", {"ExpensCode": number, "Name": name, "OutputVATGroup": "O1", "DataVersion": 1}
    for warehouse in business.warehouses:
        yield "Warehouses", {
            "WarehouseCode": warehouse.code, "WarehouseName": warehouse.name, "DropShip": "tNO", "Nettable": "tYES",
            "Inactive": "tYES" if warehouse.is_inactive else "tNO", "EnableBinLocations": "tNO",
        }  # fmt: skip
    for recipe in business.recipes.values():
        if recipe.kind == "kit":
            yield "ProductTrees", _tree(recipe.sku, recipe.parts)
    for number, name in enumerate(USER_FIELDS):
        for table in (*_DOCUMENT_TABLES, *_OTHER_TABLES):
            yield "UserFieldsMD", {
                "TableName": table, "FieldID": number, "Name": name, "Type": "db_Alpha", "Size": 100,
                "SubType": "st_None", "Description": name,
            }  # fmt: skip
    for number, name in enumerate(ITEM_FIELDS):
        yield "UserFieldsMD", {
            "TableName": "OITM", "FieldID": number, "Name": name, "Type": "db_Alpha", "Size": 20,
            "SubType": "st_None", "Description": name,
        }  # fmt: skip


def _tax_codes(today: date) -> Iterator[tuple[str, str, list[tuple[date, int]]]]:
    """Code, name, and its rates with the day from which each holds."""
    yield STANDARD_CODE, "Output VAT 20 %", [(_LONG_AGO, 20)]
    yield ZERO_CODE, "Output VAT 0 %", [(_LONG_AGO, 0)]
    yield REDUCED, "Output VAT 5 %", [(_LONG_AGO, 5)]
    yield OTHER_STANDARD, "Output VAT 20 %, services", [(_LONG_AGO, 20)]
    yield RAISED, "Output VAT, raised", [(_LONG_AGO, 20), (raised_on(today), 21)]


def _tree(code: str, parts: tuple[tuple[str, int], ...]) -> Doc:
    return {
        "TreeCode": code, "TreeType": "iSalesTree", "Quantity": 1, "Warehouse": "01", "PriceList": 1,
        "ProductTreeLines": [
            {"ItemCode": part, "Quantity": count, "Warehouse": "01", "PriceList": 1, "Price": ZERO,
             "ParentItem": code, "ChildNum": number, "VisualOrder": number, "ItemType": "pit_Item",
             "IssueMethod": "im_Manual"}
            for number, (part, count) in enumerate(parts)
        ],
    }  # fmt: skip


def periods(business: Business) -> Iterator[dict[str, Any]]:
    """Rows of OFPR: a month each, from two years before until the year's end; the oldest are locked."""
    day = date(business.now.year - 2, 1, 1)
    number = 0
    while day.year <= business.now.year + 1:
        number += 1
        following = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        last = following - timedelta(days=1)
        is_old = last < business.now.date() - timedelta(days=400)
        yield {
            "AbsEntry": number, "Code": f"{day:%Y-%m}", "Name": f"{day:%Y-%m}", "F_RefDate": day, "T_RefDate": last,
            "F_DueDate": day, "T_DueDate": last + timedelta(days=90), "F_TaxDate": day, "T_TaxDate": last,
            "PeriodStat": "Y" if is_old else "N", "Category": day.year, "Indicator": "Default", "SubNum": day.month,
        }  # fmt: skip
        day = following


def b1_item(item: Item, stock: Stock, committed: dict[tuple[str, str], int]) -> Doc:
    """An item with its price and a row for each warehouse that answers."""
    warehouses = [warehouse.code for warehouse in stock.business.warehouses if warehouse.code != NEVER_ANSWERS]
    extra = stock.business.assortment.on_hand
    rows: list[dict[str, Any]] = [
        {
            "WarehouseCode": code,
            "ItemCode": item.code,
            "InStock": stock.on_hand.get((item.code, code), extra.get((item.code, code), 0)),
            "Committed": committed.get((item.code, code), 0),
            "Ordered": stock.ordered.get((item.code, code), 0),
            "Locked": "tNO",
        }
        for code in warehouses
    ]
    return {
        "ItemCode": item.code,
        "ItemName": item.title[:100],
        "BarCode": item.barcode,
        "ItemType": "itItems",
        "InventoryItem": "tYES" if item.is_stocked else "tNO",
        "SalesItem": "tYES",
        "PurchaseItem": "tYES",
        "Valid": "tYES",
        "Frozen": "tNO",
        "ManageBatchNumbers": "tYES" if item.locked_batch or item.code in stock.numbered else "tNO",
        "ManageSerialNumbers": "tNO",
        "TreeType": "iSalesTree" if item.code in stock.business.recipes else "iNotATree",
        "SalesUnit": "pc",
        "SalesItemsPerUnit": 1,
        "DefaultWarehouse": "01",
        "SalesVATGroup": vat_group(item.rate),
        "SalesUnitWeight": item.weight,
        "MovingAveragePrice": item.cost,
        "U_HsCode": "69111000" if item.is_stocked else None,
        "U_Web": "Y" if item.is_web else "N",
        "U_WebFrom": item.web_from,
        "U_Tracking": "batch" if item.locked_batch or item.code in stock.numbered else "none",
        "QuantityOnStock": sum(row["InStock"] for row in rows),
        "QuantityOrderedByCustomers": sum(row["Committed"] for row in rows),
        "QuantityOrderedFromVendors": sum(row["Ordered"] for row in rows),
        "CreateDate": _LONG_AGO,
        "UpdateDate": stock.business.now.date() - timedelta(days=2),
        "UpdateTime": "21:15:00",
        "DataVersion": 1,
        "ItemPrices": [{"PriceList": 1, "Price": net_price(item), "Currency": CURRENCY}],
        "ItemWarehouseInfoCollection": rows if item.is_stocked else [],
        **stock.business.assortment.properties.get(item.code, {}),
    }


def batches(item: Item, stock: Stock) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of OBTN and OBTQ: what is on hand, one released batch per warehouse and the locked one in Leeds.

    Some units may lack a batch, or lie in one that is past its date.
    """
    names, quantities = [], []
    for warehouse in stock.business.warehouses:
        held = stock.on_hand.get((item.code, warehouse.code), 0)
        # What came back of such an item waits to be looked at.
        locked = {"01": item.locked_batch, "09": held if item.locked_batch else 0}.get(warehouse.code, 0)
        expired = stock.expired.get((item.code, warehouse.code), 0)
        good = held - locked - expired - stock.unnumbered.get((item.code, warehouse.code), 0)
        for units, status, last_day in ((good, "0", None), (locked, "2", None), (expired, "0", _LONG_AGO)):
            if units > 0 and warehouse.code != NEVER_ANSWERS:
                number = stock.business.ids.next("batch", 5001)
                names.append({"AbsEntry": number, "ItemCode": item.code, "itemName": item.title,
                              "DistNumber": f"L-{number}", "Status": status, "ExpDate": last_day,
                              "SysNumber": number})  # fmt: skip
                quantities.append({"AbsEntry": number, "MdAbsEntry": number, "ItemCode": item.code,
                                   "SysNumber": number, "WhsCode": warehouse.code, "Quantity": units,
                                   "CommitQty": 0})  # fmt: skip
    return names, quantities


def listings(shop: Shop, business: Business, stock: Stock) -> Iterator[Listing]:
    """What a shop offers: what is usual, with what is offered instead of it and beside it."""
    others = {sku: one for (shop_id, sku), one in business.assortment.offers.items() if shop_id == shop.id}
    for listing in _usual(shop, business, stock):
        yield counted_as(others.pop(listing.sku, listing), listing)
    yield from others.values()


def counted_as(listing: Listing, before: Listing) -> Listing:
    """The listing, whose stock goes on being counted, or not, as before: what else is changed says nothing of that."""
    return replace(
        listing,
        is_tracked=listing.is_tracked and before.is_tracked,
        oversell_allowed=listing.oversell_allowed or before.oversell_allowed,
    )


def _usual(shop: Shop, business: Business, stock: Stock) -> Iterator[Listing]:
    """Each listed item, each set, and one SKU that B1 does not know."""
    for item in business.items.values():
        if item.is_listed:
            yield Listing(
                item.code, item.title, item.price, item.rate, item.number,
                is_tracked=item.is_tracked and (shop.id, item.code) not in stock.untracked,
                oversell_allowed=(shop.id, item.code) in stock.oversell,
            )  # fmt: skip
    for recipe in business.recipes.values():
        is_bundle = recipe.kind == "bundle"
        if not is_bundle or "bundles" in shop.can:
            parts = recipe.parts if is_bundle else ()
            printed = business.items[recipe.sku].barcode if recipe.kind == "kit" else None
            yield Listing(
                recipe.sku, recipe.title, recipe.price, STANDARD, recipe.number, components=parts, printed=printed
            )
    yield Listing(UNKNOWN_SKU, "Old tote bag", Decimal("7.50"), STANDARD, len(business.items) + 31)
