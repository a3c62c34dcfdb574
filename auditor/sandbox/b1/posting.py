"""Posting a marketing document: the refusals, what is copied from the base document, and the totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from auditor.money import ZERO, round_half_up
from auditor.sandbox.b1 import periods, stock
from auditor.sandbox.b1.body import storable
from auditor.sandbox.b1.collection import Key
from auditor.sandbox.b1.entity_sets import SET_OF_OBJECT, EntitySet
from auditor.sandbox.b1.errors import Refused, not_found
from auditor.sandbox.b1.properties import ENUMS, READ_ONLY, READ_ONLY_LINE
from auditor.sandbox.b1.state import B1State

CENT = Decimal("0.01")
_HUNDRED = Decimal(100)
# Which documents may draw from which; everything else is refused.
_BASES = {
    17: {23},
    15: {17},
    16: {15, 234000031},
    234000031: {15, 13},
    13: {17, 15, 23},
    14: {13, 16, 203},
    203: {17, 23},
}
_OBJECT_NAME = {code: name for name, code in ENUMS["BoObjectTypes"].items()}


def post(state: B1State, entity_set: EntitySet, payload: Mapping[str, Any], *, is_released: bool = False) -> Key:
    """Check everything, then write everything; returns the new DocEntry. `is_released`: no approval needed (again).

    An approval template that catches the document answers like an unknown code and leaves a draft behind.
    """
    header = {name: value for name, value in payload.items() if name not in READ_ONLY}
    lines = [_line(state, entity_set, header, line, no) for no, line in enumerate(_lines(header), start=1)]
    _check_header(state, entity_set, header)
    if not is_released and entity_set.name in state.behaviour.approval_for:
        save_draft(state, entity_set, payload, "dasPending")
        raise not_found()
    moves = stock.movements(state, entity_set, header, lines)
    stock.check(state, moves)

    key = state.collection(entity_set.name).next_key()
    for line in lines:
        line["DocEntry"] = key
    header = _totalled(state, entity_set, header, lines)
    state.put_whole(entity_set.name, {"DocEntry": key, **header, "DocumentLines": lines})
    stock.apply(state, moves)
    for line in lines:
        _draw(state, line)
    return key


def save_draft(state: B1State, target: EntitySet, payload: Mapping[str, Any], authorization: str) -> Key:
    """Drafts touch neither stock nor ledger and have numbers of their own."""
    drafts = state.collection("Drafts")
    key = drafts.next_key()
    header = {name: value for name, value in payload.items() if name not in READ_ONLY}
    lines = [
        {"LineNum": no, "BaseType": -1, "LineStatus": "bost_Open", **line, "DocEntry": key}
        for no, line in enumerate(_lines(header))
    ]
    for line in lines:
        price, quantity = _number(line, "Price") or _number(line, "UnitPrice"), _number(line, "Quantity")
        line.setdefault("LineTotal", round_half_up(price * quantity, CENT))
        line.setdefault("TaxTotal", ZERO)
    header = _totalled(state, drafts.entity_set, header, lines)
    header["DocObjectCode"] = _OBJECT_NAME[str(target.object_code)]
    header["AuthorizationStatus"] = authorization
    return state.put_whole("Drafts", {"DocEntry": key, **header, "DocumentLines": lines})


def _lines(header: dict[str, Any]) -> list[dict[str, Any]]:
    return list(header.pop("DocumentLines", None) or [])


def _check_header(state: B1State, entity_set: EntitySet, header: dict[str, Any]) -> None:
    if header.get("CardCode") not in state.collection("BusinessPartners"):
        raise not_found()
    shipping = header.get("TransportationCode")
    if (
        shipping is not None
        and len(state.collection("ShippingTypes"))
        and shipping not in state.collection("ShippingTypes")
    ):
        raise not_found()
    header.setdefault("DocDate", storable(state.today()))
    periods.check(state, header["DocDate"], is_sale=True)


def _line(
    state: B1State, entity_set: EntitySet, header: Mapping[str, Any], sent: Mapping[str, Any], line_no: int
) -> dict[str, Any]:
    """A complete line: what was sent, over what the base line has, over the item's own values."""
    given = {name: value for name, value in sent.items() if name not in READ_ONLY_LINE and value is not None}
    line: dict[str, Any] = {"BaseType": -1, "BaseEntry": None, "BaseLine": None}
    base = _base_line(state, entity_set, given, line_no)
    if base is not None:
        copied = ("ItemCode", "ItemDescription", "WarehouseCode", "UnitPrice", "Price", "DiscountPercent", "VatGroup",
                  "TaxPercentagePerRow", "UnitsOfMeasurment", "TreeType", "AccountCode", "Currency")  # fmt: skip
        line.update({name: base[name] for name in copied if name in base})
        line["Quantity"] = _number(base, "RemainingOpenQuantity")
    line.update(given)
    if header.get("DocType") != "dDocument_Service":
        _complete_from_item(state, line)
    quantity = _number(line, "Quantity")
    if base is not None and quantity > _number(base, "RemainingOpenQuantity"):
        raise Refused(
            400, -10, f"Quantity exceeds the open quantity [{entity_set.lines_table}.Quantity][line: {line_no}]"
        )
    rate = _rate(state, header, line)
    _price(line, rate)
    if "LineTotal" not in given or header.get("DocType") != "dDocument_Service":
        line["LineTotal"] = round_half_up(_number(line, "Price") * quantity, CENT)
    line["TaxTotal"] = round_half_up(_number(line, "LineTotal") * rate / _HUNDRED, CENT)
    if base is not None and quantity == _number(base, "Quantity") and not {"Price", "UnitPrice"} & set(given):
        line["LineTotal"], line["TaxTotal"] = _number(base, "LineTotal"), _number(base, "TaxTotal")
    per_unit = _number(line, "UnitsOfMeasurment") or Decimal(1)
    line.update(
        LineNum=line_no - 1,
        VisualOrder=line_no - 1,
        NetTaxAmount=line["TaxTotal"],
        GrossTotal=line["LineTotal"] + line["TaxTotal"],
        TaxPercentagePerRow=rate,
        LineStatus="bost_Open",
        InventoryQuantity=quantity * per_unit,
        RemainingOpenQuantity=quantity,
        RemainingOpenInventoryQuantity=quantity * per_unit,
    )
    return line


def _base_line(state: B1State, entity_set: EntitySet, line: Mapping[str, Any], line_no: int) -> dict[str, Any] | None:
    """The line drawn from; the *header* of its document decides whether it is still open."""
    base_type = line.get("BaseType", -1)
    if base_type == -1:
        return None
    where = f"[{entity_set.lines_table}.BaseEntry][line: {line_no}]"
    base_set = SET_OF_OBJECT.get(base_type)
    if base_set is None or base_type not in _BASES.get(entity_set.object_code, set()):
        raise Refused(400, -5002, f"The base document type is not allowed for this document {where}")
    base = state.get(base_set.name, line.get("BaseEntry"))
    base_line = _line_of(base, line.get("BaseLine")) if base else None
    if base is None or base_line is None:
        raise not_found()
    if base.get("DocumentStatus") != "bost_Open" or base_line.get("LineStatus") == "bost_Close":
        raise Refused(400, -10, f"One of the base documents has already been closed  {where}")
    return base_line


def _complete_from_item(state: B1State, line: dict[str, Any]) -> None:
    item = state.get("Items", line.get("ItemCode"))
    if item is None:
        raise not_found()
    line.setdefault("ItemDescription", item.get("ItemName"))
    line.setdefault("WarehouseCode", item.get("DefaultWarehouse") or state.admin_info.get("DefaultWarehouse"))
    line.setdefault("UnitsOfMeasurment", _number(item, "SalesItemsPerUnit") or Decimal(1))
    line.setdefault("TreeType", item.get("TreeType") or "iNotATree")
    line.setdefault("Quantity", Decimal(1))
    if line.get("VatGroup") is None and item.get("SalesVATGroup"):
        line["VatGroup"] = item["SalesVATGroup"]
    warehouses = state.collection("Warehouses")
    if len(warehouses) and line["WarehouseCode"] not in warehouses:
        raise not_found()


def _rate(state: B1State, header: Mapping[str, Any], line: Mapping[str, Any]) -> Decimal:
    code = line.get("VatGroup") or line.get("TaxCode")
    if code is None:
        return ZERO
    day = str(header.get("TaxDate") or header.get("DocDate") or storable(state.today()))
    rate = state.tax_rate(str(code), day)
    if rate is None:
        raise not_found()
    return rate


def _price(line: dict[str, Any], rate: Decimal) -> None:
    """UnitPrice is before, Price after the line's discount; a gross price alone is taken apart."""
    unit = line.get("UnitPrice", line.get("Price"))
    if unit is None and line.get("PriceAfterVAT") is not None:
        unit = round_half_up(_number(line, "PriceAfterVAT") * _HUNDRED / (_HUNDRED + rate), Decimal("0.000001"))
    line["UnitPrice"] = Decimal(str(unit or 0))
    line.setdefault("DiscountPercent", ZERO)
    line["Price"] = line["UnitPrice"] * (_HUNDRED - _number(line, "DiscountPercent")) / _HUNDRED
    line["PriceAfterVAT"] = round_half_up(line["Price"] * (_HUNDRED + rate) / _HUNDRED, CENT)


def _totalled(
    state: B1State, entity_set: EntitySet, header: dict[str, Any], lines: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The header as the server completes it."""
    now = state.now()
    today = storable(now.date())
    net = sum((_number(line, "LineTotal") for line in lines), ZERO)
    tax = sum((_number(line, "TaxTotal") for line in lines), ZERO)
    freight = ZERO
    for expense in header.get("DocumentAdditionalExpenses") or []:
        amount = _number(expense, "LineTotal")
        rate = _rate(state, header, expense)
        expense["TaxPercent"] = rate
        expense["TaxSum"] = round_half_up(amount * rate / _HUNDRED, CENT)
        expense["LineGross"] = amount + expense["TaxSum"]
        freight += amount
        tax += expense["TaxSum"]
    discount = round_half_up(net * _number(header, "DiscountPercent") / _HUNDRED, CENT)
    partner = state.get("BusinessPartners", header.get("CardCode")) or {}
    # Numbers are given per series; this company uses one series per kind of document.
    numbers = [number for number in state.collection(entity_set.name).column("DocNum").values() if number is not None]
    defaults = {
        "DocNum": max(numbers, default=0) + 1,
        "DocType": "dDocument_Items",
        "CardName": partner.get("CardName"),
        "DocCurrency": state.admin_info["LocalCurrency"],
        "DocRate": Decimal(1),
        "DocDate": today,
        "Confirmed": "tYES",
        "Rounding": "tNO",
        "RoundingDiffAmount": ZERO,
        "DiscountPercent": ZERO,
        "DocumentAdditionalExpenses": [],
    }
    completed = {**defaults, **header}
    completed.setdefault("DocDueDate", completed["DocDate"])
    completed.setdefault("TaxDate", completed["DocDate"])
    completed.update(
        DocObjectCode=_OBJECT_NAME.get(str(entity_set.object_code), "oDrafts"),
        CreationDate=today,
        DocTime=f"{now:%H:%M:%S}",
        UpdateDate=today,
        UpdateTime=f"{now:%H:%M:%S}",
        DataVersion=1,
        DocumentStatus="bost_Open",
        Cancelled="tNO",
        CancelStatus="csNo",
        AuthorizationStatus="dasWithout",
        VatSum=tax,
        TotalDiscount=discount,
        PaidToDate=ZERO,
        DocTotal=net - discount + freight + tax + _number(completed, "RoundingDiffAmount"),
    )
    return completed


def _draw(state: B1State, line: Mapping[str, Any]) -> None:
    """Lower the base line's open quantity; a document without open lines closes."""
    base_set = SET_OF_OBJECT.get(line.get("BaseType", -1))
    base = state.get(base_set.name, line["BaseEntry"]) if base_set else None
    base_line = _line_of(base, line.get("BaseLine")) if base else None
    if base_set is None or base is None or base_line is None:
        return
    base_line["RemainingOpenQuantity"] = _number(base_line, "RemainingOpenQuantity") - _number(line, "Quantity")
    base_line["RemainingOpenInventoryQuantity"] = _number(base_line, "RemainingOpenQuantity") * (
        _number(base_line, "UnitsOfMeasurment") or Decimal(1)
    )
    if base_line["RemainingOpenQuantity"] <= 0:
        base_line["LineStatus"] = "bost_Close"
    if all(each.get("LineStatus") == "bost_Close" for each in base["DocumentLines"]):
        base["DocumentStatus"] = "bost_Close"
    if state.behaviour.base_is_stamped:
        state.stamp(base_set, base)
    state.put(base_set.name, base)


def _line_of(document: Mapping[str, Any], line_num: Any) -> dict[str, Any] | None:
    return next((line for line in document.get("DocumentLines") or [] if line["LineNum"] == line_num), None)


def _number(row: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0))
