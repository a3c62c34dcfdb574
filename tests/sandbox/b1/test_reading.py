from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from auditor.sandbox.b1 import B1State
from tests.sandbox.b1.company import order, order_line
from tests.sandbox.b1.conftest import B1


@pytest.fixture
def orders(state: B1State) -> None:
    for doc_entry in range(1, 61):
        state.put("Orders", order(doc_entry))


def entries(answer: Any) -> list[int]:
    return [row["DocEntry"] for row in answer["value"]]


def filtered(b1: B1, condition: str, entity_set: str = "Orders") -> list[int]:
    options = {"headers": {"Prefer": "odata.maxpagesize=500"}}
    return entries(b1.get(f"{entity_set}?$filter={quote(condition)}&$select=DocEntry", **options))


# Pages


@pytest.mark.usefixtures("orders")
def test_a_page_has_twenty_rows_by_default_and_top_does_not_enlarge_it(b1: B1) -> None:
    assert entries(b1.get("Orders?$select=DocEntry")) == list(range(1, 21))
    answer = b1.get("Orders?$select=DocEntry&$top=500")
    assert len(answer["value"]) == 20
    assert "$skip=20" in answer["@odata.nextLink"]


@pytest.mark.usefixtures("orders")
def test_top_limits_the_result_below_a_page(b1: B1) -> None:
    answer = b1.get("Orders?$select=DocEntry&$top=3")
    assert entries(answer) == [1, 2, 3]
    assert "@odata.nextLink" not in answer


@pytest.mark.usefixtures("orders")
def test_prefer_sets_the_page_size_and_is_confirmed(b1: B1) -> None:
    answer = b1.call("GET", "Orders?$select=DocEntry", headers={"Prefer": "odata.maxpagesize=50"})
    assert answer.headers["preference-applied"] == "odata.maxpagesize=50"
    assert len(answer.json()["value"]) == 50
    assert "preference-applied" not in b1.call("GET", "Orders").headers


@pytest.mark.usefixtures("orders")
def test_the_next_link_comes_in_two_shapes(b1: B1, state: B1State) -> None:
    state.behaviour.next_link = "short"
    assert b1.get("Orders?$select=DocEntry")["@odata.nextLink"] == "Orders?$skip=20"
    state.behaviour.next_link = "rooted"
    assert b1.get("Orders?$select=DocEntry")["@odata.nextLink"] == "/b1s/v2/Orders?$select=DocEntry&$skip=20"
    state.behaviour.next_link = "mixed"
    for name in ("Invoices", "CreditNotes", "DeliveryNotes", "Returns"):
        for doc_entry in range(1, 22):
            state.put(name, order(doc_entry))
    names = ("Orders", "Invoices", "CreditNotes", "DeliveryNotes", "Returns")
    assert {b1.get(name)["@odata.nextLink"].startswith("/b1s/v2/") for name in names} == {True, False}


@pytest.mark.usefixtures("orders")
def test_following_the_links_reads_every_row_once_and_may_end_with_an_empty_page(b1: B1, state: B1State) -> None:
    state.behaviour.next_link = "short"
    pages = [b1.get("Orders?$select=DocEntry")]
    while "@odata.nextLink" in pages[-1]:
        pages.append(b1.get(pages[-1]["@odata.nextLink"] + "&$select=DocEntry"))
    assert [len(page["value"]) for page in pages] == [20, 20, 20, 0]
    assert [row for page in pages for row in entries(page)] == list(range(1, 61))
    state.behaviour.may_end_with_empty_page = False
    assert "@odata.nextLink" not in b1.get("Orders?$skip=40")


@pytest.mark.usefixtures("orders")
def test_count_is_answered_beside_the_page_and_alone(b1: B1) -> None:
    assert b1.get("Orders?$count=true&$top=5&$select=DocEntry")["@odata.count"] == 60
    answer = b1.call("GET", "Orders/$count?$filter=" + quote("DocEntry gt 50"))
    assert (answer.text, answer.headers["content-type"]) == ("10", "text/plain;charset=utf-8")
    old = b1.get("Orders?$inlinecount=allpages&$select=DocEntry", version="v1")
    assert old["odata.count"] == "60"


@pytest.mark.usefixtures("orders")
def test_rows_come_in_the_asked_order(b1: B1, state: B1State) -> None:
    assert entries(b1.get("Orders?$orderby=DocEntry desc&$top=2&$select=DocEntry")) == [60, 59]
    state.put("Orders", order(70, CardCode="B"))
    state.put("Orders", order(71, CardCode="A"))
    assert entries(b1.get("Orders?$orderby=CardCode,DocEntry desc&$top=3&$select=DocEntry")) == [71, 70, 60]


def test_an_inserted_row_shifts_skip_pages_but_not_key_pages(b1: B1, state: B1State) -> None:
    for doc_entry in range(10, 50):
        state.put("Orders", order(doc_entry))
    last = entries(b1.get("Orders?$select=DocEntry"))[-1]
    state.put("Orders", order(5))
    assert last in entries(b1.get("Orders?$select=DocEntry&$skip=20"))
    assert last not in entries(b1.get(f"Orders?$select=DocEntry&$filter=DocEntry gt {last}&$orderby=DocEntry"))


# Filters


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("DocEntry eq 7", [7]),
        ("DocEntry le 2 or DocEntry ge 60", [1, 2, 60]),
        ("not (DocEntry gt 3)", [1, 2, 3]),
        ("(DocEntry eq 1 or DocEntry eq 9) and DocEntry ne 1", [9]),
        ("startswith(NumAtCard,'#105') and DocEntry lt 53", [50, 51, 52]),
        ("endswith(NumAtCard, '59')", [59]),
        ("contains(NumAtCard,'00') and DocEntry lt 3", [1, 2]),
        ("substringof('1044',NumAtCard)", [44]),
        ("DocTotal gt 23.99 and DocEntry eq 1", [1]),
        ("DocTotal gt 24 and DocEntry eq 1", []),
        ("TrackingNumber eq null and DocEntry lt 2", [1]),
        ("TrackingNumber ne '1Z'", []),
        ("DocumentStatus eq 'bost_Open' and DocEntry eq 5", [5]),
        ("DocumentStatus eq 'O' and DocEntry eq 5", [5]),
        ("DocumentStatus eq 'C'", []),
        ("Cancelled eq 'N' and DocEntry eq 5", [5]),
        ("CancelStatus ne 'csNo'", []),
    ],
)
def test_filters_understand_the_grammar(b1: B1, condition: str, expected: list[int]) -> None:
    assert filtered(b1, condition) == expected


@pytest.mark.usefixtures("orders")
@pytest.mark.parametrize(
    "day", ["'2026-01-05'", "'20260105'", "'2026-01-05T23:59:59'", "datetime'2026-01-05T08:00:00'"]
)
def test_dates_are_compared_as_days_however_they_are_written(b1: B1, day: str) -> None:
    assert filtered(b1, f"DocDate eq {day}") == [4]
    assert filtered(b1, f"DocDate lt {day}") == [1, 2, 3]


def test_times_are_compared_to_the_minute(b1: B1, state: B1State) -> None:
    for doc_entry, time in enumerate(("18:37:59", "18:38:00", "18:38:42", "18:39:00"), start=1):
        state.put("Orders", order(doc_entry, UpdateTime=time))
    assert filtered(b1, "UpdateTime ge '18:38:42'") == [2, 3, 4]
    assert filtered(b1, "UpdateTime gt '18:38'") == [4]
    assert filtered(b1, "UpdateTime eq '183800'") == [2, 3]


def test_a_delta_window_is_found_and_sorted(b1: B1, state: B1State) -> None:
    for doc_entry, (day, time) in enumerate(
        (
            ("2026-03-02", "09:00:00"),
            ("2026-03-01", "18:00:00"),
            ("2026-03-01", "17:00:00"),
            ("2026-02-28", "23:00:00"),
        ),
        start=1,
    ):
        state.put("Orders", order(doc_entry, UpdateDate=day, UpdateTime=time))
    condition = "UpdateDate gt '2026-03-01' or (UpdateDate eq '2026-03-01' and UpdateTime ge '17:30:00')"
    path = f"Orders?$filter={quote(condition)}&$orderby=UpdateDate,UpdateTime,DocEntry&$select=DocEntry"
    assert entries(b1.get(path)) == [2, 1]


def test_quotes_in_literals_are_doubled(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1, NumAtCard="O'Neill & Sons"))
    assert filtered(b1, "NumAtCard eq 'O''Neill & Sons'") == [1]


def test_a_filter_sees_what_was_written_a_moment_ago(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    assert filtered(b1, "UpdateDate ge '2026-03-04'") == []
    b1.call("PATCH", "Orders(1)", {"NumAtCard": "#9"})
    assert filtered(b1, "UpdateDate ge '2026-03-04'") == [1]
    assert filtered(b1, "NumAtCard eq '#9'") == [1]


@pytest.mark.parametrize(
    "condition", ["DocEntry gt", "DocEntry is 4", "DocEntry eq 4 and", "(DocEntry eq 4", "DocLines/any(x:x eq 1)"]
)
def test_a_filter_that_is_none_is_refused_as_malformed(b1: B1, condition: str) -> None:
    status, code, _ = b1.refused("GET", f"Orders?$filter={quote(condition)}")
    assert (status, code) == (400, "-1000")


def test_unknown_names_are_refused_in_select_filter_and_order(b1: B1, state: B1State) -> None:
    assert b1.refused("GET", "Orders?$select=DocEntry,Sum")[2] == "Invalid field name 'Sum' in $select"
    assert b1.refused("GET", "Orders?$select=U_Nope")[2] == "Property 'U_Nope' of 'Document' is invalid"
    assert b1.refused("GET", "Orders?$filter=U_Nope eq 'x'")[2] == "Property 'U_Nope' of 'Document' is invalid"
    assert b1.refused("GET", "Orders?$orderby=Sum")[0] == 400
    state.behaviour.refused_names["CreditNotes"] = {"DocTotal"}
    assert b1.refused("GET", "CreditNotes?$select=DocTotal")[0] == 400
    assert b1.get("Orders?$select=DocTotal")["value"] == []


def test_a_companys_own_fields_are_valid_where_they_were_made(b1: B1, state: B1State) -> None:
    assert b1.get("CreditNotes?$select=U_RefundId")["value"] == []
    assert b1.refused("GET", "JournalEntries?$select=U_RefundId")[0] == 400


# Records


def test_a_record_is_read_by_integer_text_and_composite_key(b1: B1, state: B1State) -> None:
    state.put("Orders", order(22))
    state.put("Items", {"ItemCode": "O'/1", "ItemName": "Odd"})
    assert b1.get("Orders(22)")["DocNum"] == 5022
    assert b1.get("Items('O''%2F1')")["ItemName"] == "Odd"
    assert b1.get("UserFieldsMD(TableName='ORIN',FieldID=0)")["Name"] == "RefundId"
    assert b1.refused("GET", "Orders(23)") == (404, "-2028", "No matching records found (ODBC -2028)")


def test_select_keeps_the_named_properties_and_whole_collections(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    row = b1.get("Orders?$select=DocEntry,TrackingNumber,ClosingDate,DocumentLines,DocumentPackages")["value"][0]
    assert set(row) == {
        "@odata.etag", "DocEntry", "TrackingNumber", "ClosingDate", "DocumentLines", "DocumentPackages",
    }  # fmt: skip
    assert (row["TrackingNumber"], row["ClosingDate"], row["DocumentPackages"]) == (None, None, [])
    assert row["DocumentLines"][0]["ItemCode"] == "MUG"


def test_numbers_are_bare_and_keep_their_digits(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1, DocTotal=Decimal("1234567.10"), DocumentLines=[order_line(Price=Decimal("0.333333"))]))
    text = b1.call("GET", "Orders(1)").text
    assert '"DocTotal":1234567.10' in text
    assert '"Price":0.333333' in text


def test_days_are_midnight_with_a_decorative_z_on_v2_and_plain_on_v1(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    assert b1.get("Orders(1)")["DocDate"] == "2026-01-02T00:00:00Z"
    assert b1.get("Orders(1)", version="v1")["DocDate"] == "2026-01-02"
    assert b1.get("Orders(1)")["UpdateTime"] == "18:38:42"
    state.behaviour.plain_dates = True
    assert b1.get("Orders(1)")["DocDate"] == "2026-01-02"


def test_v1_has_its_own_annotations_and_its_own_name_for_the_batch(b1: B1, state: B1State) -> None:
    batches = [{"BatchNumberProperty": "L-77", "Quantity": Decimal(1)}]
    for doc_entry in range(1, 22):
        state.put("DeliveryNotes", order(doc_entry, DocumentLines=[order_line(BatchNumbers=batches)]))
    answer = b1.get("DeliveryNotes", version="v1")
    assert {"odata.metadata", "odata.nextLink", "value"} == set(answer)
    assert answer["value"][0]["DocumentLines"][0]["BatchNumbers"][0]["BatchNumber"] == "L-77"
    new = b1.get("DeliveryNotes")["value"][0]["DocumentLines"][0]["BatchNumbers"][0]
    assert new["BatchNumberProperty"] == "L-77"


def test_a_single_property_is_answered_alone_or_raw(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    assert b1.get("Orders(1)/DocEntry")["value"] == 1
    assert b1.call("GET", "Orders(1)/NumAtCard/$value").text == "#1001"
    status, code, text = b1.refused("GET", "Orders(1)/TrackingNumber/$value")
    assert (status, code, text) == (404, "-2028", "Resource not found for the property")


def test_the_etag_is_the_hash_of_the_version_and_frozen_under_select(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1, DataVersion=3))
    expected = f'W/"{hashlib.sha1(b"3").hexdigest().upper()}"'
    whole = b1.call("GET", "Orders(1)")
    assert whole.headers["etag"] == expected
    assert whole.json()["@odata.etag"] == expected
    part = b1.call("GET", "Orders(1)?$select=DocEntry,DataVersion")
    assert "etag" not in part.headers
    assert part.json()["@odata.etag"] == 'W/"356A192B7913B04C54574D18C28D46E6395428AB"'


def test_payments_and_journals_have_neither_stamps_nor_etags(b1: B1, state: B1State) -> None:
    state.put("IncomingPayments", {"DocEntry": 1, "TransferSum": Decimal("9.50")})
    answer = b1.call("GET", "IncomingPayments(1)")
    assert "etag" not in answer.headers
    assert "@odata.etag" not in answer.json()
    assert b1.refused("GET", "IncomingPayments?$select=UpdateDate")[0] == 400
    assert b1.refused("GET", "JournalEntries?$filter=UpdateDate ge '2026-01-01'")[0] == 400


def test_paths_that_do_not_exist_are_refused(b1: B1) -> None:
    assert b1.refused("GET", "orders")[1] == "-1000"
    assert b1.refused("GET", "Orders(")[1] == "-1000"
    assert b1.refused("GET", "Orders?$expand=BusinessPartner")[1] == "-1000"


# The company


def test_periods_are_listed_by_two_service_calls(b1: B1) -> None:
    years = b1.post("CompanyService_GetPeriods")["value"]
    assert years == [{"AbsoluteEntry": 1}]
    periods = b1.post("CompanyService_GetFinancePeriods", {"PeriodCategoryParams": years[0]})["value"]
    assert [(period["PeriodCode"], period["PeriodStatus"]) for period in periods] == [
        ("Q1", "ltLocked"), ("Q2", "ltUnlocked"), ("Q3", "ltUnlockedExceptSales"),
    ]  # fmt: skip
    assert periods[1]["PostingDateTo"] == "2026-03-31T00:00:00Z"


def test_settings_of_the_company_can_be_read(b1: B1) -> None:
    assert b1.get("CompanyService_GetAdminInfo")["EnableApprovalProcedureInDI"] == "tNO"
    assert b1.post("CompanyService_GetCompanyInfo")["GroupLinesInVATCalculation"] == "tNO"
