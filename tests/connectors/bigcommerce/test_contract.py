"""Requests and answers held against the official OpenAPI files: every option we send, every field the store answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from auditor.connectors.bigcommerce.actions import PushTracking
from auditor.errors import Rejected
from tests import openapi
from tests.connectors.bigcommerce.store import STORE_HASH, Store, give_back, line, sale, sales
from tests.contracts import contracts_folder

pytestmark = pytest.mark.contract

# Where each address stands: file, path as the file writes it.
OPERATIONS = {
    r"v2/orders": ("orders.v2.oas2.yml", "/orders"),
    r"v2/orders/count": ("orders.v2.oas2.yml", "/orders/count"),
    r"v2/orders/\d+": ("orders.v2.oas2.yml", "/orders/{order_id}"),
    r"v2/orders/\d+/products": ("orders.v2.oas2.yml", "/orders/{order_id}/products"),
    r"v2/orders/\d+/taxes": ("orders.v2.oas2.yml", "/orders/{order_id}/taxes"),
    r"v2/orders/\d+/coupons": ("orders.v2.oas2.yml", "/orders/{order_id}/coupons"),
    r"v2/orders/\d+/fees": ("orders.v2.oas2.yml", "/orders/{order_id}/fees"),
    r"v2/orders/\d+/shipping_addresses": ("orders.v2.oas2.yml", "/orders/{order_id}/shipping_addresses"),
    r"v2/orders/\d+/shipments": ("orders.v2.oas2.yml", "/orders/{order_id}/shipments"),
    r"v2/orders/\d+/shipments/count": ("orders.v2.oas2.yml", "/orders/{order_id}/shipments/count"),
    r"v2/orders/\d+/shipments/\d+": ("orders.v2.oas2.yml", "/orders/{order_id}/shipments/{shipment_id}"),
    r"v2/order_statuses": ("orders.v2.oas2.yml", "/order_statuses"),
    r"v2/store": ("store_information.v2.yml", "/store"),
    r"v2/time": ("store_information.v2.yml", "/time"),
    r"v2/currencies": ("currencies.v2.yml", "/currencies"),
    r"v3/tax/settings": ("tax_settings.v3.yml", "/tax/settings"),
    r"v3/orders/payment_actions/refunds": ("orders.v3.yml", "/orders/payment_actions/refunds"),
    r"v3/orders/\d+/transactions": ("orders.v3.yml", "/orders/{order_id}/transactions"),
    r"v3/inventory/items": ("inventory.v3.yml", "/inventory/items"),
    r"v3/inventory/locations": ("locations.v3.yml", "/inventory/locations"),
    r"v3/catalog/products": ("products_catalog.v3.yml.gz", "/catalog/products"),
    r"v3/catalog/variants": ("product-variants_catalog.v3.yml", "/catalog/variants"),
}
# The contract says that archived orders are listed with it; the file does not name it, and V2 ignores what it does not.
UNLISTED = {"is_deleted"}


def operation_of(request: httpx.Request) -> tuple[openapi.Document, str]:
    address = request.url.path.removeprefix(f"/stores/{STORE_HASH}/")
    file, path = next(place for pattern, place in OPERATIONS.items() if re.fullmatch(pattern, address))
    return openapi.load(contracts_folder() / "bigcommerce" / file), path


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[httpx.Request, httpx.Response]]]:
    """Everything the connector asks, and what the simulation answers, once."""
    store = Store(tmp_path_factory.mktemp("contract"))
    store.offer(2)
    card = line(5, kind="gift_card", rate=line(5).rate - line(5).rate)
    made = [
        sale(100_001, line(1, 2, discount=line(1).unit_price / 10), line(2), card, tip=line(1).unit_price),
        *sales(3, 100_002, gateway="paypal"),
        sale(100_006, gateway="gift_card"),
        sale(100_007, gateway="manual", payment_state="PENDING"),
    ]
    give_back(made[0], shipping=made[0].shipping, adjustment=-line(1).unit_price / 4)
    give_back(made[1], 880_002, status="FAILURE")
    give_back(made[2], 880_003, units=0, adjustment=line(1).unit_price / 2)
    store.put(*made)
    store.ship(100_002, 7_000_002, "X1")
    store.state.orders[100_003].header |= {"items_total": 60}
    connector = store.connector
    for stream in connector.streams:
        store.read(stream.name) if stream.name != "orders" else connector.look_up(stream, ["100001", "100002"])
    connector.look_up(connector.streams[2], ["70001"])
    connector.look_up(connector.streams[3], ["70001@1"])
    connector.look_up(connector.streams[6], ["880001"])
    list(connector.diagnose())
    push = PushTracking(connector.client)
    ship = {
        "order_id": "100006",
        "tracking_number": "Y1",
        "carrier": "UPS",
        "lines": [{"id": "7000006", "quantity": 1}],
    }
    made_parcel = push.send(ship, "key")
    push.send({**ship, **made_parcel, "tracking_number": "Y2"}, "key")
    client = connector.client
    for name in ("products", "fees", "shipping_addresses", "shipments/count"):
        client.get(f"v2/orders/100001/{name}")
    client.get("v2/orders", {"is_deleted": "true"})
    yield store.transport.answered
    connector.close()


def test_every_address_is_spoken_to(spoken: list[tuple[httpx.Request, httpx.Response]]) -> None:
    addresses = {request.url.path.removeprefix(f"/stores/{STORE_HASH}/") for request, _ in spoken}
    for pattern in OPERATIONS:
        assert any(re.fullmatch(pattern, address) for address in addresses), pattern


def test_only_documented_options_are_sent(spoken: list[tuple[httpx.Request, httpx.Response]]) -> None:
    for request, _ in spoken:
        document, path = operation_of(request)
        known = openapi.parameters(document, request.method, path)
        assert set(request.url.params) <= known | UNLISTED, request.url


def test_bodies_that_are_sent_are_documented(spoken: list[tuple[httpx.Request, httpx.Response]]) -> None:
    written = [request for request, _ in spoken if request.method != "GET"]
    assert {request.method for request in written} == {"POST", "PUT"}
    for request in written:
        document, path = operation_of(request)
        place = openapi.request_body(document, request.method, path)
        assert openapi.problems(document, place, msgspec.json.decode(request.content)) == []


def without_links(answer: Any) -> Any:
    """The file says that consignments are either a link or content, and describes both so that a link is either."""
    for order in answer if isinstance(answer, list) else [answer]:
        if set(order.get("consignments") or ()) == {"url", "resource"}:
            del order["consignments"]
    return answer


def test_answers_are_what_the_files_describe(spoken: list[tuple[httpx.Request, httpx.Response]]) -> None:
    seen: set[bytes] = set()
    for request, response in spoken:
        assert response.status_code in (200, 201, 204), request.url
        if response.status_code == 204 or response.content in seen:
            continue
        seen.add(response.content)
        document, path = operation_of(request)
        place = openapi.response(document, request.method, path, response.status_code)
        answer = without_links(msgspec.json.decode(response.content))
        # The file shows one fee where the store gives a list of them.
        for one in answer if path.endswith("/fees") else [answer]:
            assert openapi.problems(document, place, one) == [], request.url


def test_a_problem_is_read_in_either_form(tmp_path: Path) -> None:
    """V2 answers a list, V3 one object; both are read."""
    store = Store(tmp_path)
    with pytest.raises(Rejected, match=r"405.*The method is not allowed"):
        store.connector.client.write("PUT", "v2/orders/100001", {})
    with pytest.raises(Rejected, match=r"400.*The value 'many' is not valid for 'limit'"):
        store.connector.client.get("v3/catalog/products", {"limit": "many"})
    with pytest.raises(Rejected, match="so large a page"):
        store.connector.client.get("v2/orders", {"limit": "251"})
    store.connector.close()
