"""What documents do to stock: warehouse quantities of items, and batch quantities behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditor.money import ZERO
from auditor.sandbox.b1 import sql_tables
from auditor.sandbox.b1.entity_sets import EntitySet
from auditor.sandbox.b1.errors import Refused
from auditor.sandbox.b1.state import B1State

_ORDER, _DELIVERY, _RETURN, _INVOICE, _CREDIT = 17, 15, 16, 13, 14


@dataclass(frozen=True, slots=True)
class Movement:
    """Change of one item in one warehouse, by the line `line_no` (1-based) of the document that causes it."""

    item_code: str
    warehouse: str
    on_hand: Decimal
    committed: Decimal
    line_no: int
    batches: tuple[tuple[str, Decimal], ...] = ()


def movements(
    state: B1State, entity_set: EntitySet, header: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]
) -> list[Movement]:
    """What posting the document would do; batch- and serial-managed items must name theirs (-4014)."""
    if header.get("DocType") == "dDocument_Service":
        return []
    result = []
    for line_no, line in enumerate(lines, start=1):
        item = state.get("Items", line.get("ItemCode")) or {}
        if item.get("InventoryItem") == "tNO":
            continue
        on_hand, committed = _effect(entity_set.object_code, header, line)
        if not on_hand and not committed:
            continue
        batches = _batches(item, line, abs(on_hand)) if on_hand else ()
        result.append(Movement(line["ItemCode"], line["WarehouseCode"], on_hand, committed, line_no, batches))
    return result


def check(state: B1State, moves: Sequence[Movement]) -> None:
    """Refuses what would take more than is there."""
    if not state.behaviour.blocks_negative_stock:
        return
    left: dict[tuple[str, str], Decimal] = {}
    for move in moves:
        key = (move.item_code, move.warehouse)
        left[key] = left.get(key, _in_stock(state, *key)) + move.on_hand
        if move.on_hand < 0 and left[key] < 0:
            raise Refused(
                400,
                -10,
                f"Quantity falls into negative inventory  [DocumentLines.ItemCode][line: {move.line_no}]",
            )
        for batch, quantity in move.batches if move.on_hand < 0 else ():
            row = _batch_row(state, move.item_code, batch, move.warehouse)
            if row is None or Decimal(str(row["Quantity"])) < quantity:
                raise Refused(
                    400,
                    -10,
                    f"10001153 - Insufficient quantity for item {move.item_code} with batch {batch} in warehouse",
                )


def apply(state: B1State, moves: Sequence[Movement]) -> None:
    for move in moves:
        item = state.get("Items", move.item_code)
        if item is None:
            continue
        rows = item.setdefault("ItemWarehouseInfoCollection", [])
        row = next((row for row in rows if row["WarehouseCode"] == move.warehouse), None)
        if row is None:
            row = {"WarehouseCode": move.warehouse, "ItemCode": move.item_code, "InStock": ZERO, "Committed": ZERO}
            rows.append(row)
        row["InStock"] = _number(row, "InStock") + move.on_hand
        row["Committed"] = _number(row, "Committed") + move.committed
        item["QuantityOnStock"] = sum((_number(each, "InStock") for each in rows), ZERO)
        item["QuantityOrderedByCustomers"] = sum((_number(each, "Committed") for each in rows), ZERO)
        state.put("Items", item)
        for batch, quantity in move.batches:
            batch_row = _batch_row(state, move.item_code, batch, move.warehouse)
            if batch_row is not None:
                change = quantity if move.on_hand > 0 else -quantity
                batch_row["Quantity"] = Decimal(str(batch_row["Quantity"])) + change
                state.sql_version += 1


def reversed_(moves: Sequence[Movement]) -> list[Movement]:
    """What cancelling the document does."""
    return [Movement(m.item_code, m.warehouse, -m.on_hand, -m.committed, m.line_no, m.batches) for m in moves]


def _effect(code: int, header: Mapping[str, Any], line: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """(change of stock, change of committed), in inventory units."""
    quantity = _number(line, "InventoryQuantity") or _number(line, "Quantity")
    base = line.get("BaseType", -1)
    from_order = -quantity if base == _ORDER else ZERO
    if line.get("WithoutInventoryMovement") == "tYES":
        return ZERO, ZERO
    if code == _ORDER:
        return ZERO, quantity
    if code == _DELIVERY:
        return -quantity, from_order
    if code == _INVOICE and base != _DELIVERY and header.get("ReserveInvoice") != "tYES":
        return -quantity, from_order
    if code == _RETURN or (code == _CREDIT and base != _RETURN):
        return quantity, ZERO
    return ZERO, ZERO


def _batches(item: Mapping[str, Any], line: Mapping[str, Any], quantity: Decimal) -> tuple[tuple[str, Decimal], ...]:
    batches = tuple((row["BatchNumberProperty"], _number(row, "Quantity")) for row in line.get("BatchNumbers") or [])
    serials = line.get("SerialNumbers") or []
    if (item.get("ManageBatchNumbers") == "tYES" and sum((each for _, each in batches), ZERO) != quantity) or (
        item.get("ManageSerialNumbers") == "tYES" and len(serials) != quantity
    ):
        raise Refused(400, -4014, "Cannot add row without complete selection of batch/serial numbers")
    return batches


def _in_stock(state: B1State, item_code: str, warehouse: str) -> Decimal:
    item = state.get("Items", item_code) or {}
    rows = item.get("ItemWarehouseInfoCollection") or []
    return next((_number(row, "InStock") for row in rows if row["WarehouseCode"] == warehouse), ZERO)


def _batch_row(state: B1State, item_code: str, batch: str, warehouse: str) -> dict[str, Any] | None:
    entries = {
        row["AbsEntry"]
        for row in sql_tables.rows(state, "OBTN")
        if row["DistNumber"] == batch and row["ItemCode"] == item_code
    }
    rows = state.sql_rows.get("OBTQ", [])
    return next((row for row in rows if row["MdAbsEntry"] in entries and row["WhsCode"] == warehouse), None)


def _number(row: Mapping[str, Any], name: str) -> Decimal:
    return Decimal(str(row.get(name) or 0))
