"""One B1 document: its lines, expenses and totals, and what closing or cancelling does to it.

Bodies are Service Layer v2 JSON with official property names; amounts are `Decimal`, days and times the company's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from auditor.clock import to_zone
from auditor.money import ZERO
from auditor.sandbox.basics import CURRENCY, TIMEZONE, tax_inside
from auditor.sandbox.catalogue import Item
from auditor.sandbox.sale import SaleLine

Doc = dict[str, Any]
SHIPPING, GOODWILL, TIP, HANDLING = 1, 2, 3, 4
STANDARD_CODE, ZERO_CODE = "O1", "O0"
REDUCED, OTHER_STANDARD, RAISED = "O5", "O2", "O3"
"""Further output tax codes: 5 %, another one of 20 %, and one whose rate is raised (`raised_on`)."""
REVENUE, GIFT_CARDS_OWED = "4000", "2310"
"""Accounts: what is sold, and what is owed to the holders of gift cards."""
_ZONE = ZoneInfo(TIMEZONE)
_MICRO = Decimal("0.000001")
_PERCENT = Decimal("0.0001")


@dataclass(slots=True)
class Booked:
    """One line as it is booked: the item and the amounts, whatever the shop calls it."""

    item_code: str
    title: str
    quantity: int
    net: Decimal
    tax: Decimal
    rate: Decimal
    warehouse: str
    discount: Decimal = ZERO
    tree: str = "iNotATree"
    origin: SaleLine | None = None


def net_price(item: Item) -> Decimal:
    """The item's price in price list 1, which is without tax."""
    return item.price - tax_inside(item.price, item.rate)


def vat_group(rate: Decimal) -> str:
    return STANDARD_CODE if rate else ZERO_CODE


def raised_on(today: date) -> date:
    """The day from which the code `RAISED` has its higher rate."""
    return today - timedelta(days=20)


def line_of(number: int, part: Booked) -> Doc:
    """A document line; prices have six decimals, so that price times quantity is the net again."""
    before = part.net + part.discount - tax_inside(part.discount, part.rate)
    percent = ((before - part.net) * 100 / before).quantize(_PERCENT) if part.discount and before else ZERO
    return {
        "LineNum": number,
        "ItemCode": part.item_code,
        "ItemDescription": part.title,
        "Quantity": part.quantity,
        "InventoryQuantity": part.quantity,
        "RemainingOpenQuantity": part.quantity,
        "WarehouseCode": part.warehouse,
        "UnitPrice": (before / part.quantity).quantize(_MICRO),
        "Price": (part.net / part.quantity).quantize(_MICRO),
        "DiscountPercent": percent,
        "PriceAfterVAT": ((part.net + part.tax) / part.quantity).quantize(_MICRO),
        "LineTotal": part.net,
        "TaxTotal": part.tax,
        "TaxPercentagePerRow": part.rate * 100,
        "VatGroup": vat_group(part.rate),
        "Currency": CURRENCY,
        "AccountCode": GIFT_CARDS_OWED if part.item_code == "GIFTCARD" else REVENUE,
        "LineStatus": "bost_Open",
        "PickStatusEx": "dlps_NotPicked",
        "TreeType": part.tree,
        "BaseType": -1,
        "BaseEntry": None,
        "BaseLine": None,
    }


def reprice(line: Doc, *, quantity: int | None = None, net: Decimal | None = None, tax: Decimal | None = None) -> None:
    """Give a line another quantity, net or tax; prices follow."""
    if quantity is not None:
        line["Quantity"] = line["InventoryQuantity"] = quantity
        if line["RemainingOpenQuantity"]:
            line["RemainingOpenQuantity"] = quantity
    line["LineTotal"] = line["LineTotal"] if net is None else net
    line["TaxTotal"] = line["TaxTotal"] if tax is None else tax
    line["Price"] = (line["LineTotal"] / line["Quantity"]).quantize(_MICRO)
    line["UnitPrice"], line["DiscountPercent"] = line["Price"], ZERO
    line["PriceAfterVAT"] = ((line["LineTotal"] + line["TaxTotal"]) / line["Quantity"]).quantize(_MICRO)


def credit_line(number: int, part: Any, base_code: int, base: Doc, base_line_number: int) -> Doc:
    """A line of a return or credit memo for refunded units."""
    booked = Booked(
        part.line.sku, part.line.title, part.quantity, part.net, part.tax, part.line.rate, part.line.warehouse
    )
    line = line_of(number, booked)
    line["BaseType"], line["BaseEntry"], line["BaseLine"] = base_code, base["DocEntry"], base_line_number
    return line


def base_line(invoices: list[Doc], line: SaleLine) -> tuple[Doc, int] | None:
    """The invoice line a sold line ended on."""
    for invoice in invoices:
        for doc_line in invoice["DocumentLines"]:
            if doc_line["ItemCode"] == line.sku:
                return invoice, int(doc_line["LineNum"])
    return None


def add_expense(doc: Doc, code: int, net: Decimal, tax: Decimal, rate: Decimal) -> None:
    """Freight, goodwill or tip on top of the lines."""
    doc["DocumentAdditionalExpenses"].append(
        {
            "LineNum": len(doc["DocumentAdditionalExpenses"]),
            "ExpenseCode": code,
            "LineTotal": net,
            "TaxSum": tax,
            "LineGross": net + tax,
            "TaxPercent": rate * 100,
            "VatGroup": vat_group(rate),
            "DistributionMethod": "aedm_None",
        }
    )
    retotal(doc)


def copy_expenses(base: Doc, doc: Doc) -> None:
    doc["DocumentAdditionalExpenses"] = [dict(expense) for expense in base["DocumentAdditionalExpenses"]]
    retotal(doc)


def retotal(doc: Doc) -> Doc:
    """Header tax and total from lines, expenses, header discount and rounding."""
    lines, expenses = doc["DocumentLines"], doc["DocumentAdditionalExpenses"]
    net = sum((line["LineTotal"] for line in lines), ZERO) + sum((e["LineTotal"] for e in expenses), ZERO)
    doc["VatSum"] = sum((line["TaxTotal"] for line in lines), ZERO) + sum((e["TaxSum"] for e in expenses), ZERO)
    doc["DocTotal"] = net - doc["TotalDiscount"] + doc["VatSum"] + doc["RoundingDiffAmount"]
    return doc


def stamp(doc: Doc, at: datetime) -> None:
    """The document was changed at this moment."""
    local = to_zone(at, _ZONE)
    doc["UpdateDate"], doc["UpdateTime"] = local.date(), f"{local:%H:%M:%S}"
    doc["DataVersion"] += 1


def close(doc: Doc, at: datetime) -> None:
    """Nothing is left open on the document."""
    doc["DocumentStatus"] = "bost_Close"
    for line in doc["DocumentLines"]:
        line["LineStatus"], line["RemainingOpenQuantity"] = "bost_Close", 0
    stamp(doc, at)


def cancel(doc: Doc, at: datetime) -> None:
    """The document was cancelled in B1; an order has no cancelling counterpart."""
    close(doc, at)
    doc["Cancelled"], doc["CancelStatus"] = "tYES", "csYes"
