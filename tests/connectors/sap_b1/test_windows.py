"""Deltas: what B1 stamps, in which clock, and what it does not stamp at all."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Window
from auditor.connectors.sap_b1 import B1Connector
from auditor.connectors.sap_b1.windows import changed_since, local_since
from tests.connectors.sap_b1.conftest import document, stream
from tests.connectors.sap_b1.fake import FakeB1

LONDON = ZoneInfo("Europe/London")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def keys(connector: B1Connector, name: str, window: Window) -> list[str]:
    return [record.key for page in connector.read(stream(connector, name), window) for record in page]


@pytest.mark.parametrize(
    ("since", "local"),
    [
        ("2026-03-02T11:45:31", "2026-03-02T11:45:31"),  # winter: London is UTC
        ("2026-07-02T11:45:00", "2026-07-02T12:45:00"),  # summer
        ("2026-07-02T23:30:00", "2026-07-03T00:30:00"),  # the local day is another
        ("2026-10-25T00:30:00", "2026-10-25T00:30:00"),  # clocks go back at 01:00 UTC: 01:30 will be 01:00 again
        ("2026-10-24T23:30:00", "2026-10-25T00:30:00"),  # more than an hour before that nothing comes again
        ("2026-10-25T01:10:00", "2026-10-25T01:10:00"),  # after it
        ("2026-03-29T00:50:00", "2026-03-29T00:50:00"),  # clocks go forward at 01:00 UTC
    ],
)
def test_a_window_begins_at_the_earliest_local_time_a_later_change_can_carry(since: str, local: str) -> None:
    assert local_since(moment(since), LONDON) == moment(local)


def test_the_filter_names_the_local_day_and_whole_minutes() -> None:
    assert changed_since(moment("2026-07-02T23:30:59"), LONDON) == (
        "UpdateDate gt '2026-07-03' or (UpdateDate eq '2026-07-03' and UpdateTime ge '00:30:00')"
    )


def test_a_change_in_the_second_and_minute_the_window_begins_is_read(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Orders"] = [
        document(1, UpdateTime="11:44:59"),
        document(2, UpdateTime="11:45:00"),
        document(3, UpdateTime="11:45:20"),
        document(4, UpdateDate="2026-03-01T00:00:00Z", UpdateTime="23:59:00"),
        document(5, UpdateDate="2026-03-03", UpdateTime="00:00:10"),
    ]
    assert keys(connector, "orders", Window(moment("2026-03-02T11:45:30"), clock.now())) == ["2", "3", "5"]


def test_the_overlap_is_longer_than_ten_minutes(connector: B1Connector) -> None:
    stamped = {"items", "partners", "orders", "deliveries", "invoices", "credit_memos", "returns"}
    for name in stamped:
        assert stream(connector, name).lookback > timedelta(minutes=10)
        assert stream(connector, name).mode == "delta"


def test_a_first_load_takes_documents_of_the_history_and_all_that_are_open(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    old = {"CreationDate": "2025-01-05", "UpdateDate": "2025-01-06"}
    b1.sets["Orders"] = [
        document(1, **old, DocumentStatus="bost_Close"),
        document(2, **old, DocumentStatus="bost_Open"),
        document(3, CreationDate="2025-01-05", UpdateDate="2026-02-01", DocumentStatus="bost_Close"),
        document(4, CreationDate="2026-02-01", UpdateDate=None, DocumentStatus="bost_Close"),
    ]
    assert keys(connector, "orders", Window(clock.now() - timedelta(days=90), clock.now())) == ["2", "3", "4"]


def test_open_documents_are_read_again_although_nothing_says_they_changed(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    old = {"UpdateDate": "2026-02-01T00:00:00Z"}
    b1.sets["Orders"] = [
        document(1, **old),  # still open
        document(2, **old, DocumentStatus="bost_Close"),  # closed since, without a stamp
        document(3, **old, DocumentStatus="bost_Close"),  # was closed before
        document(4),  # stamped in the window
    ]
    window = Window(moment("2026-03-02T11:45:00"), clock.now(), frozenset({"1", "2", "77"}))
    assert keys(connector, "orders", window) == ["1", "4", "2"]
    assert keys(connector, "orders", Window(window.since, clock.now())) == ["4"]


def test_of_open_documents_only_those_are_read_that_were_made_since_then(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    made = ("2026-01-31", "2026-02-01", "2026-02-02")
    b1.sets["Orders"] = [
        document(n, CreationDate=f"{day}T00:00:00Z", UpdateDate="2026-02-02T00:00:00Z") for n, day in enumerate(made)
    ]
    window = Window(moment("2026-03-02T11:45:00"), clock.now(), frozenset({"1"}), moment("2026-02-01T11:45:00"))
    assert keys(connector, "orders", window) == ["1", "2"]


def test_items_without_an_update_date_are_found_by_their_creation(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Items"] = [
        {"ItemCode": "NEW", "UpdateDate": None, "CreateDate": "2026-03-02", "CreateTime": "11:50:00"},
        {"ItemCode": "OLD", "UpdateDate": None, "CreateDate": "2026-03-01", "CreateTime": "11:50:00"},
    ]
    assert keys(connector, "items", Window(moment("2026-03-02T11:45:00"), clock.now())) == ["NEW"]


def test_a_first_load_takes_all_items_however_old(connector: B1Connector, b1: FakeB1, clock: FixedClock) -> None:
    b1.sets["Items"] = [{"ItemCode": "OLD", "UpdateDate": "2019-01-01", "UpdateTime": "10:00:00"}]
    assert keys(connector, "items", Window(clock.now() - timedelta(days=90), clock.now())) == ["OLD"]


def payment(doc_entry: int, day: str) -> dict[str, object]:
    return {"DocEntry": doc_entry, "DocNum": doc_entry, "DocDate": f"{day}T00:00:00Z", "Cancelled": "tNO"}


@pytest.mark.parametrize("name", ["incoming_payments", "outgoing_payments"])
def test_payments_have_no_stamp_so_the_last_weeks_are_read_again_and_what_was_dated_back(
    name: str, connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    entity_set = {"incoming_payments": "IncomingPayments", "outgoing_payments": "VendorPayments"}[name]
    b1.sets[entity_set] = [
        payment(1, "2025-11-01"),
        payment(2, "2026-01-20"),
        payment(3, "2026-02-10"),
        payment(4, "2025-12-24"),  # posted after number 3, dated back
        payment(5, "2026-03-02"),
    ]
    since = clock.now() - stream(connector, name).lookback
    assert keys(connector, name, Window(since, clock.now())) == ["3", "4", "5"]
    assert "UpdateDate" not in str([request.url for request in b1.requests])


def test_when_nothing_is_dated_in_the_window_the_newest_payments_are_read(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["IncomingPayments"] = [payment(1, "2025-11-01"), payment(2, "2025-11-02")]
    since = clock.now() - timedelta(days=35)
    assert keys(connector, "incoming_payments", Window(since, clock.now())) == ["1", "2"]
    b1.sets["IncomingPayments"] = []
    assert keys(connector, "incoming_payments", Window(since, clock.now())) == []


def test_journals_are_read_by_number_from_the_first_dated_in_the_window(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["JournalEntries"] = [
        {"JdtNum": 7, "ReferenceDate": "2025-12-31"},
        {"JdtNum": 8, "ReferenceDate": "2026-02-27"},
        {"JdtNum": 9, "ReferenceDate": "2025-12-31"},
    ]
    assert keys(connector, "journals", Window(clock.now() - timedelta(days=35), clock.now())) == ["8", "9"]


def test_only_open_drafts_are_read_and_a_draft_that_is_gone_vanishes(
    connector: B1Connector, b1: FakeB1, clock: FixedClock
) -> None:
    b1.sets["Drafts"] = [document(1, UpdateDate="2020-01-01"), document(2, DocumentStatus="bost_Close")]
    assert stream(connector, "drafts").mode == "snapshot"
    assert keys(connector, "drafts", Window(None, clock.now())) == ["1"]
