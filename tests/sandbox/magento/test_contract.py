"""What the simulated shop answers is what the official schema describes, name by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from auditor.clock import FixedClock
from auditor.connectors.magento.oauth1 import authorization
from auditor.connectors.magento.tokens import keys_of
from auditor.sandbox.catalogue import Listing
from auditor.sandbox.generate import generate
from auditor.sandbox.life import refund
from auditor.sandbox.magento import MagentoFront
from auditor.sandbox.shops import MAGENTO
from auditor.sandbox.stock import Level
from tests import openapi
from tests.contracts import contracts_folder
from tests.sandbox.magento.served import NOW, Shop, Switch

pytestmark = pytest.mark.contract
Get = Callable[[str], Any]
LISTS = (
    "orders", "invoices", "creditmemos", "shipments", "products", "inventory/sources", "inventory/stocks",
    "inventory/stock-source-links", "inventory/source-items",
)  # fmt: skip
EXPORT = "/V1/inventory/export-stock-salable-qty/{salesChannelType}/{salesChannelCode}"


@pytest.fixture(scope="module")
def front() -> MagentoFront:
    """A shop with one sale of everything that can happen."""
    made = MagentoFront(MAGENTO, FixedClock(NOW))
    business = generate(5, 60, NOW, shops=[MAGENTO])
    for location in MAGENTO.locations:
        made.put_location(location)
    for item in business.items.values():
        listing = Listing(item.code, item.title, item.price, item.rate, item.number)
        made.put_listing(listing)
        made.put_level(listing, MAGENTO.locations[0], Level(3, NOW))
    for recipe in business.recipes.values():
        parts = recipe.parts if recipe.kind == "bundle" else ()
        made.put_listing(Listing(recipe.sku, recipe.title, recipe.price, item.rate, recipe.number, components=parts))
    for number, sale in enumerate(business.sales):
        if number < 3:
            given = refund(sale, sale.placed_at, [(sale.lines[0], 1)], business.ids, Random(number))
            given.gateway = ("gift_card", "manual", sale.gateway)[number]
            sale.payment_state = ("PAID", "PENDING", "AUTHORIZED")[number]
        made.put_sale(sale, NOW)
    return made


@pytest.fixture
def get(front: MagentoFront, served: tuple[Switch, str], tmp_path: Path) -> Get:
    switch, url = served
    shop = Shop(url, tmp_path, front.state())
    switch.app = shop.app
    connector = shop.connect()
    keys = keys_of(connector.channel, tmp_path)
    client = httpx.Client(transport=httpx.HTTPTransport(verify=False))
    nonces = iter(range(1000))

    def send(path: str) -> Any:
        request = client.build_request("GET", f"{url}/rest/all/V1/{path}")
        nonce = f"{tmp_path}{next(nonces)}"
        request.headers["Authorization"] = authorization(keys, "GET", request.url, nonce=nonce, timestamp=1)
        answer = client.send(request)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return send


@pytest.fixture(scope="module")
def schema() -> openapi.Document:
    return openapi.load(contracts_folder() / "magento" / "admin-schema-2.4.9.yaml.gz")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_as_the_schema_says(schema: openapi.Document, get: Get, name: str) -> None:
    answer = get(f"{name}?searchCriteria[pageSize]=200")
    assert answer["total_count"] == len(answer["items"]) > 0
    assert openapi.problems(schema, openapi.response(schema, "GET", f"/V1/{name}"), answer) == []


def test_single_records_are_as_the_schema_says(schema: openapi.Document, get: Get, front: MagentoFront) -> None:
    order_id = front.state().records("orders")[0]["entity_id"]
    shipment_id = front.state().records("shipments")[0]["entity_id"]
    for path, place in ((f"orders/{order_id}", "/V1/orders/{id}"), (f"shipment/{shipment_id}", "/V1/shipment/{id}")):
        assert openapi.problems(schema, openapi.response(schema, "GET", place), get(path)) == []


def test_store_views_and_salable_quantities_are_as_the_schema_says(schema: openapi.Document, get: Get) -> None:
    place = openapi.response(schema, "GET", "/V1/store/storeConfigs")
    assert openapi.problems(schema, place, get("store/storeConfigs")) == []
    export = get("inventory/export-stock-salable-qty/website/base?searchCriteria[pageSize]=5")
    assert openapi.problems(schema, openapi.response(schema, "GET", EXPORT), export) == []
    row = openapi.pointer("definitions", "inventory-export-stock-api-data-product-stock-index-data-interface")
    assert [problem for one in export["items"] for problem in openapi.problems(schema, row, one)] == []
    alone = get("inventory/get-product-salable-quantity/HP-0001/1")
    single = openapi.response(schema, "GET", "/V1/inventory/get-product-salable-quantity/{sku}/{stockId}")
    assert openapi.problems(schema, single, alone) == []
