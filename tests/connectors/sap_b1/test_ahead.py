"""Reading ahead and in parallel: the same rows, no thread left behind, errors where they are consumed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.base import Window
from auditor.connectors.sap_b1.ahead import run_ahead
from auditor.errors import Incomplete, Retriable
from tests.connectors.sap_b1.conftest import Make, document, stream
from tests.connectors.sap_b1.fake import FakeB1


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "b1-read"]


def test_all_elements_of_all_sources_come() -> None:
    assert list(run_ahead([iter(range(100))])) == list(range(100))
    assert sorted(run_ahead([iter(range(50)), iter(range(50, 100)), iter(())])) == list(range(100))
    assert readers() == []


def test_a_source_runs_while_its_last_element_is_used() -> None:
    second_was_made = threading.Event()

    def source() -> Iterator[int]:
        yield 1
        second_was_made.set()
        yield 2

    elements = run_ahead([source()])
    assert next(elements) == 1
    assert second_was_made.wait(10)
    assert next(elements) == 2
    elements.close()


def test_an_error_is_raised_where_elements_are_consumed_and_ends_everything() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise Incomplete("half")

    def endless() -> Iterator[int]:
        while True:
            yield 0

    with pytest.raises(Incomplete, match="half"):
        list(run_ahead([broken(), endless()]))
    assert readers() == []


def test_a_consumer_that_stops_leaves_nothing_running() -> None:
    def endless() -> Iterator[int]:
        while True:
            yield 0

    elements = run_ahead([endless(), endless()])
    next(elements)
    elements.close()
    assert readers() == []


def test_a_large_read_is_divided_among_the_sessions_and_misses_nothing(
    make: Make, b1: FakeB1, clock: FixedClock
) -> None:
    connector = make(sessions=3, page_size=20)
    b1.sets["Orders"] = [document(n * n) for n in range(1, 401)]
    window = Window(None, clock.now())
    keys = [int(record.key) for page in connector.read(stream(connector, "orders"), window) for record in page]
    assert sorted(keys) == [n * n for n in range(1, 401)]
    assert b1.logins <= 3  # fewer, when one has read its part before the next begins
    begun = {request.url.params.get("$filter") for request in b1.requests}
    assert {"DocEntry lt 53334", "(DocEntry ge 53334) and DocEntry lt 106667", "DocEntry ge 106667"} <= begun


def test_what_is_posted_while_a_divided_read_runs_belongs_to_the_last_span(
    make: Make, b1: FakeB1, clock: FixedClock
) -> None:
    connector = make(sessions=2, page_size=20)
    b1.sets["Orders"] = [document(n) for n in range(1, 401)]
    b1.after_page = lambda: b1.sets["Orders"].append(document(401)) if len(b1.sets["Orders"]) == 400 else None
    window = Window(None, clock.now())
    keys = {int(record.key) for page in connector.read(stream(connector, "orders"), window) for record in page}
    assert keys == set(range(1, 402))


def test_a_server_that_breaks_in_one_span_fails_the_read(make: Make, b1: FakeB1, clock: FixedClock) -> None:
    def breaks(request: httpx.Request) -> httpx.Response:
        if "DocEntry ge" in request.url.params.get("$filter", ""):
            return httpx.Response(502, html="<html></html>")
        return b1.handle(request)

    connector = make(breaks, sessions=2, page_size=20)
    b1.sets["Orders"] = [document(n) for n in range(1, 401)]
    with pytest.raises(Retriable):
        list(connector.read(stream(connector, "orders"), Window(None, clock.now())))
    assert readers() == []
