"""Tracking written to the marketplace: once, to the right call, and looked up when no answer came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from auditor.connectors.john_lewis.actions import PushTracking
from auditor.errors import OutcomeUnknown, Rejected
from auditor.sandbox.john_lewis.orders import Habits
from tests.connectors.john_lewis.shop import Marketplace, line, order, parcel

OpenMarket = Callable[..., Marketplace]


def writer(market: Marketplace) -> PushTracking:
    return PushTracking(market.connector().client)


def payload(units: int = 2, **other: Any) -> dict[str, Any]:
    lines = [{"lines": [{"id": "L1", "quantity": str(units)}]}]
    return {"order_id": "JL-1-A", "tracking_number": "1550 77", "carrier": "dpd", "lines": lines, **other}


@pytest.fixture
def several(market: Marketplace) -> Marketplace:
    """An order of three units, on a platform on which it may have several parcels."""
    market.state.put_order(order(1, line(1, "36.00", quantity=3)))
    return market


@pytest.fixture
def alone(open_market: OpenMarket) -> Marketplace:
    """The same where an order is one parcel."""
    market = open_market(habits=Habits(multi_shipment=False))
    market.state.put_order(order(1, line(1, "36.00", quantity=3)))
    return market


def test_a_parcel_is_made_and_can_be_read_back(several: Marketplace) -> None:
    push = writer(several)
    assert push.current(payload()) == {"is_cancelled": False, "remaining": {"L1": "3"}, "tracking": []}
    assert push.probe(payload(), "key") is None
    made = push.send(payload(), "key")
    assert made == push.probe(payload(), "key") == {"shipment_id": made["shipment_id"], "tracking": ["1550 77"]}
    assert push.current(payload()) == {"is_cancelled": False, "remaining": {"L1": "1"}, "tracking": ["1550 77"]}
    push.send(payload(1, tracking_number="1550 78"), "key")
    assert several.state.rows("orders")["JL-1-A"]["order_state"] == "SHIPPED"


def test_a_parcel_without_tracking_gets_its_number(several: Marketplace) -> None:
    several.state.put_shipment(parcel(1, tracking={"validity_status": "MISSING_TRACKING"}))
    writer(several).send(payload(shipment_id="parcel-1"), "key")
    assert several.state.rows("shipments")["parcel-1"]["tracking"]["tracking_number"] == "1550 77"


def test_what_cannot_be_made_is_refused_although_the_answer_says_201(several: Marketplace) -> None:
    with pytest.raises(Rejected, match="Quantity of L1 is not left to ship"):
        writer(several).send(payload(4), "key")
    assert several.state.rows("shipments") == {}


def test_tracking_and_dispatch_are_two_calls_where_an_order_is_one_parcel(alone: Marketplace) -> None:
    push = writer(alone)
    assert push.current(payload())["remaining"] == {"L1": "3"}
    push.send(payload(), "key")
    assert [request.url.path for request in alone.transport.sent if request.method == "PUT"] == [
        "/api/orders/JL-1-A/tracking",
        "/api/orders/JL-1-A/ship",
    ]
    assert push.probe(payload(), "key") == {"shipment_id": "JL-1-A", "tracking": ["1550 77"]}
    held = alone.state.rows("orders")["JL-1-A"]
    assert (held["order_state"], held["shipping_tracking"], held["shipping_carrier_code"]) == (
        "SHIPPED",
        "1550 77",
        "DPD",
    )


def test_tracking_without_dispatch_is_not_done_yet(alone: Marketplace) -> None:
    alone.fail("server_error", "PUT /api/orders/ship")
    push = writer(alone)
    with pytest.raises(OutcomeUnknown):
        push.send(payload(), "key")
    assert push.probe(payload(), "key") is None
    # Told again, the number is the same and the order goes out.
    push.send(payload(), "key")
    assert push.probe(payload(), "key") is not None


def test_an_order_that_was_sent_without_tracking_only_gets_its_number(alone: Marketplace) -> None:
    alone.state.put_order(order(1, line(1, "36.00", quantity=3, state="SHIPPED"), state="SHIPPED"))
    writer(alone).send(payload(), "key")
    assert [request.url.path for request in alone.transport.sent if request.method == "PUT"] == [
        "/api/orders/JL-1-A/tracking"
    ]


def test_a_write_whose_answer_is_lost_is_looked_up_and_not_repeated(several: Marketplace) -> None:
    several.fail("lost_answer", "POST /api/shipments")
    push = writer(several)
    with pytest.raises(OutcomeUnknown):
        push.send(payload(), "key")
    assert len([request for request in several.calls("/api/shipments") if request.method == "POST"]) == 1
    assert push.probe(payload(), "key") is not None


def test_a_write_that_never_arrived_is_found_missing(several: Marketplace) -> None:
    several.fail("closed_connection", "POST /api/shipments")
    push = writer(several)
    with pytest.raises(OutcomeUnknown):
        push.send(payload(), "key")
    assert push.probe(payload(), "key") is None


@pytest.mark.parametrize("name", ["DPD", "royal mail", "ROYAL_MAIL"])
def test_carriers_are_found_by_code_standard_code_or_name(several: Marketplace, name: str) -> None:
    writer(several).send(payload(carrier=name), "key")
    (held,) = several.state.rows("shipments").values()
    assert held["tracking"]["carrier_code"] in ("DPD", "Royal Mail")


def test_a_carrier_that_is_not_approved_is_not_even_tried(several: Marketplace) -> None:
    with pytest.raises(Rejected, match="'Pigeon Post' is not among the approved carriers"):
        writer(several).send(payload(carrier="Pigeon Post"), "key")
    assert not [request for request in several.transport.sent if request.method == "POST"]


def test_another_carrier_goes_by_its_name_where_the_operator_lets_it(open_market: OpenMarket) -> None:
    market = open_market(closed_carriers=False)
    market.state.put_order(order(1, line(1, "36.00", quantity=3)))
    writer(market).send(payload(carrier="Pigeon Post"), "key")
    (held,) = market.state.rows("shipments").values()
    assert held["tracking"]["carrier_name"] == "Pigeon Post"


def test_an_order_that_was_called_off_or_is_gone_says_so(several: Marketplace) -> None:
    several.state.put_order(order(1, line(1, "0", quantity=0, state="CANCELED"), state="CANCELED"))
    push = writer(several)
    assert push.current(payload()) == {"is_cancelled": True, "remaining": {}, "tracking": []}
    with pytest.raises(Rejected, match="has no order JL-9-A any more"):
        push.current(payload(order_id="JL-9-A"))


def test_writers_of_one_client_share_what_may_be_asked_for_once_a_day(several: Marketplace) -> None:
    client = several.connector().client
    PushTracking(client).send(payload(), "key")
    PushTracking(client).send(payload(1), "key")
    assert len(several.calls("/api/shipping/carriers")) == 1
    assert several.state.limits.broken == 0
