"""Tracking numbers written to a store: once, on what was read, and looked for when the answer is lost."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from auditor.connectors.bigcommerce.actions import PushTracking
from auditor.errors import Incomplete, OutcomeUnknown, Rejected, Retriable
from tests.connectors.bigcommerce.store import Store, line, sale

NUMBER = "JD014600003SE"
ORDER = "100001"
LINES = ["7000001", "7000002"]
CREATE: dict[str, Any] = {
    "order_id": ORDER,
    "tracking_number": NUMBER,
    "carrier": "Royal Mail",
    "lines": [{"id": LINES[0], "quantity": "2"}, {"id": LINES[1], "quantity": "1"}],
}


@pytest.fixture
def push(store: Store) -> PushTracking:
    return PushTracking(store.connector.client)


@pytest.fixture(autouse=True)
def waiting(store: Store) -> None:
    """An order of two mugs and a lantern that waits to be sent."""
    store.put(sale(100_001, line(1, 2), line(2, 1)))


def writes(store: Store) -> list[Any]:
    return [msgspec.json.decode(one.content) for one in store.transport.sent if one.method != "GET"]


def test_the_current_state_is_what_waits_and_which_numbers_are_there(store: Store, push: PushTracking) -> None:
    assert push.current(CREATE) == {"is_cancelled": False, "remaining": {LINES[0]: "2", LINES[1]: "1"}, "tracking": []}
    store.ship(100_001, 7_000_001, "JD7")
    assert push.current(CREATE) == {
        "is_cancelled": False,
        "remaining": {LINES[0]: "1", LINES[1]: "1"},
        "tracking": ["JD7"],
    }


def test_what_waits_is_shipped_once_under_the_number(store: Store, push: PushTracking) -> None:
    done = push.send(CREATE, "key-1")
    (made,) = store.state.orders[100_001].shipments
    assert done == {"shipment_id": str(made["id"]), "tracking": [NUMBER]} == push.probe(CREATE, "key-1")
    assert push.current(CREATE) == {"is_cancelled": False, "remaining": {}, "tracking": [NUMBER]}
    assert writes(store) == [
        {
            "tracking_number": NUMBER,
            "shipping_provider": "royalmail",
            "order_address_id": 3_100_001,
            "items": [{"order_product_id": 7_000_001, "quantity": 2}, {"order_product_id": 7_000_002, "quantity": 1}],
        }
    ]
    store.connector.look_up(store.connector.streams[-1], [ORDER])


def test_lines_may_come_in_groups(store: Store, push: PushTracking) -> None:
    push.send({**CREATE, "lines": [{"fulfilment_order_id": "x", "lines": CREATE["lines"]}]}, "key-1")
    assert [item["quantity"] for item in writes(store)[0]["items"]] == [2, 1]


def test_a_parcel_without_a_number_gets_one(store: Store, push: PushTracking) -> None:
    store.ship(100_001, 7_000_001, "", units=2)
    (made,) = store.state.orders[100_001].shipments
    update = {**CREATE, "shipment_id": str(made["id"]), "carrier": "dpd-uk"}
    assert push.current(update)["tracking"] == []
    assert push.send(update, "key-1") == {"shipment_id": str(made["id"]), "tracking": [NUMBER]}
    assert writes(store) == [{"tracking_number": NUMBER, "tracking_carrier": "dpd-uk"}]
    assert len(store.state.orders[100_001].shipments) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Royal Mail", {"shipping_provider": "royalmail"}),
        ("UPS", {"shipping_provider": "ups"}),
        ("dpd-uk", {"tracking_carrier": "dpd-uk"}),
        ("Smith & Sons", {"shipping_method": "Smith & Sons"}),
        (None, {}),
    ],
)
def test_a_carrier_is_told_in_the_way_that_makes_a_link(
    store: Store, push: PushTracking, name: str | None, told: dict[str, str]
) -> None:
    push.send({**CREATE, "carrier": name}, "key-1")
    assert {key: value for key, value in writes(store)[0].items() if "ship" in key or "carrier" in key} == told


def test_a_refusal_is_told_in_the_words_of_the_store(store: Store, push: PushTracking) -> None:
    with pytest.raises(Rejected, match="higher than what is left to ship"):
        push.send({**CREATE, "lines": [{"id": LINES[0], "quantity": "3"}]}, "key-1")
    with pytest.raises(Rejected, match="has no line 99 that can be sent"):
        push.send({**CREATE, "lines": [{"id": "99", "quantity": "1"}]}, "key-1")
    store.state.scopes = store.state.scopes - {"store_v2_orders"} | {"store_v2_orders_read_only"}
    with pytest.raises(Rejected, match=r"may not use v2/orders/100001/shipments; give .* the scope"):
        push.send(CREATE, "key-1")
    assert store.state.orders[100_001].shipments == []


def test_lines_to_several_addresses_are_not_sent_as_one_parcel(store: Store, push: PushTracking) -> None:
    order = store.state.orders[100_001]
    order.lines = [order.lines[0], {**order.lines[1], "order_address_id": 7}]
    with pytest.raises(Rejected, match="go to 2 addresses"):
        push.send(CREATE, "key-1")
    assert writes(store) == []


@pytest.mark.parametrize("kind", ["lost_answer", "closed_connection", "server_error", "bad_gateway_html"])
def test_a_lost_answer_is_unknown_until_a_probe_has_looked(store: Store, push: PushTracking, kind: str) -> None:
    store.fail(kind, "POST /v2/orders/{id}/shipments")
    with pytest.raises(OutcomeUnknown):
        push.send(CREATE, "key-1")
    happened = kind == "lost_answer"
    found = push.probe(CREATE, "key-1")
    assert (found is not None) == happened
    assert len(store.state.orders[100_001].shipments) == happened
    assert len(writes(store)) == 1


def test_an_answer_that_is_cut_off_is_unknown(store: Store, push: PushTracking) -> None:
    store.fail("truncated_body", "POST", form="json")
    with pytest.raises(OutcomeUnknown):
        push.send(CREATE, "key-1")
    assert push.probe(CREATE, "key-1") is not None


def test_a_refusal_for_too_many_requests_sends_nothing(store: Store, push: PushTracking) -> None:
    store.fail("throttle", "POST")
    with pytest.raises(Retriable):
        push.send(CREATE, "key-1")
    assert store.state.orders[100_001].shipments == []


def test_a_cancelled_order_and_one_that_is_gone_are_told(store: Store, push: PushTracking) -> None:
    order = store.state.orders[100_001]
    order.header = {**order.header, "status_id": 5}
    assert push.current(CREATE) == {"is_cancelled": True, "remaining": {}, "tracking": []}
    store.state.orders.clear()
    with pytest.raises(Rejected, match="no order 100001 any more"):
        push.current(CREATE)


def test_a_state_that_is_not_whole_is_not_acted_on(store: Store, push: PushTracking) -> None:
    store.fail("fields_gone", "products", names=["quantity_shipped"])
    with pytest.raises(Incomplete, match="lacks 'quantity_shipped'"):
        push.current(CREATE)
