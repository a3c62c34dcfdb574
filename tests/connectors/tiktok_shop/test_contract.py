"""Requests and simulated answers against the official OpenAPI files."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from auditor.connectors.tiktok_shop import operations
from auditor.connectors.tiktok_shop.actions import PushTracking
from auditor.connectors.tiktok_shop.operations import Operation
from auditor.sandbox.tiktok_shop.answers import Answers
from tests.connectors.tiktok_shop.shop import NOW, Shop, Trade
from tests.connectors.tiktok_shop.test_reading import fill
from tests.contracts import contracts_folder
from tests.openapi import load, parameters, problems, request_body, response

pytestmark = pytest.mark.contract

FILES = {
    "authorization": "authorization", "order": "order", "fulfillment": "fulfillment", "return_refund": "return_refund",
    "product": "product_inventory_subset", "logistics": "logistics", "finance": "finance",
}  # fmt: skip
# Not among the files; said to be 202309 less some fields.
STANDS_FOR = {"/finance/202605/payments": "/finance/202309/payments"}
SIGNED = {"app_key", "timestamp", "sign"}
IDS = {
    "price_detail": "{order_id}", "packages": "{package_id}", "orders": "{order_id}", "warehouses": "{warehouse_id}",
    "delivery_options": "{delivery_option_id}", "statements": "{statement_id}",
}  # fmt: skip


@cache
def document(area: str) -> dict[str, Any]:
    return load(contracts_folder() / "tiktok_shop" / "oas" / f"{FILES[area]}.json")


def template(path: str) -> str:
    """The path as the files write it."""
    parts = path.split("/")
    for place in range(3, len(parts)):
        if parts[place].isdigit() or parts[place] == "{}":
            parts[place] = IDS[parts[place - 1]]
    found = "/".join(parts)
    return STANDS_FOR.get(found, found)


def all_operations() -> list[Operation]:
    return [value for value in vars(operations).values() if isinstance(value, Operation)]


@pytest.mark.parametrize("operation", all_operations(), ids=lambda operation: operation.name)
def test_every_version_of_every_call_is_in_the_files(operation: Operation) -> None:
    for version in operation.versions:
        path = template(operation.path(version, *["{}"] * operation.rest.count("{}")))
        assert operation.method.lower() in document(operation.area)["paths"][path]


def test_every_answer_of_the_simulation_is_of_a_known_call(shop: Shop) -> None:
    for name in Answers(shop.state).names:
        method, _, path = name.partition(" ")
        assert method.lower() in document(path.split("/")[1])["paths"][template(path)]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop after everything was asked of it that the connector can ask."""
    folder: Path = tmp_path_factory.mktemp("shop")
    shop, trade = Shop(folder), Trade()
    fill(shop, trade)
    for kind in ("exchange", "replacement", "sample"):
        shop.front.put_sale(trade.sale(order_kind=kind), NOW)
    shop.front.put_sale(trade.sale(payment_state="PENDING"), NOW)
    shop.front.put_sale(trade.sale(trade.line("A-1", 2, platform_discount="1.00")), NOW)
    shop.front.put_payout(
        trade.payout(
            trade.row("-2.00", kind="RESERVED_FUNDS_WITHDRAWAL"),
            trade.row("-6.00", "1.50", kind="DISPUTE_WITHDRAWAL"),
            trade.row("-3.20", kind="SHIPPING_LABEL"),
        )
    )
    for stream in shop.connector.streams:
        held = shop.bodies(stream.name)
        shop.bodies(stream.name, NOW - timedelta(days=30))
        shop.connector.look_up(stream, sorted(held)[:2])
    list(shop.connector.diagnose())
    writer = PushTracking(shop.connector.client)
    sale = trade.sale()
    shop.front.put_sale(sale, NOW)
    (line,) = writer.current({"order_id": sale.key})["remaining"]
    lines = [{"lines": [{"id": line, "quantity": "1"}]}]
    what = {"order_id": sale.key, "tracking_number": "1", "carrier": "DPD", "lines": lines}
    done = writer.send(what, "k")
    writer.send({**what, "shipment_id": done["shipment_id"]}, "k")
    writer.probe({**what, "shipment_id": done["shipment_id"]}, "k")
    return shop


def test_the_answers_hold_nothing_that_the_files_do_not_name(talk: Shop) -> None:
    checked = set()
    for name, answer in talk.transport.answers:
        method, _, path = name.partition(" ")
        if path.startswith("/api/"):
            continue
        area = path.split("/")[1]
        found = problems(document(area), response(document(area), method, template(path)), answer)
        assert found == [], (name, found[:5])
        checked.add(f"{method} {template(path)}")
    assert len(checked) == len(Answers(talk.state).names) - 1  # the two versions of payments are one


def test_the_requests_hold_nothing_that_the_files_do_not_name(talk: Shop) -> None:
    for request in talk.transport.requests:
        path = request.url.path
        if path.startswith("/api/"):
            continue
        area = path.split("/")[1]
        asked = set(request.url.params) - SIGNED
        assert asked <= parameters(document(area), request.method, template(path)), path
        content = request.read()
        if request.method == "POST":
            place = request_body(document(area), request.method, template(path))
            assert problems(document(area), place, json.loads(content)) == [], path
        else:
            assert content == b""
        assert request.headers["content-type"] == "application/json"
        assert ("shop_cipher" in asked) == (area != "authorization")
