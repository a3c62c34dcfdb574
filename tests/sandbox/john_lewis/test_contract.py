"""Answers of the simulation, and what the connector asks, against the operator's published OpenAPI file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from auditor.connectors.john_lewis.actions import PushTracking
from auditor.sandbox.john_lewis.orders import Habits
from tests import openapi
from tests.connectors.john_lewis.shop import NOW, Marketplace, line, order, read_records
from tests.contracts import contracts_folder
from tests.sandbox.john_lewis.company import Company

pytestmark = pytest.mark.contract
# Paging is described in the general notes, not with the operations.
PAGING = {"max", "offset", "sort", "order", "limit", "page_token"}
FILES = {
    "orders": "/dynamic-url/The+URL+is+retrieved+from+OR14+output/OR15",
    "offers": "/dynamic-url/The+URL+is+retrieved+from+OF53+output/OF54",
    "data": "/dynamic-url/The+URL+is+retrieved+from+TL04+output/TL05",
}
LISTS = {
    "/api/orders": [("max", "100")],
    "/api/offers": [("max", "100")],
    "/api/shipments": [("limit", "100")],
    "/api/returns": [("limit", "100")],
    "/api/seller-billing-cycles": [("limit", "1000")],
    "/api/sellerpayment/transactions_logs": [("limit", "2000")],
    "/api/shipping/carriers": [],
    "/api/platform/configuration": [],
    "/api/orders/taxes": [],
    "/api/additional_fields": [],
    "/api/reasons": [],
}


def wrong_with(place: str, answer: Any) -> list[str]:
    """The first problems. The value of an additional field stands in the schema of the type of field."""
    problems = []
    for body in answer.get("orders", ()):
        for field in body.get("order_additional_fields", ()):
            one = openapi.pointer("components", "schemas", "OR11_Response_200_Orders_OrderAdditionalFields_String")
            problems += openapi.problems(document(), one, field)
            field.pop("value", None)
    return [*problems, *openapi.problems(document(), place, answer)][:5]


def document() -> dict[str, Any]:
    return openapi.load(contracts_folder() / "mirakl" / "mmp-seller-openapi-2026-08.json.gz")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    made = Company(tmp_path_factory.mktemp("jl"), orders=60)
    yield made
    made.market.transport.end()


@pytest.fixture(scope="module")
def asked(company: Company) -> Marketplace:
    """The marketplace after everything has been read."""
    company.clock.advance(timedelta(days=1))  # some operations are allowed once a day
    connector = company.market.connector()
    for each in connector.streams:
        for since in (NOW - timedelta(days=90), NOW - timedelta(hours=3)):
            if not each.once_a_day:
                read_records(connector, each.name, since)
    for name in ("settings", "carriers", "payouts"):
        read_records(connector, name, NOW - timedelta(days=90))
    orders = next(each for each in connector.streams if each.name == "orders")
    connector.look_up(orders, [company.sales[0].key])
    list(connector.diagnose())
    return company.market


@pytest.mark.parametrize("path", sorted(LISTS))
def test_lists_of_the_simulation_are_as_published(company: Company, path: str) -> None:
    company.clock.advance(timedelta(days=1))
    client = company.market.connector().client
    answer = orjson.loads(client.call("GET", "", path.lstrip("/"), LISTS[path]).body)
    assert any(isinstance(value, list) and value for value in answer.values()) or path.endswith("configuration")
    assert wrong_with(openapi.response(document(), "GET", path), answer) == []


def test_files_of_exports_are_as_published(company: Company, asked: Marketplace) -> None:
    seen = set()
    client = company.market.connector().client
    for tracking, export in asked.state.exports.items():
        answer = orjson.loads(client.call("GET", "", f"exports/{tracking}/0.json").body)
        # The schema is that of one offer; the example is a list of them. Of lines the schema is that of one as well.
        rows = [answer] if export.kind == "orders" else answer if export.kind == "offers" else answer["data"]
        place = openapi.response(document(), "GET", FILES[export.kind])
        assert [found for row in rows[:20] for found in openapi.problems(document(), place, row)][:5] == []
        seen.add(export.kind)
    assert seen == {"offers", "data"}


def test_an_export_of_orders_is_as_published(tmp_path: Path) -> None:
    company = Company(tmp_path, orders=110)
    connector = company.market.connector()
    assert len(read_records(connector, "orders", NOW - timedelta(days=90))) == 110
    (tracking,) = company.state.exports
    answer = orjson.loads(connector.client.call("GET", "", f"exports/{tracking}/0.json").body)
    place = openapi.response(document(), "GET", FILES["orders"])
    assert wrong_with(place, answer) == []
    (ordered,) = company.market.calls("/api/orders/async-export")
    body = openapi.request_body(document(), "POST", "/api/orders/async-export")
    assert openapi.problems(document(), body, orjson.loads(ordered.content)) == []
    status = company.market.calls(f"/api/orders/async-export/status/{tracking}")
    assert status
    company.market.transport.end()


def test_the_connector_asks_only_for_what_is_published(company: Company, asked: Marketplace) -> None:
    paths = document()["paths"]
    seen = set()
    for request in asked.transport.sent:
        if request.url.path.startswith("/exports/"):
            continue
        path = published(paths, request.url.path)
        known = openapi.parameters(document(), request.method, path) | PAGING
        assert set(request.url.params.keys()) <= known, request.url
        if request.method == "POST":
            body = openapi.request_body(document(), "POST", path)
            assert openapi.problems(document(), body, orjson.loads(request.content)) == []
        seen.add((request.method, path))
    assert len(seen) >= 14


def test_writes_and_their_answers_are_as_published(tmp_path: Path) -> None:
    payload = {
        "order_id": "JL-1-A",
        "tracking_number": "1550",
        "carrier": "DPD",
        "lines": [{"lines": [{"id": "L1", "quantity": "1"}]}],
    }
    for habits in (Habits(), Habits(multi_shipment=False)):
        market = Marketplace(tmp_path, habits=habits)
        market.state.put_order(order(1, line(1, "12.00")))
        push = PushTracking(market.connector().client)
        made = push.send(payload, "key")
        if habits.multi_shipment:
            push.send({**payload, "shipment_id": made["shipment_id"]}, "key")
        for request in market.transport.sent:
            path = published(document()["paths"], request.url.path)
            if request.method in ("POST", "PUT") and request.content:
                body = openapi.request_body(document(), request.method, path)
                assert openapi.problems(document(), body, orjson.loads(request.content)) == []
        market.transport.end()


def test_answers_to_writes_are_as_published(tmp_path: Path) -> None:
    market = Marketplace(tmp_path)
    market.state.put_order(order(1, line(1, "12.00")))
    client = market.connector().client
    tracking = {"carrier_code": "DPD", "tracking_number": "1"}
    good = {"order_id": "JL-1-A", "shipment_lines": [{"order_line_id": "L1", "quantity": 1}], "tracking": tracking}
    bad = {**good, "order_id": "JL-9-A"}
    made = orjson.loads(client.write("ST01", "POST", "api/shipments", {"shipments": [good, bad]}).body)
    assert [len(made["shipment_success"]), len(made["shipment_errors"])] == [1, 1]
    place = openapi.response(document(), "POST", "/api/shipments", 201)
    assert openapi.problems(document(), place, made) == []
    changes = [{"id": made["shipment_success"][0]["id"], "tracking": tracking}, {"id": "no", "tracking": tracking}]
    told = orjson.loads(client.write("ST23", "POST", "api/shipments/tracking", {"shipments": changes}).body)
    place = openapi.response(document(), "POST", "/api/shipments/tracking")
    assert openapi.problems(document(), place, told) == []
    market.transport.end()


def published(paths: Mapping[str, Any], asked: str) -> str:
    """The path as the document writes it. Raises StopIteration when it has none."""
    if asked in paths:
        return asked
    parts = asked.split("/")
    return next(
        path
        for path in paths
        if len(path.split("/")) == len(parts)
        and all(one == other or one.startswith("{") for one, other in zip(path.split("/"), parts, strict=True))
    )
