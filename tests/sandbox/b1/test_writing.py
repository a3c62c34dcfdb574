from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from auditor.clock import FixedClock
from auditor.sandbox.b1 import B1State
from tests.sandbox.b1.company import item, order
from tests.sandbox.b1.conftest import B1

D = Decimal


def stock(state: B1State, code: str, warehouse: str = "01") -> tuple[Decimal, Decimal]:
    rows = (state.get("Items", code) or {})["ItemWarehouseInfoCollection"]
    row = next(row for row in rows if row["WarehouseCode"] == warehouse)
    return row["InStock"], row["Committed"]


def invoice(state: B1State, doc_entry: int = 1, **more: Any) -> int:
    state.put("Invoices", order(doc_entry, **more))
    return doc_entry


def drawn(base_type: int, base_entry: int, **more: Any) -> dict[str, Any]:
    return {"BaseType": base_type, "BaseEntry": base_entry, "BaseLine": 0, **more}


# PATCH


def test_a_patch_changes_what_is_sent_stamps_the_record_and_answers_nothing(
    b1: B1, state: B1State, clock: FixedClock
) -> None:
    state.put("DeliveryNotes", order(455))
    clock.advance(timedelta(days=28))  # British summer time: the server stamps its own wall clock
    answer = b1.call("POST", "Logout") and b1.login()
    answer = b1.call("PATCH", "DeliveryNotes(455)", {"TrackingNumber": "1Z 9", "TransportationCode": 3})
    assert (answer.status_code, answer.content) == (204, b"")
    record = b1.get("DeliveryNotes(455)")
    assert (record["TrackingNumber"], record["TransportationCode"], record["NumAtCard"]) == ("1Z 9", 3, "#1455")
    assert (record["UpdateDate"], record["UpdateTime"]) == ("2026-04-01T00:00:00Z", "13:00:00")
    assert record["DataVersion"] == 4


def test_putting_a_record_into_the_state_stamps_nothing(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    assert b1.get("Orders(1)")["UpdateDate"] == "2026-01-02T00:00:00Z"


def test_read_only_properties_are_ignored_without_a_word(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    assert b1.call("PATCH", "Orders(1)", {"VatSum": 99, "DocumentStatus": "bost_Close"}).status_code == 204
    assert b1.get("Orders(1)")["VatSum"] == D("4.00")
    assert b1.get("Orders(1)")["DocumentStatus"] == "bost_Open"


def test_members_of_a_collection_are_updated_by_line_number_or_appended(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    lines = [{"LineNum": 0, "FreeText": "gift"}, {"ItemCode": "BOWL", "Quantity": 1}]
    b1.call("PATCH", "Orders(1)", {"DocumentLines": lines})
    kept = b1.get("Orders(1)")["DocumentLines"]
    assert [(line["LineNum"], line["ItemCode"]) for line in kept] == [(0, "MUG"), (1, "BOWL")]
    assert (kept[0]["FreeText"], kept[0]["Quantity"]) == ("gift", D(2))


def test_the_replace_header_deletes_members_that_are_not_sent(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    lines = [{"LineNum": 4, "ItemCode": "BOWL", "Quantity": 1}]
    b1.call("PATCH", "Orders(1)", {"DocumentLines": lines}, headers={"B1S-ReplaceCollectionsOnPatch": "true"})
    assert [line["ItemCode"] for line in b1.get("Orders(1)")["DocumentLines"]] == ["BOWL"]


def test_if_match_protects_against_a_change_meanwhile(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    etag = b1.call("GET", "Orders(1)").headers["etag"]
    assert b1.call("PATCH", "Orders(1)", {"NumAtCard": "#1"}, headers={"If-Match": etag}).status_code == 204
    status, code, text = b1.refused("PATCH", "Orders(1)", {"NumAtCard": "#2"}, headers={"If-Match": etag})
    assert (status, code) == (412, "-2039")
    assert text.startswith("Another user or another operation modified data")
    assert b1.refused("POST", "Orders(1)/Cancel", headers={"If-Match": etag})[0] == 412
    assert b1.get("Orders(1)")["NumAtCard"] == "#1"


def test_the_etag_shown_under_select_gives_a_false_412(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    frozen = b1.get("Orders(1)?$select=DocEntry")["@odata.etag"]
    assert b1.refused("PATCH", "Orders(1)", {"NumAtCard": "#1"}, headers={"If-Match": frozen})[0] == 412


def test_an_unknown_property_is_refused_and_nothing_changes(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    refusal = b1.refused("PATCH", "Orders(1)", {"NumAtCard": "#1", "U_Nope": "x"})
    assert refusal == (400, "-1", "Property 'U_Nope' of 'Document' is invalid")
    assert b1.get("Orders(1)")["NumAtCard"] == "#1001"


def test_post_with_an_override_header_is_a_patch(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    answer = b1.call("POST", "Orders(1)", {"NumAtCard": "#5"}, headers={"X-HTTP-Method-Override": "PATCH"})
    assert answer.status_code == 204
    assert b1.get("Orders(1)")["NumAtCard"] == "#5"


def test_closed_documents_can_be_patched_unless_the_company_says_otherwise(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1, DocumentStatus="bost_Close"))
    assert b1.call("PATCH", "Orders(1)", {"TrackingNumber": "1Z"}).status_code == 204
    state.behaviour.closed_can_be_patched = False
    assert b1.refused("PATCH", "Orders(1)", {"TrackingNumber": "2Z"})[1] == "-5006"


# Documents


def test_an_order_is_priced_taxed_numbered_and_can_be_read_back(b1: B1, state: B1State) -> None:
    state.put("Orders", order(7))
    body = {
        "CardCode": "C-SHOPIFY", "NumAtCard": "#77", "DocDueDate": "2026-03-06",
        "DocumentLines": [{"ItemCode": "MUG", "Quantity": "3", "UnitPrice": D("3.33"), "DiscountPercent": 10}],
        "DocumentAdditionalExpenses": [{"ExpenseCode": 1, "LineTotal": D("5.00"), "VatGroup": "O1"}],
    }  # fmt: skip
    answer = b1.call("POST", "Orders", body)
    assert answer.status_code == 201
    assert answer.headers["location"].endswith("/b1s/v2/Orders(8)")
    kept = b1.get("Orders(8)")
    line = kept["DocumentLines"][0]
    assert (line["LineTotal"], line["TaxTotal"], line["Price"]) == (D("8.99"), D("1.80"), D("2.997"))
    assert (kept["VatSum"], kept["DocTotal"], kept["DocNum"]) == (D("2.80"), D("16.79"), 5008)
    assert (kept["DocumentStatus"], kept["CreationDate"]) == ("bost_Open", "2026-03-04T00:00:00Z")
    assert (kept["DocTime"], kept["DataVersion"], kept["DocObjectCode"]) == ("12:00:00", 1, "oOrders")
    assert stock(state, "MUG") == (D(10), D(3))


def test_reserved_keys_are_not_given_to_documents_written_over_http(b1: B1, state: B1State) -> None:
    state.put("Orders", order(7))
    state.reserve("Orders", 40)
    assert b1.post("Orders", {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG"}]})["DocEntry"] == 41


def test_return_no_content_answers_only_the_place(b1: B1) -> None:
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG"}]}
    answer = b1.call("POST", "Orders", body, headers={"Prefer": "return-no-content"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["preference-applied"] == "return-no-content"
    assert answer.headers["location"].endswith("Orders(1)")


def test_a_delivery_draws_from_its_order_moves_stock_and_closes_it(b1: B1, state: B1State) -> None:
    created = b1.post("Orders", {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG", "Quantity": 2}]})
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": [drawn(17, created["DocEntry"], Quantity=1)]}
    first = b1.post("DeliveryNotes", body)
    assert first["DocumentLines"][0]["ItemCode"] == "MUG"
    assert stock(state, "MUG") == (D(9), D(1))
    assert b1.get("Orders(1)")["DocumentLines"][0]["RemainingOpenQuantity"] == 1
    assert b1.get("Orders(1)")["DocumentStatus"] == "bost_Open"
    b1.post("DeliveryNotes", body)
    assert b1.get("Orders(1)")["DocumentStatus"] == "bost_Close"
    assert stock(state, "MUG") == (D(8), D(0))
    status, code, text = b1.refused("POST", "DeliveryNotes", body)
    assert (status, code) == (400, "-10")
    assert text == "One of the base documents has already been closed  [DLN1.BaseEntry][line: 1]"


def test_drawing_from_a_document_does_not_stamp_it_unless_the_server_does(b1: B1, state: B1State) -> None:
    for doc_entry, stamps in ((1, False), (2, True)):
        state.put("Orders", order(doc_entry))
        state.behaviour.base_is_stamped = stamps
        b1.post("DeliveryNotes", {"CardCode": "C-SHOPIFY", "DocumentLines": [drawn(17, doc_entry, Quantity=1)]})
        assert (b1.get(f"Orders({doc_entry})")["UpdateDate"] == "2026-03-04T00:00:00Z") is stamps


def test_a_credit_memo_copies_price_tax_and_warehouse_from_the_invoice(b1: B1, state: B1State) -> None:
    invoice(state)
    body = {
        "CardCode": "C-SHOPIFY",
        "NumAtCard": "RF-77",
        "U_RefundId": "77",
        "DocumentLines": [drawn(13, 1, Quantity=1)],
    }
    created = b1.post("CreditNotes", body)
    assert (created["DocTotal"], created["VatSum"], created["U_RefundId"]) == (D("12.00"), D("2.00"), "77")
    found = b1.get("CreditNotes?$filter=U_RefundId eq '77' and Cancelled eq 'tNO'&$select=DocEntry")
    assert [row["DocEntry"] for row in found["value"]] == [created["DocEntry"]]
    assert stock(state, "MUG")[0] == 11


def test_a_paid_invoice_is_closed_and_refuses_the_copy_although_its_lines_are_open(b1: B1, state: B1State) -> None:
    invoice(state, DocumentStatus="bost_Close")
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": [drawn(13, 1)]}
    _, code, text = b1.refused("POST", "CreditNotes", body)
    assert (code, text) == ("-10", "One of the base documents has already been closed  [RIN1.BaseEntry][line: 1]")
    assert b1.call("POST", "Invoices(1)/Reopen").status_code == 204
    assert b1.post("CreditNotes", body)["DocTotal"] == D("24.00")


def test_a_credit_memo_of_money_only_moves_no_stock(b1: B1, state: B1State) -> None:
    lines = [{"AccountCode": "4010", "LineTotal": D("5.00"), "VatGroup": "O1"}]
    body = {"CardCode": "C-SHOPIFY", "DocType": "dDocument_Service", "DocumentLines": lines}
    assert b1.post("CreditNotes", body)["DocTotal"] == D("6.00")
    b1.post("CreditNotes", {
        "CardCode": "C-SHOPIFY",
        "DocumentLines": [{"ItemCode": "MUG", "Price": 5, "WithoutInventoryMovement": "tYES"}],
    })  # fmt: skip
    assert stock(state, "MUG")[0] == 10


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"CardCode": "NOBODY"}, {}),
        ({"TransportationCode": 99}, {}),
        ({}, {"ItemCode": "NOTHING"}),
        ({}, {"WarehouseCode": "77"}),
        ({}, {"VatGroup": "X9"}),
        ({}, drawn(13, 99)),
    ],
)
def test_a_referenced_code_that_does_not_exist_is_no_matching_record(
    b1: B1, changed: dict[str, Any], line: dict[str, Any]
) -> None:
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG", **line}], **changed}
    assert b1.refused("POST", "CreditNotes", body)[:2] == (404, "-2028")
    assert b1.get("CreditNotes")["value"] == []


def test_a_credit_memo_on_a_delivery_is_refused(b1: B1, state: B1State) -> None:
    state.put("DeliveryNotes", order(1))
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": [drawn(15, 1)]}
    assert b1.refused("POST", "CreditNotes", body)[1] == "-5002"


def test_goods_come_back_by_a_return_and_are_credited_from_it(b1: B1, state: B1State) -> None:
    state.put("DeliveryNotes", order(1))
    b1.post("Returns", {"CardCode": "C-SHOPIFY", "DocumentLines": [drawn(15, 1)]})
    assert stock(state, "MUG")[0] == 12
    b1.post("CreditNotes", {"CardCode": "C-SHOPIFY", "DocumentLines": [drawn(16, 1)]})
    assert stock(state, "MUG")[0] == 12
    assert b1.get("Returns(1)")["DocumentStatus"] == "bost_Close"


def test_locked_and_missing_periods_refuse_the_posting_day(b1: B1) -> None:
    lines = {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG"}]}
    assert b1.refused("POST", "CreditNotes", {**lines, "DocDate": "2025-12-31"})[1] == "-4013"
    assert b1.refused("POST", "CreditNotes", {**lines, "DocDate": "2026-04-01"})[1] == "-4013"
    assert "Date deviates" in b1.refused("POST", "CreditNotes", {**lines, "DocDate": "2030-01-01"})[2]
    journal = {
        "ReferenceDate": "2025-11-01",
        "JournalEntryLines": [{"AccountCode": "1", "Debit": 1}, {"AccountCode": "2", "Credit": 1}],
    }
    assert b1.refused("POST", "JournalEntries", journal)[1] == "-4013"
    assert b1.post("JournalEntries", {**journal, "ReferenceDate": "2026-04-01"})["JdtNum"] == 1


def test_stock_cannot_fall_below_zero_unless_the_company_allows_it(b1: B1, state: B1State) -> None:
    lines = [
        {"ItemCode": "BOWL", "Quantity": 1},
        {"ItemCode": "MUG", "Quantity": 6},
        {"ItemCode": "MUG", "Quantity": 5},
    ]
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": lines}
    _, code, text = b1.refused("POST", "DeliveryNotes", body)
    assert (code, text) == ("-10", "Quantity falls into negative inventory  [DocumentLines.ItemCode][line: 3]")
    assert stock(state, "BOWL")[0] == 10
    state.behaviour.blocks_negative_stock = False
    b1.post("DeliveryNotes", body)
    assert stock(state, "MUG")[0] == -1


def test_a_batch_item_needs_its_batches_named_in_full_and_in_stock(b1: B1, state: B1State) -> None:
    def delivery(*batches: tuple[str, int]) -> dict[str, Any]:
        named = [{"BatchNumberProperty": name, "Quantity": quantity, "BaseLineNumber": 0} for name, quantity in batches]
        return {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "JAM", "Quantity": 9, "BatchNumbers": named}]}

    assert b1.refused("POST", "DeliveryNotes", delivery())[1] == "-4014"
    assert b1.refused("POST", "DeliveryNotes", delivery(("L-77", 8)))[1] == "-4014"
    assert "10001153" in b1.refused("POST", "DeliveryNotes", delivery(("L-77", 9)))[2]
    state.sql_rows["OBTQ"][0]["Quantity"] = D(9)
    b1.post("DeliveryNotes", delivery(("L-77", 9)))
    assert state.sql_rows["OBTQ"][0]["Quantity"] == 0
    assert stock(state, "JAM")[0] == 1


def test_a_serial_item_needs_one_number_per_unit(b1: B1, state: B1State) -> None:
    state.put("Items", item("CLOCK", {"01": 5}, ManageSerialNumbers="tYES"))
    line = {"ItemCode": "CLOCK", "Quantity": 2, "SerialNumbers": [{"InternalSerialNumber": "SN-1", "Quantity": 1}]}
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": [line]}
    assert b1.refused("POST", "DeliveryNotes", body)[1] == "-4014"
    line["SerialNumbers"] *= 2
    assert b1.post("DeliveryNotes", body)["DocEntry"] == 1


def test_more_than_the_open_quantity_cannot_be_drawn(b1: B1, state: B1State) -> None:
    invoice(state)
    body = {"CardCode": "C-SHOPIFY", "DocumentLines": [drawn(13, 1, Quantity=3)]}
    assert b1.refused("POST", "CreditNotes", body)[1] == "-10"


def test_a_document_stays_and_a_draft_can_go(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    assert b1.refused("DELETE", "Orders(1)")[:2] == (400, "-5006")
    b1.post("Drafts", {"DocObjectCode": "14", "CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG"}]})
    assert b1.call("DELETE", "Drafts(1)").status_code == 204
    assert b1.get("Drafts")["value"] == []


# Actions


def test_cancelling_an_order_marks_it_and_frees_its_stock(b1: B1, state: B1State) -> None:
    b1.post("Orders", {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG", "Quantity": 2}]})
    answer = b1.call("POST", "Orders(1)/Cancel")
    assert (answer.status_code, answer.content) == (204, b"")
    record = b1.get("Orders(1)")
    assert (record["Cancelled"], record["CancelStatus"], record["DocumentStatus"]) == ("tYES", "csYes", "bost_Close")
    assert stock(state, "MUG") == (D(10), D(0))
    assert b1.refused("POST", "Orders(1)/Cancel")[1] == "-5006"


def test_cancelling_an_invoice_writes_the_document_that_takes_it_back(b1: B1, state: B1State) -> None:
    b1.post("Invoices", {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG", "Quantity": 2, "Price": 5}]})
    assert stock(state, "MUG")[0] == 8
    assert b1.call("POST", "Invoices(1)/Cancel").status_code == 204
    assert b1.get("Invoices(1)")["CancelStatus"] == "csYes"
    counter = b1.get("Invoices(2)")
    assert (counter["CancelStatus"], counter["Cancelled"], counter["DocTotal"]) == ("csCancellation", "tNO", D("12.00"))
    assert counter["DocumentLines"][0]["BaseEntry"] == 1
    assert stock(state, "MUG")[0] == 10


def test_an_order_that_is_closed_by_hand_commits_nothing_until_it_is_opened_again(b1: B1, state: B1State) -> None:
    b1.post("Orders", {"CardCode": "C-SHOPIFY", "DocumentLines": [{"ItemCode": "MUG", "Quantity": 2}]})
    b1.call("POST", "Orders(1)/Close")
    assert b1.get("Orders(1)")["DocumentStatus"] == "bost_Close"
    assert stock(state, "MUG")[1] == 0
    b1.call("POST", "Orders(1)/Reopen")
    assert b1.get("Orders(1)")["DocumentLines"][0]["LineStatus"] == "bost_Open"
    assert stock(state, "MUG")[1] == 2


# Drafts and approval

DRAFT = {
    "DocObjectCode": "oCreditNotes", "CardCode": "C-SHOPIFY", "U_RefundId": "77",
    "DocumentLines": [{"ItemCode": "JAM", "Quantity": 2, "Price": 5, "VatGroup": "O1",
                       "BatchNumbers": [{"BatchNumberProperty": "L-77", "Quantity": 2}]}],
}  # fmt: skip


def test_a_draft_touches_nothing_and_becomes_a_document_without_saying_which(b1: B1, state: B1State) -> None:
    draft = b1.post("Drafts", DRAFT)
    assert (draft["DocObjectCode"], draft["DocumentStatus"], stock(state, "JAM")[0]) == (
        "oCreditNotes",
        "bost_Open",
        10,
    )
    answer = b1.call("POST", "DraftsService_SaveDraftToDocument", {"Document": {"DocEntry": draft["DocEntry"]}})
    assert (answer.status_code, answer.content) == (204, b"")
    assert b1.get("Drafts(1)")["DocumentStatus"] == "bost_Close"
    found = b1.get("CreditNotes?$filter=U_RefundId eq '77'")["value"]
    assert [(row["DocTotal"], row["DocumentLines"][0]["ItemCode"]) for row in found] == [(D("12.00"), "JAM")]
    assert stock(state, "JAM")[0] == 12
    assert b1.refused("POST", "DraftsService_SaveDraftToDocument", {"Document": {"DocEntry": 1}})[0] == 400


def test_some_servers_lose_the_batches_of_a_draft(b1: B1, state: B1State) -> None:
    state.behaviour.draft_loses_batches = True
    b1.post("Drafts", DRAFT)
    assert b1.refused("POST", "DraftsService_SaveDraftToDocument", {"Document": {"DocEntry": 1}})[1] == "-4014"
    assert b1.get("Drafts(1)")["DocumentStatus"] == "bost_Open"


def test_an_approval_catches_the_document_and_leaves_a_draft_behind(b1: B1, state: B1State) -> None:
    state.behaviour.approval_for.add("CreditNotes")
    body = {name: value for name, value in DRAFT.items() if name != "DocObjectCode"}
    assert b1.refused("POST", "CreditNotes", body)[:2] == (404, "-2028")
    assert b1.get("CreditNotes")["value"] == []
    caught = b1.get("Drafts?$filter=U_RefundId eq '77'")["value"]
    assert [(row["AuthorizationStatus"], row["DocObjectCode"]) for row in caught] == [("dasPending", "oCreditNotes")]
    b1.call("POST", "DraftsService_SaveDraftToDocument", {"Document": {"DocEntry": caught[0]["DocEntry"]}})
    assert len(b1.get("CreditNotes")["value"]) == 1


# Payments, journals, fields


def test_a_payment_pays_its_invoices_and_its_cancellation_opens_them_again(b1: B1, state: B1State) -> None:
    invoice(state)
    body = {
        "CardCode": "C-SHOPIFY", "DocDate": "2026-03-04", "TransferAccount": "1200", "TransferSum": D("24.00"),
        "TransferReference": "PO-1",
        "PaymentInvoices": [{"DocEntry": 1, "InvoiceType": "13", "SumApplied": D("24.00")}],
    }  # fmt: skip
    created = b1.post("IncomingPayments", body)
    assert (created["PaymentInvoices"][0]["InvoiceType"], created["Cancelled"]) == ("it_Invoice", "tNO")
    assert b1.get("Invoices(1)")["DocumentStatus"] == "bost_Close"
    assert b1.get("Invoices(1)")["PaidToDate"] == D("24.00")
    assert "UpdateDate" not in created
    assert b1.refused("POST", "IncomingPayments", body)[1] == "-10"
    assert b1.call("POST", "IncomingPayments(1)/Cancel").status_code == 204
    assert b1.get("IncomingPayments(1)")["Cancelled"] == "tYES"
    assert b1.get("Invoices(1)")["DocumentStatus"] == "bost_Open"


def test_a_journal_must_balance_and_is_cancelled_by_its_reversal(b1: B1) -> None:
    def entry(credit: str) -> dict[str, Any]:
        lines = [
            {"AccountCode": "1200", "Debit": D("117.60"), "Credit": 0},
            {"AccountCode": "6450", "Debit": D("2.40")},
            {"ShortName": "C-SHOPIFY", "Credit": D(credit)},
        ]
        return {"Memo": "Payout 1", "Reference": "po_1", "JournalEntryLines": lines}

    assert b1.refused("POST", "JournalEntries", entry("119.00"))[1] == "-5002"
    created = b1.post("JournalEntries", entry("120.00"))
    assert created["JournalEntryLines"][2]["AccountCode"] == "1100"
    assert b1.call("POST", "JournalEntries(1)/Cancel").status_code == 204
    back = b1.get("JournalEntries(2)")
    assert [line["Debit"] for line in back["JournalEntryLines"]] == [0, 0, D("120.00")]
    assert b1.get("JournalEntries?$filter=Reference eq 'po_1'&$select=JdtNum")["value"] == [
        {"JdtNum": 1}, {"JdtNum": 2},
    ]  # fmt: skip


def test_a_user_field_appears_on_the_whole_family_once(b1: B1) -> None:
    field = {"Name": "AUD_KEY", "Type": "db_Alpha", "Size": 100, "SubType": "st_None", "TableName": "ORDR"}
    body = {"CardCode": "C-SHOPIFY", "U_AUD_KEY": "k", "DocumentLines": [{"ItemCode": "MUG"}]}
    assert b1.refused("POST", "CreditNotes", body)[2] == "Property 'U_AUD_KEY' of 'Document' is invalid"
    b1.post("UserFieldsMD", field)
    assert b1.post("CreditNotes", body)["U_AUD_KEY"] == "k"
    tables = {row["TableName"] for row in b1.get("UserFieldsMD?$filter=Name eq 'AUD_KEY'")["value"]}
    assert {"ORDR", "OINV", "ORIN", "ODRF"} <= tables
    assert "OJDT" not in tables
    assert b1.refused("POST", "UserFieldsMD", field)[1] == "-2035"


def test_master_data_can_be_made_once_and_patched(b1: B1) -> None:
    assert b1.post("Items", {"ItemCode": "NEW", "ItemName": "New"})["CreateDate"] == "2026-03-04T00:00:00Z"
    assert b1.refused("POST", "Items", {"ItemCode": "NEW"})[1] == "-2035"
    b1.call("PATCH", "Items('MUG')", {"ItemPrices": [{"PriceList": 1, "Price": D("11.00")}]})
    assert b1.get("Items('MUG')")["ItemPrices"] == [{"PriceList": 1, "Price": D("11.00"), "Currency": "GBP"}]


def test_numbers_and_days_are_kept_as_the_metadata_types_them(b1: B1, state: B1State) -> None:
    state.put("Orders", order(1))
    b1.call("PATCH", "Orders(1)", {"TransportationCode": "3", "TaxDate": "20260302", "Confirmed": "N"})
    record = state.get("Orders", 1) or {}
    assert (record["TransportationCode"], record["TaxDate"], record["Confirmed"]) == (3, "2026-03-02T00:00:00Z", "tNO")
    assert b1.refused("PATCH", "Orders(1)", {"Confirmed": "perhaps"})[0] == 400
    assert date.fromisoformat(b1.get("Orders(1)")["TaxDate"][:10]) == date(2026, 3, 2)
