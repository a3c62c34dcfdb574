"""Tracking numbers written to a shop: once, on what was read, and looked for when the answer is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from auditor.connectors.shopify import ShopifyConnector
from auditor.connectors.shopify.actions import PushTracking
from auditor.errors import Incomplete, OutcomeUnknown, Rejected, Retriable
from tests.connectors.shopify.bodies import gid
from tests.connectors.shopify.fake import FakeShopify
from tests.connectors.shopify.shop import parcel, sale, work

ORDER, NUMBER = gid("Order", 501), "JD014600003SE"
LINES = [gid("FulfillmentOrderLineItem", 81_000 + place) for place in range(2)]
CREATE = {
    "order_id": ORDER,
    "tracking_number": NUMBER,
    "carrier": "DHL Express",
    "lines": [
        {"fulfilment_order_id": gid("FulfillmentOrder", 81), "lines": [{"id": each, "quantity": "1"} for each in LINES]}
    ],
}
UPDATE = {"order_id": ORDER, "tracking_number": NUMBER, "carrier": None, "shipment_id": gid("Fulfillment", 7)}


@pytest.fixture
def push(connector: ShopifyConnector) -> PushTracking:
    return PushTracking(connector.client)


@pytest.fixture(autouse=True)
def waiting(shop: FakeShopify) -> None:
    """An order with two lines that wait, and a third that is closed."""
    shop.orders = [sale(501), sale(502)]
    shop.fulfillmentOrders = [
        work(81, 501, lines=2),
        {**work(82, 501), "status": "CLOSED"},
        work(83, 502),
    ]


def parcels(shop: FakeShopify) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shop.orders[0]["fulfillments"]
    return found


def lost_after(shop: FakeShopify, happens: bool) -> Callable[[httpx.Request], httpx.Response]:
    """The connection ends instead of the answer, before or after the write was done."""

    def lose(request: httpx.Request) -> httpx.Response:
        if happens:
            shop.handle(request)
        raise httpx.ReadTimeout("no answer", request=request)

    return lose


def test_the_current_state_is_what_waits_and_which_numbers_are_there(shop: FakeShopify, push: PushTracking) -> None:
    parcels(shop).extend([parcel(7, 501), {**parcel(8, 501), "status": "CANCELLED"}])
    assert push.current(CREATE) == {"is_cancelled": False, "remaining": dict.fromkeys(LINES, "1"), "tracking": ["JD7"]}
    shop.orders[0]["cancelledAt"] = "2026-11-21T10:00:00Z"
    assert push.current(CREATE)["is_cancelled"]


def test_what_waits_is_shipped_under_the_number_and_the_customer_is_not_told(
    shop: FakeShopify, push: PushTracking
) -> None:
    done = push.send(CREATE, "key-1")
    (made,) = parcels(shop)
    assert done == {"shipment_id": made["id"], "tracking": [NUMBER]}
    assert made["trackingInfo"] == [{"company": "DHL Express", "number": NUMBER, "url": None}]
    assert push.current(CREATE) == {"is_cancelled": False, "remaining": {}, "tracking": [NUMBER]}
    assert shop.variables[0]["fulfillment"]["notifyCustomer"] is False
    assert shop.operations == ["AuditCreateFulfilment", "AuditTrackingState"]


def test_a_parcel_without_a_number_gets_one(shop: FakeShopify, push: PushTracking) -> None:
    parcels(shop).append({**parcel(7, 501), "trackingInfo": []})
    assert push.current(UPDATE)["tracking"] == []
    assert push.send(UPDATE, "key-1") == {"shipment_id": gid("Fulfillment", 7), "tracking": [NUMBER]}
    assert parcels(shop)[0]["trackingInfo"] == [{"company": None, "number": NUMBER, "url": None}]
    assert len(parcels(shop)) == 1


def test_a_refusal_is_told_in_the_words_of_the_shop(shop: FakeShopify, push: PushTracking) -> None:
    shop.fulfillmentOrders[0]["lineItems"][0]["remainingQuantity"] = 0
    with pytest.raises(Rejected, match=rf"refused the tracking number {NUMBER}: .* higher than what remains\.$"):
        push.send(CREATE, "key-1")
    with pytest.raises(Rejected, match=r"Fulfillment does not exist\.$"):
        push.send(UPDATE, "key-1")
    assert parcels(shop) == []


@pytest.mark.parametrize("happens", [True, False])
def test_a_lost_answer_is_unknown_until_a_probe_has_looked(
    shop: FakeShopify, push: PushTracking, happens: bool
) -> None:
    assert push.probe(CREATE, "key-1") is None
    shop.answers = [lost_after(shop, happens)]
    with pytest.raises(OutcomeUnknown):
        push.send(CREATE, "key-1")
    found = push.probe(CREATE, "key-1")
    assert found == ({"shipment_id": parcels(shop)[0]["id"], "tracking": [NUMBER]} if happens else None)
    assert len(parcels(shop)) == happens
    assert shop.count("AuditCreateFulfilment") == happens


def test_a_parcel_that_was_cancelled_does_not_carry_the_number(shop: FakeShopify, push: PushTracking) -> None:
    push.send(CREATE, "key-1")
    parcels(shop)[0]["status"] = "CANCELLED"
    assert push.probe(CREATE, "key-1") is None


@pytest.mark.parametrize(
    "answer",
    [
        {"data": {"fulfillmentCreate": None}},
        {"data": {"fulfillmentCreate": {"fulfillment": None, "userErrors": []}}},
        {"data": {"fulfillmentCreate": {"fulfillment": {"id": gid("Fulfillment", 1)}, "userErrors": []}}},
        {"data": {}},
        {"extensions": {}},
        {
            "data": {"fulfillmentCreate": {"fulfillment": None, "userErrors": []}},
            "errors": [{"message": "Something went wrong", "path": ["fulfillmentCreate", "fulfillment", "status"]}],
        },
        {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]},
    ],
)
def test_an_answer_that_says_neither_yes_nor_no_is_unknown(
    shop: FakeShopify, push: PushTracking, answer: dict[str, Any]
) -> None:
    shop.answers = [lambda _: httpx.Response(200, json=answer)]
    with pytest.raises(OutcomeUnknown):
        push.send(CREATE, "key-1")


def test_a_write_that_may_not_be_done_is_refused(shop: FakeShopify, push: PushTracking) -> None:
    denied = {"message": "Access denied", "path": ["fulfillmentCreate"], "extensions": {"code": "ACCESS_DENIED"}}
    shop.answers = [lambda _: httpx.Response(200, json={"data": {"fulfillmentCreate": None}, "errors": [denied]})]
    with pytest.raises(Rejected, match="fulfillmentCreate"):
        push.send(CREATE, "key-1")


def test_a_state_that_is_not_whole_is_not_acted_on(shop: FakeShopify, push: PushTracking) -> None:
    shop.fulfillmentOrders[0] = work(81, 501, lines=101)
    with pytest.raises(Rejected, match="more waiting lines than can be checked"):
        push.current(CREATE)
    shop.fulfillmentOrders = [work(number, 501) for number in range(1, 7)]
    with pytest.raises(Rejected, match="more waiting lines than can be checked"):
        push.current(CREATE)
    shop.fulfillmentOrders = []
    parcels(shop).extend(parcel(number, 501) for number in range(1, 27))
    with pytest.raises(Rejected, match="has 26 parcels, more than can be checked"):
        push.probe(CREATE, "key-1")
    shop.orders = []
    with pytest.raises(Rejected, match=f"no order {ORDER} any more"):
        push.current(CREATE)


def test_a_state_that_cannot_be_read_is_an_error_of_the_call(shop: FakeShopify, push: PushTracking) -> None:
    shop.gone = frozenset({"remainingQuantity"})
    with pytest.raises(Incomplete, match="AuditTrackingState lacks 'remainingQuantity'"):
        push.current(CREATE)
    shop.answers = [lost_after(shop, False)] * 5
    with pytest.raises(Retriable):
        push.probe(CREATE, "key-1")
