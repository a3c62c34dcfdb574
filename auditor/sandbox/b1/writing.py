"""Everything that changes a record over HTTP: create, patch, delete, and the bound actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.sandbox.b1 import ledger, posting, sql, stock
from auditor.sandbox.b1.body import storable
from auditor.sandbox.b1.collection import Key
from auditor.sandbox.b1.entity_sets import (
    DOCUMENT_LINE_TABLES,
    DOCUMENT_TABLES,
    ENTITY_SETS,
    SET_OF_OBJECT,
    EntitySet,
)
from auditor.sandbox.b1.errors import Refused, already_exists, malformed, not_found, not_supported
from auditor.sandbox.b1.payload import accept
from auditor.sandbox.b1.properties import ENUMS, READ_ONLY
from auditor.sandbox.b1.state import B1State


def create(state: B1State, entity_set: EntitySet, sent: Any) -> Key:
    """POST to an entity set; returns the key of the new record."""
    payload = accept(state, entity_set, sent)
    if entity_set.name == "Drafts":
        target = SET_OF_OBJECT.get(int(ENUMS["BoObjectTypes"].get(str(payload.get("DocObjectCode")), "-1")))
        if target is None or not target.is_document or target.name == "Drafts":
            raise Refused(400, -5002, "DocObjectCode of the draft is missing or not supported")
        if payload.get("CardCode") not in state.collection("BusinessPartners"):
            raise not_found()
        return posting.save_draft(state, target, payload, "dasWithout")
    if entity_set.is_document:
        return posting.post(state, entity_set, payload)
    if entity_set.type_name == "Payment":
        return ledger.post_payment(state, entity_set, payload)
    if entity_set.name == "JournalEntries":
        return ledger.post_journal(state, entity_set, payload)
    if entity_set.name == "UserFieldsMD":
        return _create_user_field(state, payload)
    if entity_set.name == "SQLQueries":
        return _create_query(state, payload)
    if entity_set.name in ("Items", "BusinessPartners"):
        return _create_master(state, entity_set, payload)
    raise not_supported()


def patch(state: B1State, entity_set: EntitySet, key: Key, sent: Any, *, replaces_collections: bool = False) -> None:
    """Only the given properties change. Members of a collection with a known LineNum change, others are appended."""
    payload = accept(state, entity_set, sent)
    record = state.get(entity_set.name, key)
    if record is None:
        raise not_found()
    if entity_set.name == "SQLQueries" and "SqlText" in payload:
        sql.parse(str(payload["SqlText"]))
    is_closed = entity_set.is_document and record.get("DocumentStatus") != "bost_Open"
    if is_closed and not state.behaviour.closed_can_be_patched:
        raise Refused(400, -5006, "Document is closed; the requested action is not supported for this object.")
    for name, value in payload.items():
        if name in READ_ONLY or name in entity_set.keys:
            continue
        if isinstance(value, list) and not replaces_collections:
            value = _merged(record.get(name) or [], value)
        record[name] = value
    state.stamp(entity_set, record)
    state.put(entity_set.name, record)


def delete(state: B1State, entity_set: EntitySet, key: Key) -> None:
    """Posted documents and queries stay for ever; drafts may go."""
    if entity_set.name != "Drafts":
        raise not_supported()
    state.remove(entity_set.name, key)


def act(state: B1State, entity_set: EntitySet, key: Key, action: str) -> None:
    """A bound action with an empty body."""
    if entity_set.type_name == "Payment" and action in ("Cancel", "CancelbyCurrentSystemDate"):
        ledger.cancel_payment(state, entity_set, key)
    elif entity_set.name == "JournalEntries" and action == "Cancel":
        ledger.cancel_journal(state, entity_set, key)
    elif entity_set.is_document and action in ("Cancel", "CreateCancellationDocument"):
        _cancel(state, entity_set, key)
    elif entity_set.is_document and action in ("Close", "Reopen"):
        _set_open(state, entity_set, key, is_open=action == "Reopen")
    else:
        raise not_supported()


def save_draft_to_document(state: B1State, sent: Any) -> None:
    """DraftsService_SaveDraftToDocument: posts the draft and closes it, without telling what it became."""
    document = sent.get("Document") if isinstance(sent, Mapping) else None
    if not isinstance(document, Mapping):
        raise malformed("SaveDraftToDocument needs a Document with the DocEntry of the draft")
    draft = state.get("Drafts", document.get("DocEntry"))
    if draft is None:
        raise not_found()
    if draft.get("DocumentStatus") != "bost_Open":
        raise Refused(400, -5006, "The draft has been saved as a document before")
    target = SET_OF_OBJECT[int(ENUMS["BoObjectTypes"][draft["DocObjectCode"]])]
    lines = [
        {name: value for name, value in line.items() if name not in ("LineNum", "DocEntry", "LineStatus", "LineTotal")}
        for line in draft["DocumentLines"]
    ]
    if state.behaviour.draft_loses_batches:
        lines = [{**line, "BatchNumbers": []} for line in lines]
    ignored = {"DocObjectCode", "DocumentLines", "DocTotal"}
    payload = {name: value for name, value in draft.items() if name not in ignored}
    posting.post(state, target, {**payload, "DocumentLines": lines}, is_released=True)
    draft.update(DocumentStatus="bost_Close", AuthorizationStatus="dasWithout")
    state.stamp(ENTITY_SETS["Drafts"], draft)
    state.put("Drafts", draft)


def _merged(held: list[dict[str, Any]], sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Update by LineNum (a price list's rows: by PriceList, stock rows: by warehouse), append the rest."""
    result = [dict(member) for member in held]
    for member in sent:
        name = next((name for name in ("LineNum", "Line_ID", "PriceList", "WarehouseCode") if name in member), None)
        known = next((each for each in result if name is not None and each.get(name) == member[name]), None)
        if known is not None:
            known.update(member)
        else:
            numbered = "LineNum" in (result[0] if result else {})
            number = {"LineNum": max(int(each["LineNum"]) for each in result) + 1} if numbered else {}
            result.append({**number, **member})
    return result


def _cancel(state: B1State, entity_set: EntitySet, key: Key) -> None:
    """An order is marked; any other document gets a second one that takes it back."""
    record = state.get(entity_set.name, key) or {}
    lines = record.get("DocumentLines") or []
    drawn = any(line.get("RemainingOpenQuantity") != line.get("Quantity") for line in lines)
    if record.get("DocumentStatus") != "bost_Open" or record.get("Cancelled") == "tYES" or drawn:
        raise Refused(400, -5006, "The document is closed, cancelled or drawn from; it cannot be cancelled")
    stock.apply(state, stock.reversed_(stock.movements(state, entity_set, record, lines)))
    today = storable(state.today())
    if entity_set.name != "Orders":
        number = state.collection(entity_set.name).next_key()
        origin = {"BaseType": entity_set.object_code, "BaseEntry": key, "DocEntry": number}
        back = [{**line, **origin, "BaseLine": line["LineNum"], "LineStatus": "bost_Close"} for line in lines]
        counter = {**record, "DocEntry": number, "DocNum": int(record.get("DocNum") or 0) + number - key}
        counter.update(CancelStatus="csCancellation", DocumentStatus="bost_Close", DocDate=today, CreationDate=today)
        counter["DocumentLines"] = back
        state.stamp(entity_set, counter)
        counter["DataVersion"] = 1
        state.put_whole(entity_set.name, counter)
    record.update(Cancelled="tYES", CancelStatus="csYes", DocumentStatus="bost_Close", CancelDate=today)
    _store_with_line_status(state, entity_set, record, "bost_Close")


def _set_open(state: B1State, entity_set: EntitySet, key: Key, *, is_open: bool) -> None:
    record = state.get(entity_set.name, key) or {}
    if (record.get("DocumentStatus") == "bost_Open") == is_open or record.get("Cancelled") == "tYES":
        raise not_supported()
    record["DocumentStatus"] = "bost_Open" if is_open else "bost_Close"
    if entity_set.name == "Orders":
        # An order that is closed by hand no longer commits what was not delivered.
        left = [{**line, "InventoryQuantity": line["RemainingOpenQuantity"]} for line in record["DocumentLines"]]
        moves = stock.movements(state, entity_set, record, [line for line in left if line["InventoryQuantity"]])
        stock.apply(state, moves if is_open else stock.reversed_(moves))
    _store_with_line_status(state, entity_set, record, str(record["DocumentStatus"]))


def _store_with_line_status(state: B1State, entity_set: EntitySet, record: dict[str, Any], status: str) -> None:
    for line in record.get("DocumentLines") or []:
        # A line that was drawn from completely stays closed when its document is opened again.
        line["LineStatus"] = status if line.get("RemainingOpenQuantity") or status == "bost_Close" else "bost_Close"
    state.stamp(entity_set, record)
    state.put(entity_set.name, record)


def _create_user_field(state: B1State, payload: dict[str, Any]) -> Key:
    """A field on one document table appears on the whole family; a second creation is refused."""
    table = str(payload.get("TableName"))
    name = payload.get("Name")
    if name in state.user_fields(table):
        raise already_exists()
    families = [family for family in (DOCUMENT_TABLES, DOCUMENT_LINE_TABLES) if table in family]
    tables = sorted(families[0]) if families else [table]
    fields = state.collection("UserFieldsMD")
    for each in tables:
        number = 1 + max((field_id for owner, field_id in list(fields.keys()) if owner == each), default=-1)
        state.put("UserFieldsMD", {**payload, "TableName": each, "FieldID": number})
    return max(key for key in list(fields.keys()) if key[0] == table)


def _create_query(state: B1State, payload: dict[str, Any]) -> Key:
    if not state.behaviour.sql_permitted:
        raise sql.not_permitted()
    if payload.get("SqlCode") in state.collection("SQLQueries"):
        raise already_exists()
    sql.parse(str(payload.get("SqlText") or ""))
    today = storable(state.today())
    return state.put("SQLQueries", {"ParamList": None, **payload, "CreateDate": today, "UpdateDate": None})


def _create_master(state: B1State, entity_set: EntitySet, payload: dict[str, Any]) -> Key:
    key = payload.get(entity_set.keys[0])
    if key is None:
        raise Refused(400, -5002, f"{entity_set.keys[0]} is missing")
    if key in state.collection(entity_set.name):
        raise already_exists()
    now = state.now()
    record = {**payload, "CreateDate": storable(now.date()), "CreateTime": f"{now:%H:%M:%S}", "DataVersion": 0}
    state.stamp(entity_set, record)
    record["DataVersion"] = 1
    return state.put_whole(entity_set.name, record)
