"""Extraction: windows without holes, failures that stay where they happen, nothing half-read that counts."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from auditor.canonical.shape import shape_pending
from auditor.clock import FixedClock
from auditor.connectors.base import Page, Record, Stream, Window
from auditor.errors import Incomplete, Rejected, Retriable
from auditor.extract.progress import ExtractResult, Silent
from auditor.extract.run import INTERRUPTED, extract_all
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.extract.fake import FakeSystem, moment
from tests.workspace import remember

HISTORY = timedelta(days=90)
START = moment("2026-03-02T12:00")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def store(clock: FixedClock) -> Iterator[Store]:
    with Store.in_memory(clock) as opened:
        yield opened


@pytest.fixture
def b1() -> FakeSystem:
    system = FakeSystem()
    system.put("warehouses", "01", '{"name": "Leeds"}')
    for key in ("1", "2", "3"):
        system.put("orders", key, f'{{"n": {key}, "status": "open", "total": "10"}}')
    system.put("incoming_payments", "1", "{}")
    return system


class Notes(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def started(self, system: str, stream: str) -> None:
        self.lines.append(f"{system} {stream} started")

    def advanced(self, system: str, stream: str, rows: int) -> None:
        self.lines.append(f"{system} {stream} {rows}")

    def finished(self, result: ExtractResult) -> None:
        self.lines.append(f"{result.system} {result.stream} {result.status}")


def extract(store: Store, clock: FixedClock, *systems: FakeSystem) -> dict[str, ExtractResult]:
    return {result.stream: result for result in extract_all(store, systems, clock, HISTORY, Silent())}


def bodies(store: Store, stream: str) -> Sequence[str]:
    rows = store.read(
        lambda con: con.sql("SELECT stream, body FROM raw.record ORDER BY record_key, extract_id").fetchall()
    )
    return [body for name, body in rows if name == stream]


def test_a_first_read_begins_with_the_history_and_the_next_at_the_watermark_less_the_lookback(
    store: Store, clock: FixedClock, b1: FakeSystem
) -> None:
    extract(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    extract(store, clock, b1)
    assert [(window.since, window.cut_off) for window in b1.windows["orders"]] == [
        (START - HISTORY, START),
        (START - timedelta(hours=1), START + timedelta(minutes=15)),
    ]
    assert [window.since for window in b1.windows["warehouses"]] == [None, None]


def test_after_a_failed_read_the_window_begins_where_the_last_complete_one_ended(
    store: Store, clock: FixedClock, b1: FakeSystem
) -> None:
    extract(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    b1.failures["orders"] = Retriable("B1 did not answer within 30 s.")
    extract(store, clock, b1)
    clock.advance(timedelta(minutes=15))
    b1.failures.clear()
    extract(store, clock, b1)
    window = b1.windows["orders"][2]
    assert (window.since, window.cut_off) == (START - timedelta(hours=1), START + timedelta(minutes=30))


def test_counts_and_calls_belong_to_their_stream(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    results = extract(store, clock, b1)
    assert [(r.stream, r.status, r.rows_read, r.rows_new, r.calls) for r in results.values()] == [
        ("warehouses", "complete", 1, 1, 1),
        ("orders", "complete", 3, 3, 2),
        ("incoming_payments", "complete", 1, 1, 1),
        ("outgoing_payments", "complete", 0, 0, 1),
    ]
    noted = store.read(
        lambda con: con.sql(
            "SELECT stream, status, rows_read, calls, watermark FROM raw.extract ORDER BY extract_id"
        ).fetchall()
    )
    assert noted[1] == ("orders", "complete", 3, 2, START)


@pytest.mark.parametrize(
    ("failure", "status", "reason"),
    [
        (Incomplete("page 2 of 3 is missing"), "incomplete", "page 2 of 3 is missing"),
        (Retriable("B1 did not answer within 30 s."), "failed", "B1 did not answer within 30 s."),
        (Rejected("The field U_X is unknown.", status=400), "failed", "The field U_X is unknown."),
        (ZeroDivisionError("x"), "failed", "An unexpected ZeroDivisionError ended the extract"),
    ],
)
def test_what_one_stream_meets_stays_with_it(
    store: Store, clock: FixedClock, b1: FakeSystem, failure: BaseException, status: str, reason: str
) -> None:
    b1.failures["orders"] = failure
    results = extract(store, clock, b1)
    assert results["orders"].status == status
    assert reason in str(results["orders"].reason)
    assert results["incoming_payments"].status == "complete"
    assert bodies(store, "orders") == []
    noted = store.read(
        lambda con: con.sql("SELECT status, watermark, reason FROM raw.extract WHERE stream = 'orders'").fetchall()
    )
    assert noted == [(status, None, results["orders"].reason)]


def test_a_refused_login_is_not_tried_again_for_every_stream(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    b1.failures["warehouses"] = Rejected("B1 refused the user auditor.", status=401)
    shop = FakeSystem(system="shopify-uk", streams=FakeSystem().streams[1:2])
    results = extract_all(store, [b1, shop], clock, HISTORY, Silent())
    assert [(r.system, r.status, r.reason) for r in results] == [
        *[("b1", "failed", "B1 refused the user auditor.")] * 4,
        ("shopify-uk", "complete", None),
    ]
    assert list(b1.windows) == ["warehouses"]
    extract(store, clock, b1)
    assert len(b1.windows["warehouses"]) == 2


def test_open_documents_are_read_again_until_they_are_closed(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    extract(store, clock, b1)
    shape_pending(store, [b1], clock)
    b1.put("orders", "2", '{"n": 2, "status": "closed", "total": "10"}')
    clock.advance(timedelta(minutes=15))
    extract(store, clock, b1)
    shape_pending(store, [b1], clock)
    clock.advance(timedelta(minutes=15))
    extract(store, clock, b1)
    assert [window.open_keys for window in b1.windows["orders"]] == [
        frozenset(),
        frozenset({"1", "2", "3"}),
        frozenset({"1", "3"}),
    ]
    assert all(window.open_keys == frozenset() for window in b1.windows["incoming_payments"])


def test_what_has_been_open_for_long_is_read_again_once_a_day(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    extract(store, clock, b1)
    made = {"old": START - timedelta(days=40), "recent": START - timedelta(days=20)}
    rows = [
        {"doc_entry": n, "status": "open", "created_at": at, "feed": "b1/orders", "record_key": key}
        for n, (key, at) in enumerate(made.items())
    ]
    remember(store, {"b1_order": rows})
    for hours in (1, 12, 1):
        clock.advance(timedelta(hours=hours))
        extract(store, clock, b1)
    windows = b1.windows["orders"][1:]
    assert [window.open_keys for window in windows] == [{"recent"}, {"old", "recent"}, {"recent"}]
    assert [window.open_since is None for window in windows] == [False, True, False]


def test_a_channel_is_never_asked_for_open_documents(store: Store, clock: FixedClock) -> None:
    shop = FakeSystem(system="shopify-uk")
    shop.put("orders", "1", '{"n": 1, "status": "open", "total": "10"}')
    extract(store, clock, shop)
    shape_pending(store, [shop], clock)
    extract(store, clock, shop)
    assert shop.windows["orders"][1].open_keys == frozenset()


def test_a_parcel_that_was_given_its_number_is_read_again_until_that_is_proved(store: Store, clock: FixedClock) -> None:
    parcels = Stream("fulfilments", ("shipment",), cadence=timedelta(hours=1))
    shop = FakeSystem(system="shopify-uk", streams=(parcels,))
    shop.put("fulfilments", "O1", "{}")
    extract(store, clock, shop)

    def correct(con: Connection, state: str) -> None:
        con.execute("DELETE FROM audit.action")
        con.execute(
            "INSERT INTO audit.action BY NAME SELECT 'a' AS action_id, 'push_tracking' AS kind, 'f' AS finding_id, "
            "'shopify-uk' AS channel, $state AS state, 'k' AS idempotency_key, '{\"order_id\": \"1\"}' AS payload, "
            "'{}' AS before, 0 AS money, 'auditor' AS proposed_by, $at AS proposed_at",
            {"state": state, "at": START},
        )

    rows = [
        {"channel": "shopify-uk", "order_id": key, "feed": "shopify-uk/fulfilments", "record_key": f"O{key}"}
        for key in "12"
    ]
    remember(store, {"shipment": rows})
    for state in ("approved", "confirmed", "verified"):
        store.write(lambda con, state=state: correct(con, state))
        extract(store, clock, shop)
    assert [window.open_keys for window in shop.windows["fulfilments"][1:]] == [set(), {"O1"}, set()]


def test_only_the_streams_that_are_due_are_read(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    results = extract_all(store, [b1], clock, HISTORY, Silent(), only={("b1", "orders"), ("shopify-uk", "warehouses")})
    assert [result.stream for result in results] == ["orders"]


def test_without_a_system_nothing_is_read(store: Store, clock: FixedClock) -> None:
    assert extract_all(store, [], clock, HISTORY, Silent()) == []


def test_systems_are_read_at_the_same_time(store: Store, clock: FixedClock) -> None:
    meeting = threading.Barrier(2, timeout=20)
    one, two = (FakeSystem(system=name, streams=FakeSystem().streams[1:2]) for name in ("b1", "shopify-uk"))
    one.before_page = two.before_page = lambda: None if meeting.broken else (meeting.wait(), None)[1]
    results = extract_all(store, [one, two], clock, HISTORY, Silent())
    assert [result.status for result in results] == ["complete", "complete"]


def test_progress_is_told_in_order(store: Store, clock: FixedClock, b1: FakeSystem) -> None:
    notes = Notes()
    extract_all(store, [b1], clock, HISTORY, notes, only={("b1", "orders")})
    assert notes.lines == ["b1 orders started", "b1 orders 2", "b1 orders 3", "b1 orders complete"]


class Endless(FakeSystem):
    """A system whose orders never end."""

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        while True:
            yield [Record("1", b"{}")]


def test_an_interrupted_program_leaves_no_extract_running(store: Store, clock: FixedClock) -> None:
    class Interrupting(Silent):
        def advanced(self, system: str, stream: str, rows: int) -> None:
            if system == "shopify-uk":
                raise KeyboardInterrupt

    orders = FakeSystem().streams[1:2]
    systems = [FakeSystem(system="shopify-uk", streams=orders), Endless(system="b1", streams=orders)]
    with pytest.raises(KeyboardInterrupt):
        extract_all(store, systems, clock, HISTORY, Interrupting())
    noted = store.read(lambda con: con.sql("SELECT DISTINCT status, reason FROM raw.extract").fetchall())
    assert noted == [("failed", INTERRUPTED)]
    assert store.staging == {}
