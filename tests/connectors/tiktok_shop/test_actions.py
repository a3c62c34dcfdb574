"""The tracking of a parcel: what it depends on, sent once, and whether it has happened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from auditor.connectors.tiktok_shop.actions import PushTracking
from auditor.connectors.writer import Writer
from auditor.errors import OutcomeUnknown, Rejected
from auditor.sandbox.sale import Sale
from auditor.sandbox.shops import TIKTOK
from tests.connectors.tiktok_shop.shop import NOW, Shop, Trade

LINE = "5772000070000010000"
"""The line of both units: it bears the id of the first."""


@pytest.fixture
def writer(shop: Shop) -> Writer:
    return PushTracking(shop.connector.client)


@pytest.fixture
def sale(shop: Shop, trade: Trade) -> Sale:
    """Two units, paid, not sent."""
    sale = trade.sale(trade.line("A-1", 2))
    shop.front.put_sale(sale, NOW)
    return sale


def payload(sale: Sale, units: int = 1, number: str = "RM1GB", **fields: Any) -> dict[str, Any]:
    lines = [{"lines": [{"id": LINE, "quantity": str(units)}]}]
    return {"order_id": sale.key, "tracking_number": number, "carrier": "Royal Mail", "lines": lines, **fields}


def test_what_waits_is_marked_as_shipped_and_can_be_read_back(shop: Shop, writer: Writer, sale: Sale) -> None:
    assert writer.current({"order_id": sale.key}) == {"is_cancelled": False, "tracking": [], "remaining": {LINE: "2"}}
    what = payload(sale)
    assert writer.probe(what, "k") is None
    done = writer.send(what, "k")
    assert done["tracking"] == ["RM1GB"]
    assert writer.probe(what, "k") == {"shipment_id": done["shipment_id"], "tracking": ["RM1GB"]}
    after = writer.current({"order_id": sale.key})
    assert (after["remaining"], after["tracking"]) == ({LINE: "1"}, ["RM1GB"])
    shop.clock.advance(timedelta(seconds=1))
    (parcel,) = shop.rows("orders")["shipment"]
    assert (parcel["package_id"], parcel["tracking_key"], parcel["carrier"]) == (
        done["shipment_id"], "RM1GB", "Royal Mail",
    )  # fmt: skip


def test_no_more_is_sent_than_what_waits(shop: Shop, writer: Writer, sale: Sale) -> None:
    with pytest.raises(Rejected, match="Only 2 of 3 units"):
        writer.send(payload(sale, 3), "k")
    assert shop.calls("/packages") == []


def test_the_number_of_a_package_is_corrected(shop: Shop, trade: Trade, writer: Writer, sale: Sale) -> None:
    trade.ship(sale)
    shop.front.put_sale(sale, NOW)
    (package,) = shop.state.records("packages")
    what = payload(sale, number="RIGHT1", shipment_id=package)
    assert writer.probe(what, "k") is None
    assert writer.send(what, "k") == {"shipment_id": package, "tracking": ["RIGHT1"]}
    assert writer.probe(what, "k") == {"shipment_id": package, "tracking": ["RIGHT1"]}
    assert writer.current({"order_id": sale.key})["tracking"] == ["RIGHT1"]


def test_a_warning_beside_success_is_kept(writer: Writer, sale: Sale) -> None:
    done = writer.send(payload(sale, number="123456789"), "k")
    assert "more than one shipping provider" in done["warning"]


def test_a_carrier_that_the_delivery_option_does_not_take_is_refused(shop: Shop, writer: Writer, sale: Sale) -> None:
    with pytest.raises(Rejected, match="does not take the carrier 'Hermes'; it takes: DPD, Evri, Royal Mail"):
        writer.send(payload(sale, carrier="Hermes"), "k")
    with pytest.raises(Rejected, match="does not take the carrier ''"):
        writer.send(payload(sale, carrier=None), "k")
    assert shop.calls("/packages") == []
    assert writer.send(payload(sale, carrier="7110100000000000001"), "k")


def test_an_element_that_failed_beside_code_zero_is_refused(shop: Shop, writer: Writer, sale: Sale) -> None:
    shop.failures.inject("partial_data", system=TIKTOK.id, match="POST /fulfillment")
    with pytest.raises(Rejected, match="in part: 36009003"):
        writer.send(payload(sale), "k")


def test_after_a_lost_answer_only_the_probe_knows(shop: Shop, writer: Writer, sale: Sale) -> None:
    shop.failures.inject("lost_answer", system=TIKTOK.id, match="POST /fulfillment")
    what = payload(sale)
    with pytest.raises(OutcomeUnknown):
        writer.send(what, "k")
    assert writer.probe(what, "k") is not None


def test_a_request_to_cancel_and_an_order_that_is_gone_are_seen(shop: Shop, writer: Writer, sale: Sale) -> None:
    with shop.state.changing("orders", sale.key) as order:
        assert order is not None
        order["is_buyer_request_cancel"] = True
    assert writer.current({"order_id": sale.key})["is_cancelled"] is True
    with pytest.raises(Rejected, match="has no order 1 any more"):
        writer.current({"order_id": "1"})
