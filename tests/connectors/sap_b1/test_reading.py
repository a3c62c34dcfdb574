"""Reading entity sets: nothing is cut off, nothing is asked for that is not needed, and what is missing is noticed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Record, Window
from auditor.connectors.sap_b1 import B1Connector
from auditor.connectors.sap_b1.pages import next_skip
from auditor.errors import Incomplete, Rejected, Retriable
from tests.connectors.sap_b1.conftest import Make, channel, document, line, stream
from tests.connectors.sap_b1.fake import FakeB1, Number, failure


def read(connector: B1Connector, name: str, clock: FixedClock, **window: Any) -> list[Record]:
    wanted = Window(window.get("since"), clock.now(), frozenset(window.get("open_keys", ())))
    return [record for page in connector.read(stream(connector, name), wanted) for record in page]


def orders(count: int) -> list[dict[str, Any]]:
    return [document(n) for n in range(1, count + 1)]


def options(b1: FakeB1, path: str) -> list[httpx.QueryParams]:
    return [request.url.params for request in b1.requests if request.url.path == f"/b1s/v2/{path}"]


# Paging ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("obeys_prefer", [True, False])
@pytest.mark.parametrize("rooted_links", [True, False])
@pytest.mark.parametrize("count", [0, 1, 20, 200, 201, 415])
def test_all_pages_are_read_whatever_their_size_and_links(
    count: int, rooted_links: bool, obeys_prefer: bool, connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Orders"] = orders(count)
    b1.obeys_prefer, b1.rooted_links, b1.ends_with_empty_page = obeys_prefer, rooted_links, True
    assert [record.key for record in read(connector, "orders", clock)] == [str(n) for n in range(1, count + 1)]


def test_the_page_size_is_preferred_and_never_asked_for_with_top(make: Make, b1: FakeB1, clock: FixedClock) -> None:
    connector = make(page_size=50)
    b1.sets["Orders"] = orders(120)
    read(connector, "orders", clock)
    pages = [request for request in b1.requests if request.url.path == "/b1s/v2/Orders"]
    assert len(pages) == 3
    for request in pages:
        assert request.headers["prefer"] == "odata.maxpagesize=50"
        assert "$top" not in request.url.params


def test_a_full_page_without_a_link_is_not_taken_for_the_last(make: Make, b1: FakeB1, clock: FixedClock) -> None:
    def without_links(request: httpx.Request) -> httpx.Response:
        answer = b1.handle(request)
        if not request.url.path.endswith("/Orders"):
            return answer
        body = json.loads(answer.content)
        body.pop("@odata.nextLink", None)
        return httpx.Response(200, json=body)

    b1.sets["Orders"] = orders(30)
    assert len(read(make(without_links, page_size=20), "orders", clock)) == 30


def test_rows_that_are_added_or_change_while_reading_shift_nothing(make: Make, b1: FakeB1, clock: FixedClock) -> None:
    connector = make(page_size=20)
    b1.sets["Orders"] = [document(n) for n in range(100, 200)]

    def world_goes_on() -> None:
        newest = max(row["DocEntry"] for row in b1.sets["Orders"])
        if newest < 205:
            b1.sets["Orders"].insert(0, document(newest + 1))
            b1.sets["Orders"].insert(0, document(newest - 150))

    b1.after_page = world_goes_on
    keys = {record.key for record in read(connector, "orders", clock)}
    assert keys >= {str(n) for n in range(100, 200)}


def test_a_lost_page_is_noticed_by_the_count(make: Make, b1: FakeB1, clock: FixedClock) -> None:
    connector = make(page_size=20)
    b1.sets["Orders"] = orders(60)
    lost: list[Any] = []

    def lose() -> None:
        if not lost:
            lost.append(b1.sets["Orders"][20:40])
            kept = b1.sets["Orders"]
            b1.sets["Orders"] = [row for row in kept if not 20 < row["DocEntry"] <= 40]
            b1.interruptions.append(("$count", lambda request: b1.sets.update(Orders=kept)))

    b1.after_page = lose
    with pytest.raises(Incomplete, match="counts 60 Orders and answered only 40"):
        read(connector, "orders", clock)


def test_a_row_that_vanishes_while_reading_is_no_loss(make: Make, b1: FakeB1, clock: FixedClock) -> None:
    connector = make(page_size=20)
    b1.sets["Orders"] = orders(60)
    b1.after_page = lambda: b1.sets["Orders"].pop() and None if len(b1.sets["Orders"]) > 58 else None
    assert len(read(connector, "orders", clock)) == 58


def test_a_server_that_does_not_sort_is_not_believed(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sets["Orders"] = orders(3)

    def shuffled(request: httpx.Request) -> httpx.Response:
        request_without_order = request.url.copy_remove_param("$orderby")
        answer = b1.handle(httpx.Request("GET", request_without_order, headers=request.headers))
        body = json.loads(answer.content)
        body["value"].reverse()
        return httpx.Response(200, json=body)

    b1.interruptions += [("$count", lambda request: None), ("Orders", shuffled)]
    with pytest.raises(Incomplete, match="out of the order of DocEntry"):
        read(connector, "orders", clock)


def test_a_set_that_cannot_be_counted_is_read_without_a_control_total(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.counts = False
    b1.sets["Orders"] = orders(3)
    assert len(read(connector, "orders", clock)) == 3
    read(connector, "orders", clock)
    assert len(options(b1, "Orders/$count")) == 1  # asked once, remembered


@pytest.mark.parametrize(
    ("link", "skip"),
    [
        ("Orders?$skip=20", 20),
        ("/b1s/v2/Orders?$skip=40", 40),
        ("Orders?$select=DocEntry&$skip=60", 60),
        ("Orders?%24skip=80", 80),
        ("SQLQueries('X')/List?whs='01'&$skip=100", 100),
        (None, None),
        ("Orders", None),
    ],
)
def test_only_the_offset_of_a_link_is_used(link: str | None, skip: int | None) -> None:
    assert next_skip(link) == skip


def test_text_keys_with_quotes_and_ampersands_are_paged(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.page_size, b1.obeys_prefer = 1, False
    codes = ["01", "A & B", "O'NEIL", "O'NEIL 2", "Z+1"]
    b1.sets["Warehouses"] = [{"WarehouseCode": code, "Inactive": "tNO"} for code in codes]
    assert [record.key for record in read(connector, "warehouses", clock)] == codes


# What is asked for ----------------------------------------------------------------------------------------------------


def test_amounts_keep_the_digits_they_came_with(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sets["Orders"] = [document(1, DocTotal=Number("24.10"), DocumentLines=[line(LineTotal=Number("20.000000"))])]
    (record,) = read(connector, "orders", clock)
    assert b'"DocTotal":24.10,' in record.body
    assert b'"LineTotal":20.000000,' in record.body


def test_nothing_personal_is_kept(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sets["Orders"] = [document(1, DocumentLines=[line(ShipToDescription="1 Quay, Whitby", FreeText="for Jo")])]
    b1.sets["IncomingPayments"] = [
        {"DocEntry": 1, "DocNum": 1, "DocDate": "2026-03-01", "CashSum": 0, "TransferSum": 0, "Cancelled": "tNO",
         "PaymentCreditCards": [{"CreditSum": 5.0, "CreditCardNumber": "4111111111111111", "OwnerPhone": "0123"}]},
    ]  # fmt: skip
    (order,) = read(connector, "orders", clock)
    (payment,) = read(connector, "incoming_payments", clock)
    assert b"Quay" not in order.body
    assert b"for Jo" not in order.body
    assert json.loads(payment.body)["PaymentCreditCards"] == [{"CreditSum": 5.0}]
    for asked in options(b1, "Orders"):
        assert not {"CardName", "Address", "Comments", "ShipToCode"} & set(asked["$select"].split(","))


def test_a_user_field_this_company_lacks_is_left_out_and_not_asked_for_again(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.refused["Orders"] = {"U_PackageId", "ReserveInvoice"}
    b1.sets["Orders"] = orders(1)
    assert len(read(connector, "orders", clock)) == 1
    before = len(b1.requests)
    read(connector, "orders", clock)
    assert len(b1.requests) == before + 2  # count and one page
    asked = options(b1, "Orders")[-1]["$select"].split(",")
    assert "U_PackageId" not in asked
    assert "U_RefundId" in asked


def test_a_user_field_that_the_company_has_is_not_left_out(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.refused["CreditNotes"] = {"U_RefundId"}
    b1.sets["UserFieldsMD"] = [{"TableName": "ORDR", "FieldID": 1, "Name": "RefundId"}]
    with pytest.raises(Rejected, match="although the company has this field: restart the Service Layer"):
        read(connector, "credit_memos", clock)


def test_a_field_of_another_table_does_not_count(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.refused["JournalEntries"] = {"U_AuditorKey"}
    b1.sets["UserFieldsMD"] = [{"TableName": "ORDR", "FieldID": 1, "Name": "AuditorKey"}]
    assert read(connector, "journals", clock) == []


def test_a_user_who_may_not_list_user_fields_reads_without_them(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.refused["Orders"] = {"U_RefundId"}
    b1.interruptions.append(("UserFieldsMD", failure(403, "-6006", "You are not permitted to perform this action")))
    assert read(connector, "orders", clock) == []


@pytest.mark.parametrize("name", ["DocTotal", "TrackingNumber", "U_WebOrder"])
def test_a_property_that_nothing_can_be_said_without_is_not_left_out(
    name: str, make: Make, b1: FakeB1, clock: FixedClock
) -> None:
    b1.refused["Orders"] = {name}
    connector = make(channels=[channel(reference={"field": "U_WebOrder"})])
    with pytest.raises(Rejected, match=f"B1 refuses {name} of Orders, without which they cannot be compared"):
        read(connector, "orders", clock)


@pytest.mark.parametrize("name", ["DocTotal", "TrackingNumber", "DocumentLines"])
def test_a_property_that_is_gone_from_the_answer_makes_the_read_incomplete(
    name: str, connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Orders"] = orders(1)
    b1.hidden = {name}
    with pytest.raises(Incomplete, match=f"`{name}`"):
        read(connector, "orders", clock)


def test_a_property_that_is_gone_from_a_line_makes_the_read_incomplete(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    broken = line()
    del broken["TaxTotal"]
    b1.sets["Orders"] = [document(1, DocumentLines=[line(), broken])]
    with pytest.raises(Incomplete, match=r"`TaxTotal`.*DocumentLines"):
        read(connector, "orders", clock)


def test_fields_that_the_company_named_are_asked_for(make: Make, b1: FakeB1, clock: FixedClock) -> None:
    connector = make(
        fields={"refund_id": "U_Erstattung", "payout_id": "U_Payout", "package_id": None},
        channels=[channel(reference={"field": "U_WebOrder"})],
    )
    for name in ("orders", "journals"):
        read(connector, name, clock)
    asked = options(b1, "Orders")[-1]["$select"].split(",")
    assert {"U_Erstattung", "U_WebOrder", "NumAtCard"} <= set(asked)
    assert "None" not in asked
    assert "U_Payout" in options(b1, "JournalEntries")[-1]["$select"].split(",")


# Errors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (failure(400, "-5002", "Update the exchange rate , 'USD'"), "-5002", "Update the exchange rate"),
        (failure(400, -5002, {"lang": "en-us", "value": "Update the exchange rate"}), "-5002", "Update the exchange"),
        (
            httpx.Response(400, json={"error": {"code": -1000, "innererror": {}, "message": {"value": "bad"}}}),
            "-1000",
            "bad",
        ),
        (httpx.Response(413, html="<html><head><title>413 Too Large</title></head></html>"), None, "413 Too Large"),
        (httpx.Response(404, content=b""), None, "refused GET"),
        (httpx.Response(400, content=b'"oops"'), None, "refused GET"),
        (failure(403, "-6006", "You are not permitted to perform this action"), "-6006", "Authorise user 'auditor'"),
    ],
)  # fmt: skip
def test_error_bodies_of_every_form_are_understood(
    answer: httpx.Response, code: str | None, said: str, connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Orders"] = orders(1)
    b1.interruptions += [("$count", httpx.Response(200, content=b"1")), ("Orders", answer)]
    with pytest.raises(Rejected, match=said) as caught:
        read(connector, "orders", clock)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(502, html="<html><title>502 Proxy Error</title></html>"),
        httpx.Response(503, html="<html></html>"),
        httpx.Response(500, content=b""),
        httpx.RemoteProtocolError("Server disconnected without sending a response."),
        httpx.ReadError("OS 10054"),
        httpx.Response(200, content=b'{"value":[{"DocEn'),
        httpx.Response(200, html="<html>Proxy</html>"),
    ],
)
def test_trouble_on_the_way_is_waited_out(trouble: Any, connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sets["Orders"] = orders(3)
    b1.interruptions += [("$count", httpx.Response(200, content=b"3")), ("Orders", trouble), ("Orders", trouble)]
    started = clock.now()
    assert len(read(connector, "orders", clock)) == 3
    assert clock.now() > started


def test_a_server_that_stays_away_is_given_up(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.interruptions += [("Orders", httpx.Response(502, html="<html><title>502 Proxy Error</title></html>"))] * 9
    with pytest.raises(Retriable, match="502 Proxy Error"):
        read(connector, "orders", clock)


# Targeted reads -------------------------------------------------------------------------------------------------------


def test_looking_up_reads_only_what_is_named(connector: B1Connector, b1: FakeB1) -> None:
    b1.sets["Orders"] = orders(200)
    b1.obeys_prefer = False
    wanted = [str(n) for n in range(1, 91)] + ["9999"]
    found = connector.look_up(stream(connector, "orders"), wanted)
    assert sorted(int(record.key) for record in found) == list(range(1, 91))
    assert all(len(str(request.url)) < 4000 for request in b1.requests)
    assert not options(b1, "Orders/$count")


def test_looking_up_a_code_with_a_quote(connector: B1Connector, b1: FakeB1) -> None:
    b1.sets["BusinessPartners"] = [{"CardCode": "O'NEIL", "CardType": "cCustomer"}, {"CardCode": "X", "CardType": "C"}]
    found = connector.look_up(stream(connector, "partners"), ["O'NEIL", "nobody"])
    assert [record.key for record in found] == ["O'NEIL"]


def test_tax_codes_come_from_whichever_set_the_localisation_has(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["VatGroups"] = [{"Code": "O1", "Inactive": "tNO", "VatGroups_Lines": [{"Rate": 20.0}]}]
    refusal = failure(400, "-1000", "Resource SalesTaxCodes not found")
    b1.interruptions += [("SalesTaxCodes", refusal), ("SalesTaxCodes", refusal)]
    assert [record.key for record in read(connector, "tax_codes", clock)] == ["VatGroups:O1"]
    assert [record.key for record in connector.look_up(stream(connector, "tax_codes"), ["VatGroups:O1"])] == [
        "VatGroups:O1"
    ]


def test_tax_codes_that_no_set_has_are_a_failure(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    refusal = failure(400, "-1000", "not found")
    b1.interruptions += [(name, refusal) for name in ("VatGroups", "SalesTaxCodes") for _ in range(2)]
    with pytest.raises(Rejected):
        read(connector, "tax_codes", clock)


@pytest.mark.parametrize("needs_post", [False, True])
def test_company_settings_are_read_without_addresses(
    needs_post: bool, connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.info_needs_post = needs_post
    admin, company = read(connector, "company", clock)
    assert json.loads(admin.body) == {"LocalCurrency": "GBP", "TotalsAccuracy": 2}
    assert json.loads(company.body) == {"GroupLinesInVATCalculation": "tNO"}


def test_periods_of_all_years_are_read(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    def period(number: int) -> dict[str, Any]:
        return {
            "AbsoluteEntry": number, "PeriodCode": f"2026-{number:02}", "PeriodStatus": "ltUnlocked",
            "PostingDateFrom": "2026-01-01T00:00:00Z", "PostingDateTo": "2026-01-31T00:00:00Z",
        }  # fmt: skip

    b1.periods = {1: [period(1), period(2)], 2: [period(3)]}
    assert [record.key for record in read(connector, "periods", clock)] == ["1", "2", "3"]
