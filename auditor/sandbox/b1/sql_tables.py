"""The tables that SQL queries may name, and their rows.

OITM, OITW, OBTN and OSRN are derived from the records that the entity sets serve; the others hold what was put with
`B1State.put_sql_row`. Dates are `yyyyMMdd`, enums are database values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from auditor.sandbox.b1.entity_sets import ENTITY_SETS
from auditor.sandbox.b1.errors import Refused
from auditor.sandbox.b1.properties import TYPES, database_value
from auditor.sandbox.b1.state import B1State

Row = dict[str, Any]

# b1s_sqltable.conf as delivered, as far as sales and stock are concerned.
_DOCUMENTS = ("RDR", "DLN", "INV", "RIN", "RDN", "DPI", "QUT", "POR", "PDN", "PCH", "RPC", "RPD", "DRF")
ALLOWED = frozenset(
    {f"O{name}" for name in _DOCUMENTS}
    | {f"{name}{number}" for name in _DOCUMENTS for number in range(1, 15)}
    | {f"{name}{number}" for name in ("RCT", "VPM") for number in range(1, 5)}
    | {"OADM", "ADM1", "OCRD", "CRD1", "ORCT", "OVPM", "OFPR", "OBPL", "OITM", "OITW", "OIBQ", "OBIN", "OBTQ", "OBBQ"}
    | {"OBTN", "OSRQ", "OSBQ", "OSRN", "OITT", "ITT1", "ITT2", "OWOR", "WOR1", "OPLN", "ITM1", "ORTT", "OJDT", "JDT1"}
)

# Database column -> property of the record behind it.
_ITEM = {
    "ItemCode": "ItemCode", "ItemName": "ItemName", "CodeBars": "BarCode", "InvntItem": "InventoryItem",
    "SellItem": "SalesItem", "PrchseItem": "PurchaseItem", "validFor": "Valid", "frozenFor": "Frozen",
    "ManBtchNum": "ManageBatchNumbers", "ManSerNum": "ManageSerialNumbers", "TreeType": "TreeType",
    "SalUnitMsr": "SalesUnit", "NumInSale": "SalesItemsPerUnit", "InvntryUom": "InventoryUOM",
    "DfltWH": "DefaultWarehouse", "VatGourpSa": "SalesVATGroup", "OnHand": "QuantityOnStock",
    "IsCommited": "QuantityOrderedByCustomers", "OnOrder": "QuantityOrderedFromVendors", "UgpEntry": "UoMGroupEntry",
    "AvgPrice": "MovingAveragePrice", "ItemType": "ItemType", "CreateDate": "CreateDate", "UpdateDate": "UpdateDate",
}  # fmt: skip
WAREHOUSE_ROW = {
    "WhsCode": "WarehouseCode", "OnHand": "InStock", "IsCommited": "Committed", "OnOrder": "Ordered",
    "Counted": "CountedQuantity", "MinStock": "MinimalStock", "MaxStock": "MaximalStock", "Locked": "Locked",
    "AvgPrice": "StandardAveragePrice",
}  # fmt: skip
_BATCH = {
    "AbsEntry": "DocEntry", "ItemCode": "ItemCode", "itemName": "ItemDescription", "DistNumber": "Batch",
    "Status": "Status", "MnfSerial": "BatchAttribute1", "LotNumber": "BatchAttribute2", "InDate": "AdmissionDate",
    "MnfDate": "ManufacturingDate", "ExpDate": "ExpirationDate", "Notes": "Details", "SysNumber": "SystemNumber",
}  # fmt: skip
_SERIAL = {
    "AbsEntry": "DocEntry", "ItemCode": "ItemCode", "itemName": "ItemDescription", "DistNumber": "SerialNumber",
    "MnfSerial": "MfrSerialNo", "LotNumber": "LotNumber", "InDate": "AdmissionDate", "MnfDate": "ManufacturingDate",
    "ExpDate": "ExpirationDate", "Notes": "Details", "SysNumber": "SystemNumber",
}  # fmt: skip
_QUANTITIES = ("AbsEntry", "ItemCode", "SysNumber", "WhsCode", "Quantity", "CommitQty", "CountQty", "MdAbsEntry")
_OFPR = (
    "AbsEntry", "Code", "Name", "F_RefDate", "T_RefDate", "F_DueDate", "T_DueDate", "F_TaxDate", "T_TaxDate",
    "PeriodStat", "Category", "Indicator", "SubNum",
)  # fmt: skip

DERIVED = {"OITM": ("Items", _ITEM), "OBTN": ("BatchNumberDetails", _BATCH), "OSRN": ("SerialNumberDetails", _SERIAL)}
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    **{table: tuple(columns) for table, (_, columns) in DERIVED.items()},
    "OITW": ("ItemCode", *WAREHOUSE_ROW),
    "OBTQ": _QUANTITIES,
    "OSRQ": _QUANTITIES,
    "OFPR": _OFPR,
}
DATE_COLUMNS = frozenset(
    {"CreateDate", "UpdateDate", "InDate", "MnfDate", "ExpDate", "DocDate", "TaxDate", "RefDate", "DocDueDate"}
    | {name for name in _OFPR if name.endswith("Date")}
)


def columns(state: B1State, table: str) -> tuple[str, ...]:
    """Column names of a table, in the database's own spelling; 702 when the table is not on the allow-list."""
    if table not in ALLOWED:
        raise Refused(400, 702, f"Table '{table}' not accessible")
    put = {name: None for row in state.sql_rows.get(table, []) for name in row}
    known = _COLUMNS.get(table, ())
    if not put and not known:
        raise Refused(501, -1, f"The simulation holds no rows of table '{table}'; put them with put_sql_row")
    return (*known, *(name for name in put if name not in known))


def version(state: B1State) -> tuple[int, ...]:
    """Changes whenever the rows of any table may have changed."""
    return (state.sql_version, *(state.collection(name).version for name, _ in DERIVED.values()))


def rows(state: B1State, table: str) -> list[Row]:
    """All rows of a table; what was put replaces what could be derived."""
    put = state.sql_rows.get(table)
    if put is not None:
        names = columns(state, table)
        return [{name: _plain(row.get(name)) for name in names} for row in put]
    if table == "OITW":
        return list(_warehouse_rows(state))
    if table in DERIVED:
        name, mapping = DERIVED[table]
        kinds = TYPES[ENTITY_SETS[name].type_name]
        collection = state.collection(name)
        return [_row(header, mapping, kinds) for header in collection.headers()]
    return []


def _warehouse_rows(state: B1State) -> Iterator[Row]:
    kinds = TYPES["ItemWarehouseInfo"]
    for item in state.all("Items"):
        for info in item.get("ItemWarehouseInfoCollection") or []:
            yield {"ItemCode": item["ItemCode"], **_row(info, WAREHOUSE_ROW, kinds)}


def _row(record: Mapping[str, Any], mapping: Mapping[str, str], kinds: Mapping[str, str]) -> Row:
    row: Row = {}
    for column, name in mapping.items():
        value = record.get(name)
        kind = kinds.get(name, "")
        if kind == "date" and value is not None:
            value = str(value)[:10].replace("-", "")
        elif isinstance(value, str) and kind not in ("S", "date"):
            value = database_value(kind, value)
        row[column] = value
    return row


def _plain(value: Any) -> Any:
    return f"{value:%Y%m%d}" if isinstance(value, date) else value
