"""Stock: rows of a stored query where it may be run, rows of the items where not, and never a warehouse too many."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.sap_b1 import B1Connector
from auditor.connectors.sap_b1.sql import ITEM_WAREHOUSE
from auditor.errors import Incomplete, OutcomeUnknown, Rejected
from tests.connectors.sap_b1.conftest import stream
from tests.connectors.sap_b1.fake import FakeB1, Number, failure


def read(connector: B1Connector, name: str, clock: FixedClock) -> list[Record]:
    return [record for page in connector.read(stream(connector, name), Window(None, clock.now())) for record in page]


def oitw(item: str, warehouse: str, on_hand: str = "10.000000") -> dict[str, Any]:
    return {
        "ItemCode": item, "WhsCode": warehouse, "OnHand": Number(on_hand), "IsCommited": 1.0, "OnOrder": 0.0,
        "Locked": "N",
    }  # fmt: skip


def items_with_stock(*codes: str) -> list[dict[str, Any]]:
    return [
        {
            "ItemCode": code,
            "ItemWarehouseInfoCollection": [
                {"WarehouseCode": warehouse, "InStock": 5.0, "Committed": 1.0, "Ordered": 0.0, "Locked": "tNO"}
                for warehouse in ("01", "02")
            ],
        }
        for code in codes
    ]


def test_stock_is_one_record_for_each_item_and_warehouse(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sql_rows["AUD_ITEM_WAREHOUSE"] = [oitw("MUG", "01"), oitw("MUG", "02", "3.5")]
    first, second = read(connector, "stock", clock)
    assert (first.key, second.key) == ("MUG|01", "MUG|02")
    assert b'"OnHand":10.000000' in first.body
    assert stream(connector, "stock").mode == "snapshot"
    b1.sql_rows["AUD_ITEM_WAREHOUSE"].pop()  # a warehouse that does not answer any more
    assert [record.key for record in read(connector, "stock", clock)] == ["MUG|01"]


@pytest.mark.parametrize("warehouses", [1, 3, 20, 45])
def test_query_pages_never_cut_an_item_in_two(
    warehouses: int, connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.obeys_prefer = False  # pages of 20
    rows = [oitw(f"I{n:02}", f"{w:02}") for n in range(17) for w in range(warehouses)]
    b1.sql_rows["AUD_ITEM_WAREHOUSE"] = rows
    assert [record.key for record in read(connector, "stock", clock)] == [
        f"{row['ItemCode']}|{row['WhsCode']}" for row in rows
    ]


def test_items_are_paged_by_key_so_nothing_shifts(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.obeys_prefer = False
    b1.sql_rows["AUD_ITEM_WAREHOUSE"] = [oitw(f"I'{n:03}", "01") for n in range(100)]
    seen = []
    for page in connector.read(stream(connector, "stock"), Window(None, clock.now())):
        seen += [record.key for record in page]
        b1.sql_rows["AUD_ITEM_WAREHOUSE"].insert(0, oitw(f"A{len(seen)}", "01"))
    assert seen == [f"I'{n:03}|01" for n in range(100)]


def test_lost_rows_of_a_query_are_noticed(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sql_rows["AUD_ITEM_WAREHOUSE"] = [oitw("MUG", "01"), oitw("POT", "01")]
    too_many = httpx.Response(200, json={"value": [{"Total": 3}]})
    b1.interruptions += [("AUD_ITEM_WAREHOUSE_N')/List", too_many), ("AUD_ITEM_WAREHOUSE_N')/List", too_many)]
    with pytest.raises(Incomplete, match="counts 3 rows for AUD_ITEM_WAREHOUSE and answered only 2"):
        read(connector, "stock", clock)


def test_queries_are_stored_once_under_fixed_codes(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    for name in ("stock", "batch_stock", "serial_stock") * 2:
        read(connector, name, clock)
    codes = [query["SqlCode"] for query in b1.sets["SQLQueries"]]
    assert len(codes) == len(set(codes)) == 6
    assert all(code.startswith("AUD_") for code in codes)


def test_a_query_that_somebody_else_stored_meanwhile_is_used(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sql_rows["AUD_ITEM_WAREHOUSE"] = [oitw("MUG", "01")]
    taken = failure(400, "-2035", "This entry already exists in the following tables (ODBC -2035)")

    def faster(request: httpx.Request) -> httpx.Response:
        b1.sets.setdefault("SQLQueries", []).append(json.loads(request.content))
        return taken

    # The first look does not find it; before it is stored, somebody else does so.
    b1.interruptions = [("SQLQueries('AUD_ITEM_WAREHOUSE_N')", lambda request: None), ("SQLQueries", faster)]
    assert [record.key for record in read(connector, "stock", clock)] == ["MUG|01"]


def test_an_older_text_of_a_query_is_brought_up_to_date(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sets["SQLQueries"] = [{"SqlCode": ITEM_WAREHOUSE.code, "SqlText": "select T0.ItemCode from OITW T0"}]
    read(connector, "stock", clock)
    assert b1.sets["SQLQueries"][0]["SqlText"] == ITEM_WAREHOUSE.text


def test_storing_a_query_whose_answer_is_lost_is_not_repeated(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.interruptions = [
        ("SQLQueries('AUD_BATCH_STOCK_N')", lambda request: None),
        ("SQLQueries", httpx.ReadTimeout("slow")),
    ]
    with pytest.raises(OutcomeUnknown):
        read(connector, "batch_stock", clock)
    assert read(connector, "batch_stock", clock) == []  # the next extract looks first


def test_an_empty_result_that_is_called_not_found_is_empty(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sql_empty_is_not_found = True
    assert read(connector, "batch_stock", clock) == []


def test_without_the_right_to_query_stock_is_read_from_the_items(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sql_permitted = False
    b1.sets["Items"] = items_with_stock("MUG", "POT")
    records = read(connector, "stock", clock)
    assert [record.key for record in records] == ["MUG|01", "MUG|02", "POT|01", "POT|02"]
    assert json.loads(records[0].body) == {
        "ItemCode": "MUG", "WhsCode": "01", "OnHand": 5.0, "IsCommited": 1.0, "OnOrder": 0.0, "Locked": "tNO",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["batch_stock", "serial_stock"])
def test_without_the_right_to_query_batches_and_serials_fail_with_the_mend(
    name: str, connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sql_permitted = False
    with pytest.raises(Rejected, match=r"may not run the query AUD_.*authorise it for the user"):
        read(connector, name, clock)


def test_one_item_is_looked_up_at_the_item_itself(connector: B1Connector, b1: FakeB1) -> None:
    b1.sets["Items"] = items_with_stock("MUG", "POT")
    found = connector.look_up(stream(connector, "stock"), ["MUG|02", "GONE|01"])
    assert [record.key for record in found] == ["MUG|02"]
    assert not any("SQLQueries" in request.url.path for request in b1.requests)


def test_batches_are_looked_up(connector: B1Connector, b1: FakeB1) -> None:
    b1.sql_rows["AUD_BATCH_STOCK"] = [
        {"ItemCode": "JAM", "DistNumber": f"L-{n}", "WhsCode": "01", "Quantity": 2.0, "Status": "0", "ExpDate": None}
        for n in (1, 2)
    ]  # fmt: skip
    assert [record.key for record in connector.look_up(stream(connector, "batch_stock"), ["JAM|L-2|01"])] == [
        "JAM|L-2|01"
    ]
