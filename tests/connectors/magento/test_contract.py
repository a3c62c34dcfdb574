"""Every field, option and body that is sent stands in the official schemas, of the shop and of the cloud service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest

from auditor.connectors.magento import documents
from auditor.connectors.magento.actions import TRACKED_ORDERS, PushTracking
from auditor.connectors.magento.criteria import Filter, search, since
from auditor.connectors.magento.documents import Listing
from auditor.connectors.magento.fields import Fields
from tests import openapi
from tests.connectors.magento.bodies import item, order, shipment
from tests.connectors.magento.test_actions import PAYLOAD
from tests.contracts import contracts_folder
from tests.sandbox.magento.served import Shop

pytestmark = pytest.mark.contract
SCHEMAS = ("admin-schema-2.4.9.yaml.gz", "accs-schema-2026-07.yaml.gz")
LISTINGS = (
    documents.ORDERS, documents.FRAMES, documents.INVOICES, documents.CREDIT_MEMOS, documents.SHIPMENTS,
    documents.PRODUCTS, documents.SOURCE_ITEMS, documents.STOCKS, documents.LINKS, documents.SOURCES,
    TRACKED_ORDERS,
)  # fmt: skip
EXPORT = "/V1/inventory/export-stock-salable-qty/{salesChannelType}/{salesChannelCode}"
EXPORTED = "inventory-export-stock-api-data-product-stock-index-data-interface"


@pytest.fixture(scope="module", params=SCHEMAS, ids=["shop", "cloud"])
def schema(request: pytest.FixtureRequest) -> openapi.Document:
    return openapi.load(contracts_folder() / "magento" / request.param)


def missing(schema: openapi.Document, kinds: list[object], fields: Fields, place: str) -> Iterator[str]:
    """Fields that an object of one of these schemas does not have."""
    known: dict[str, list[object]] = {}
    for kind in kinds:
        for name, inner in openapi.properties(schema, kind).items():
            known.setdefault(name, []).extend(inner)
    for name in (*fields.must, *fields.may):
        if name not in known:
            yield f"{place}.{name}"
    for name, inner in (*fields.one, *fields.many):
        if name not in known:
            yield f"{place}.{name}"
            continue
        deeper = known[name]
        if (name, inner) in fields.many:
            deeper = [element for one in deeper for element in openapi.elements(schema, one)]
        yield from missing(schema, deeper, inner, f"{place}.{name}")


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.fields.name)
def test_every_field_that_is_asked_for_is_one_that_magento_has(schema: openapi.Document, listing: Listing) -> None:
    answer = openapi.resolve(schema, {"$ref": "#" + openapi.response(schema, "GET", f"/V1/{listing.path}")})
    rows = openapi.elements(schema, openapi.properties(schema, answer)["items"][0])
    assert list(missing(schema, rows, listing.fields, listing.path)) == []


def test_the_fields_of_the_export_and_of_store_views_are_magentos(schema: openapi.Document) -> None:
    assert list(missing(schema, [schema["definitions"][EXPORTED]], documents.SALABLE.fields, "salable")) == []
    configs = openapi.resolve(schema, {"$ref": "#" + openapi.response(schema, "GET", "/V1/store/storeConfigs")})
    assert list(missing(schema, openapi.elements(schema, configs), documents.STORE_CONFIG, "config")) == []


def test_the_options_of_a_search_are_magentos(schema: openapi.Document) -> None:
    groups = [[since("updated_at", datetime(2026, 1, 2)), Filter("created_at", "gteq", "x")], [Filter("a", "gt", "1")]]
    sent = {re.sub(r"\[\d+\]", "[0]", name) for name in search(groups, size=100, sort="entity_id")}
    for path in [f"/V1/{listing.path}" for listing in LISTINGS] + [EXPORT]:
        assert sent <= openapi.parameters(schema, "GET", path), path


def test_every_other_call_is_one_that_magento_has(schema: openapi.Document) -> None:
    assert openapi.parameters(schema, "GET", "/V1/inventory/get-product-salable-quantity/{sku}/{stockId}", "path") == {
        "sku",
        "stockId",
    }
    assert openapi.operation(schema, "POST", "/V1/shipment/track")
    assert openapi.operation(schema, "POST", "/V1/order/{orderId}/ship")


def test_what_is_written_is_what_magento_takes(schema: openapi.Document, shop: Shop) -> None:
    shop.state.put("orders", order(1, items=[item(10, qty_ordered=3)]))
    shop.state.put("shipments", shipment(5, 1, tracks=[]))
    writer = PushTracking(shop.connector.client)
    writer.send(PAYLOAD, "key")
    writer.send({**PAYLOAD, "source_code": "leeds", "tracking_number": "J2"}, "key")
    writer.send({**PAYLOAD, "shipment_id": "5"}, "key")
    places = {"order/1/ship": "/V1/order/{orderId}/ship", "shipment/track": "/V1/shipment/track"}
    assert [path for path, _ in shop.state.written] == ["order/1/ship", "order/1/ship", "shipment/track"]
    for path, body in shop.state.written:
        place = openapi.request_body(schema, "POST", places[path])
        assert openapi.problems(schema, place, body) == []
