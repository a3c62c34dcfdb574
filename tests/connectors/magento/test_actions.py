"""A tracking number is written once, and whether it was written can be seen."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.connectors.magento.actions import PushTracking
from auditor.connectors.writer import Writer
from auditor.errors import OutcomeUnknown, Rejected
from tests.connectors.magento.bodies import item, order, shipment
from tests.sandbox.magento.served import SYSTEM, Shop

PAYLOAD: dict[str, Any] = {
    "order_id": "1",
    "tracking_number": "JD0002",
    "carrier": "DPD",
    "lines": [{"lines": [{"id": "10", "quantity": "2"}]}],
}


@pytest.fixture
def writer(shop: Shop) -> Writer:
    lines = [
        item(10, qty_ordered=3),
        item(11, product_type="configurable"),
        item(12, parent_item_id=11),
        item(13, product_type="bundle"),
        item(14, parent_item_id=13, qty_ordered=2, qty_canceled=1),
        item(15, product_type="virtual", is_virtual=1),
        item(16, qty_shipped=1),
    ]
    shop.state.put("orders", order(1, items=lines))
    shop.state.put("shipments", shipment(5, 1, tracks=[]))
    return PushTracking(shop.connector.client)


def test_what_is_read_first_is_what_the_correction_depends_on(writer: Writer) -> None:
    assert writer.current(PAYLOAD) == {
        "is_cancelled": False,
        "remaining": {"10": "3", "11": "1", "14": "1"},
        "tracking": [],
    }


def test_what_waits_is_shipped_under_its_number_without_telling_the_customer(shop: Shop, writer: Writer) -> None:
    assert writer.probe(PAYLOAD, "key") is None
    answer = writer.send(PAYLOAD, "key")
    assert answer["tracking"] == ["JD0002"]
    assert writer.probe(PAYLOAD, "key") == answer
    after = writer.current(PAYLOAD)
    assert (after["remaining"]["10"], after["tracking"]) == ("1", ["JD0002"])
    held = shop.state.get("shipments", int(answer["shipment_id"]))
    assert held is not None
    assert (held["tracks"][0]["carrier_code"], held["tracks"][0]["title"]) == ("custom", "DPD")


def test_a_number_is_added_to_a_shipment_that_has_none(shop: Shop, writer: Writer) -> None:
    payload = {**PAYLOAD, "lines": None, "shipment_id": "5", "carrier": None}
    assert writer.send(payload, "key") == {"shipment_id": "5", "tracking": ["JD0002"]}
    assert writer.probe(payload, "key") == {"shipment_id": "5", "tracking": ["JD0002"]}
    assert shop.state.count("shipments") == 1


def test_a_refusal_is_told_in_magentos_words(writer: Writer) -> None:
    for _ in range(2):
        writer.send(PAYLOAD, "key")
    with pytest.raises(Rejected, match="You can't create a shipment without products"):
        writer.send(PAYLOAD, "key")
    with pytest.raises(Rejected, match="has no order 77 any more"):
        writer.current({**PAYLOAD, "order_id": "77"})


def test_a_lost_answer_is_looked_up_and_not_sent_again(shop: Shop, writer: Writer) -> None:
    shop.failures.inject("lost_answer", system=SYSTEM, match="POST /V1/order/ship")
    with pytest.raises(OutcomeUnknown):
        writer.send(PAYLOAD, "key")
    assert writer.probe(PAYLOAD, "key") is not None
    sent = [call for call in shop.connector.calls() if call.method == "POST"]
    assert len(sent) == 1


def test_a_broken_shop_leaves_it_unknown(shop: Shop, writer: Writer) -> None:
    shop.failures.inject("server_error", system=SYSTEM, match="POST /V1/shipment/track")
    with pytest.raises(OutcomeUnknown, match="must be looked up"):
        writer.send({**PAYLOAD, "shipment_id": "5"}, "key")
    assert writer.probe(PAYLOAD, "key") is None
