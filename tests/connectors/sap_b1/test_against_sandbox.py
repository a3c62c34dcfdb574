"""The connector against the simulated Service Layer, over sockets: everything is read, and no failure passes unseen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.canonical.shape import shape_pending
from auditor.connectors.sap_b1 import B1Connector
from auditor.extract.progress import ExtractResult
from auditor.extract.run import extract_all
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import SHOPIFY
from auditor.settings import Settings, load
from auditor.store.owner import Store

World = tuple[Sandbox, Settings]


class Silent:
    """Progress that nobody looks at."""

    def started(self, system: str, stream: str) -> None: ...

    def advanced(self, system: str, stream: str, rows: int) -> None: ...

    def finished(self, result: ExtractResult) -> None: ...


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    sandbox = Sandbox.build(seed=3, orders=120, now=datetime.fromisoformat("2026-11-20T12:00:00"), shops=(SHOPIFY,))
    with sandbox.serve():
        folder: Path = tmp_path_factory.mktemp("sandbox")
        settings = load(sandbox.write_settings(folder))
        yield sandbox, settings.model_copy(update={"b1": settings.b1.model_copy(update={"page_size": 50})})


@pytest.fixture
def connector(world: World) -> Iterator[B1Connector]:
    sandbox, settings = world
    connector = B1Connector(settings, sandbox.clock)
    yield connector
    sandbox.failures.clear()
    connector.close()


def read(world: World, connector: B1Connector, *streams: str) -> tuple[Store, list[ExtractResult]]:
    sandbox, settings = world
    store = Store.in_memory(sandbox.clock)
    only = {("b1", name) for name in streams} or None
    return store, extract_all(store, [connector], sandbox.clock, settings.company.history, Silent(), only)


def test_everything_is_read_and_shaped(world: World, connector: B1Connector) -> None:
    sandbox, _ = world
    store, results = read(world, connector)
    assert [(result.stream, result.reason) for result in results if result.status != "complete"] == []
    assert [result.reason for result in shape_pending(store, [connector], sandbox.clock) if result.reason] == []
    rows = {result.stream: result.rows_read for result in results}
    assert rows["orders"] == sandbox.b1.count("Orders") > 100
    assert rows["items"] == sandbox.b1.count("Items")
    with store.workspace(sandbox.clock.now() + timedelta(hours=1)) as con:
        ((gaps,),) = con.sql(
            "SELECT count(*) FROM canonical.b1_order_line WHERE net IS NULL OR tax IS NULL OR gross <> net + tax "
            "OR item_code IS NULL OR warehouse IS NULL OR status NOT IN ('open', 'closed')"
        ).fetchall()
        ((stocked,),) = con.sql("SELECT count(DISTINCT warehouse) FROM canonical.b1_item_warehouse").fetchall()
    assert gaps == 0
    assert stocked > 5


def test_doctor_finds_nothing_wrong_but_the_clock(connector: B1Connector) -> None:
    # The sandbox lives on another day than the server that sends the Date header.
    assert {line.subject for line in connector.diagnose() if line.outcome != "ok"} <= {"B1 clock"}


@pytest.mark.parametrize(
    ("kind", "match", "detail"),
    [
        ("slow", "GET Orders", {"seconds": 3}),
        ("throttle", "GET Orders", {"times": 2}),
        ("bad_gateway_html", "GET Orders", {"times": 2}),
        ("session_expired", "GET Orders", {"after": 1}),
        ("truncated_body", "GET Orders", {"after": 1}),
        ("truncated_body", "GET Orders", {"after": 1, "form": "json"}),
        ("closed_connection", "GET Orders", {"after": 1}),
        ("server_error", "GET Orders", {"after": 1}),
    ],
)
def test_what_passes_is_waited_out(
    kind: Any, match: str, detail: dict[str, Any], world: World, connector: B1Connector
) -> None:
    sandbox, _ = world
    sandbox.failures.inject(kind, system="b1", match=match, **detail)
    _, (result,) = read(world, connector, "orders")
    assert (result.status, result.rows_read) == ("complete", sandbox.b1.count("Orders"))
    assert sandbox.failures.happened() >= 1


@pytest.mark.parametrize(
    ("kind", "stream", "match", "detail", "status"),
    [
        ("bad_gateway_html", "orders", "GET Orders", {"times": None}, "failed"),
        ("lost_page", "orders", "GET Orders", {"after": 1}, "incomplete"),
        ("lost_page", "items", "GET Items", {}, "incomplete"),
        ("lost_page", "stock", "List", {"after": 1}, "incomplete"),
        ("lost_page", "journals", "GET JournalEntries", {"after": 1}, "incomplete"),
        ("fields_gone", "orders", "GET Orders", {"names": ["DocTotal"]}, "failed"),
        ("fields_gone", "deliveries", "GET DeliveryNotes", {"after": 1, "names": ["TrackingNumber"]}, "failed"),
        ("fields_gone", "credit_memos", "GET CreditNotes", {"names": ["U_RefundId"]}, "failed"),
        ("fields_gone", "orders", "GET Orders", {"after": 1, "names": ["TaxTotal"]}, "incomplete"),
        ("fields_gone", "stock", "List", {"times": None, "names": ["OnHand"]}, "incomplete"),
    ],
)
def test_what_does_not_pass_leaves_nothing_behind(
    kind: Any, stream: str, match: str, detail: dict[str, Any], status: str, world: World, connector: B1Connector
) -> None:
    sandbox, _ = world
    sandbox.failures.inject(kind, system="b1", match=match, **detail)
    store, (result,) = read(world, connector, stream)
    assert result.status == status, result.reason
    assert sandbox.failures.happened() >= 1
    assert store.read(lambda con: con.sql("SELECT count(*) FROM raw.record").fetchall()) == [(0,)]
