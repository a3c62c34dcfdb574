from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from auditor.sandbox.b1 import B1State
from tests.sandbox.b1.company import item
from tests.sandbox.b1.conftest import B1

BATCHES = (
    "select T0.ItemCode, T0.DistNumber, T0.Status, T0.ExpDate, T1.WhsCode, T1.Quantity from OBTN T0 "
    "inner join OBTQ T1 on T0.AbsEntry = T1.MdAbsEntry where T1.WhsCode = :whs order by T0.ItemCode, T0.DistNumber"
)


def run(b1: B1, text: str, parameters: str = "", **options: Any) -> Any:
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": text})
    return b1.post("SQLQueries('Q')/List", {"ParamList": parameters}, **options)["value"]


def test_batch_quantities_come_with_database_names_values_and_days(b1: B1) -> None:
    assert run(b1, BATCHES, "whs='01'") == [
        {"ItemCode": "JAM", "DistNumber": "L-77", "Status": "0", "ExpDate": "20270131", "WhsCode": "01", "Quantity": 8}
    ]


def test_parameters_may_also_stand_in_the_address(b1: B1) -> None:
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": BATCHES})
    assert len(b1.get("SQLQueries('Q')/List?whs='01'")["value"]) == 1
    assert b1.get("SQLQueries('Q')/List?whs='02'")["value"] == []
    assert b1.refused("GET", "SQLQueries('Q')/List")[1] == "704"


def test_stock_by_warehouse_follows_the_items(b1: B1, state: B1State) -> None:
    columns = "T0.ItemCode, T0.WhsCode, T0.OnHand, T0.IsCommited"
    text = f"select {columns} from OITW T0 where T0.ItemCode = 'MUG' order by T0.WhsCode"
    expected = [{"ItemCode": "MUG", "WhsCode": "01", "OnHand": 10, "IsCommited": 0},
                {"ItemCode": "MUG", "WhsCode": "02", "OnHand": 4, "IsCommited": 0}]  # fmt: skip
    assert run(b1, text) == expected
    state.put("Items", item("MUG", {"01": 1}))
    assert b1.get("SQLQueries('Q')/List")["value"] == [{**expected[0], "OnHand": 1}]


def test_pages_of_a_query_carry_the_parameters_on(b1: B1, state: B1State) -> None:
    for number in range(60):
        state.put("Items", item(f"I{number:02}", {"01": number}))
    condition = "T0.WhsCode = :whs and T0.ItemCode like 'I%'"
    text = f"select T0.ItemCode, T0.OnHand from OITW T0 where {condition} order by T0.ItemCode"
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": text})
    answer = b1.post("SQLQueries('Q')/List", {"ParamList": "whs='01'"})
    assert len(answer["value"]) == 20
    assert answer["@odata.nextLink"] == "SQLQueries('Q')/List?whs='01'&$skip=20"
    second = b1.get(answer["@odata.nextLink"])["value"]
    assert second[0]["ItemCode"] == "I20"
    large = b1.post("SQLQueries('Q')/List", {"ParamList": "whs='01'"}, headers={"Prefer": "odata.maxpagesize=500"})
    assert len(large["value"]) == 60
    assert "@odata.nextLink" not in large


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select count(T0.ItemCode) as Total from OITW T0", [{"Total": 6}]),
        ("select T0.WhsCode, sum(T0.OnHand) as Held from OITW T0 group by T0.WhsCode order by T0.WhsCode desc",
         [{"WhsCode": "02", "Held": 12}, {"WhsCode": "01", "Held": 30}]),
        ("select distinct T0.WhsCode from OITW T0 order by T0.WhsCode", [{"WhsCode": "01"}, {"WhsCode": "02"}]),
        ("select top 1 T0.ItemCode as Code from OITM T0 where T0.ManBtchNum = 'N' order by T0.ItemCode",
         [{"Code": "BOWL"}]),
        ("select T0.ItemCode from OITM T0 left join OBTN T1 on T0.ItemCode = T1.ItemCode where T1.AbsEntry is null "
         "order by T0.ItemCode", [{"ItemCode": "BOWL"}, {"ItemCode": "MUG"}]),
        ("select T0.ItemCode from OITM T0 where T0.ItemCode in ('MUG','JAM') and not T0.ItemCode = 'JAM'",
         [{"ItemCode": "MUG"}]),
        ("select T0.WhsCode from OITW T0 where T0.OnHand between 4 and 9 and T0.ItemCode <> 'MUG' "
         "and T0.ItemCode < 'C'",
         [{"WhsCode": "02"}]),
        ("select T0.Code from OFPR T0 where T0.PeriodStat is not null and T0.F_RefDate >= '2026-01-01' "
         "order by T0.Code",
         [{"Code": "Q2"}, {"Code": "Q3"}]),
    ],
)  # fmt: skip
def test_the_small_select_is_understood(b1: B1, text: str, expected: list[dict[str, Any]]) -> None:
    assert run(b1, text) == expected


def test_a_bound_day_matches_only_with_dashes(b1: B1) -> None:
    text = "select T0.Code from OFPR T0 where T0.F_RefDate = :day"
    assert run(b1, text, "day='2026-01-01'") == [{"Code": "Q2"}]
    assert b1.post("SQLQueries('Q')/List", {"ParamList": "day='20260101'"})["value"] == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select * from OITM T0", "701"),
        ("select T0.OnHand - T0.IsCommited as Free from OITW T0", "701"),
        ("select case when T0.OnHand then 1 end as X from OITW T0", "701"),
        ("select sum(T0.OnHand) from OITW T0", "701"),
        ("delete from OITM", "701"),
        ("select T0.ItemCode, T0.ItemCode from OITM T0", "701"),
        ("select T0.WhsCode from OWHS T0", "702"),
        ("select T0.DocEntry from OITL T0", "702"),
    ],
)
def test_what_the_real_server_refuses_is_refused_when_the_query_is_made(b1: B1, text: str, code: str) -> None:
    assert b1.refused("POST", "SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": text})[1] == code
    assert b1.get("SQLQueries")["value"] == []


def test_an_unknown_column_is_not_accessible(b1: B1) -> None:
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": "select T0.Nope from OITM T0"})
    assert b1.refused("GET", "SQLQueries('Q')/List")[1] == "703"


def test_a_query_is_made_once_patched_later_and_never_deleted(b1: B1) -> None:
    body = {"SqlCode": "Q", "SqlName": "Q", "SqlText": "select T0.ItemCode from OITM T0"}
    assert b1.call("POST", "SQLQueries", body).status_code == 201
    assert b1.refused("POST", "SQLQueries", body)[:2] == (400, "-2035")
    assert b1.call("PATCH", "SQLQueries('Q')", {"SqlText": "select T0.WhsCode from OITW T0"}).status_code == 204
    assert "WhsCode" in b1.get("SQLQueries('Q')/List")["value"][0]
    assert b1.refused("DELETE", "SQLQueries('Q')")[1] == "-5006"
    assert b1.refused("GET", "SQLQueries('X')/List")[1] == "-2028"


def test_without_authorisation_queries_are_forbidden(b1: B1, state: B1State) -> None:
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": "select T0.ItemCode from OITM T0"})
    state.behaviour.sql_permitted = False
    assert b1.refused("POST", "SQLQueries('Q')/List")[:2] == (403, "-6006")


def test_numbers_in_rows_stay_exact(b1: B1, state: B1State) -> None:
    state.put_sql_row("OSRQ", {"ItemCode": "X", "WhsCode": "01", "Quantity": Decimal("0.100000"), "MdAbsEntry": 1})
    b1.post("SQLQueries", {"SqlCode": "Q", "SqlName": "Q", "SqlText": "select T0.Quantity from OSRQ T0"})
    assert '"Quantity":0.100000' in b1.call("GET", "SQLQueries('Q')/List").text
