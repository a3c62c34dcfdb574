"""What is proposed to tell a channel of a parcel: the same words for every channel, and a reason where none can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from auditor.acting.execute import _holds
from auditor.acting.propose import propose
from auditor.matching import fill_settings
from auditor.model import Finding, Owner, Severity, State
from tests.checks.defaults import complete
from tests.workspace import CHANNEL, insert, settings, workspace

NOW = datetime(2026, 3, 2, 12)
Given = Mapping[str, Iterable[dict[str, Any]]]
PARCEL: Given = {
    "sales_order": [{}],
    "sales_order_line": [{"line_id": "L1", "sku": "MUG", "quantity": 2}, {"line_id": "L2", "sku": "CUP"}],
    "b1_delivery": [{"tracking_number": "1Z 9", "tracking_key": "1Z9", "shipping_type": 3}],
    "b1_delivery_line": [{"item_code": "MUG", "quantity": 2}, {"item_code": "CUP"}],
    "b1_shipping_type": [{"shipping_type": 3, "name": "DPD Next Day"}],
}


def finding() -> Finding:
    return Finding(
        finding_id="f", check_id="tracking_not_on_channel", area="fulfilment", channel=CHANNEL, subject="package",
        subject_id="1001:1Z9", keys={"order_id": "1001", "order_ref": "#1001", "doc_entry": "8"}, state=State.OPEN,
        severity=Severity.MEDIUM, owner=Owner.OPS, currency="GBP", expected="1Z 9", actual=None, difference=None,
        money_at_risk=Decimal(36), parent_id=None, cause=None, explanation="", evidence={}, signature="s",
        occurred_at=NOW, first_seen_at=NOW, last_seen_at=NOW, seen_count=1,
    )  # fmt: skip


def asked(given: Given, carriers: Iterable[dict[str, str]] = (), skus: Iterable[dict[str, Any]] = ()) -> Any:
    """(payload, before) of the proposal, or why there is none."""
    with workspace(complete(given, NOW), NOW) as con:
        fill_settings(con, settings())
        insert(con, "setting.carrier_map", [{"channel": CHANNEL, **row} for row in carriers])
        insert(con, "setting.sku_map", [{"channel": CHANNEL, **row} for row in skus])
        actions, refused = propose(con, [finding()], {"tracking_not_on_channel": "push_tracking"}, NOW)
    return (actions[0].payload, actions[0].before) if actions else refused[0].reason


def lines(given: Given, **more: Any) -> Any:
    return asked(given, **more)[0]["lines"]


def test_a_channel_without_fulfilment_orders_ships_its_own_lines() -> None:
    payload, before = asked(PARCEL)
    assert payload == {
        "channel": CHANNEL, "order_id": "1001", "order_ref": "#1001", "doc_entry": "8", "tracking_number": "1Z 9",
        "carrier": "DPD Next Day",
        "lines": [{"lines": [{"id": "L1", "quantity": "2"}, {"id": "L2", "quantity": "1"}]}],
    }  # fmt: skip
    assert before == {
        "b1": {"doc_entry": "8", "tracking_number": "1Z 9", "is_cancelled": False},
        "channel": {"is_cancelled": False, "remaining": {"L1": "2", "L2": "1"}, "tracking": []},
    }


def test_a_channel_with_fulfilment_orders_ships_those() -> None:
    work = {"channel": CHANNEL, "order_id": "1001", "fulfilment_order_id": "W1"}
    given = {
        **PARCEL,
        "fulfilment_order": [{**work, "status": "open", "can_ship": True}],
        "fulfilment_order_line": [
            {**work, "fulfilment_order_line_id": "W1L1", "sku": "MUG", "remaining_quantity": Decimal(2)}
        ],
    }
    assert lines(given) == [{"fulfilment_order_id": "W1", "lines": [{"id": "W1L1", "quantity": "2"}]}]


@pytest.mark.parametrize("status", ["shipped", "pending", "failed"])
def test_what_is_in_another_parcel_does_not_wait(status: str) -> None:
    sent = {"channel": CHANNEL, "order_id": "1001", "shipment_id": "F1", "line_id": "L1", "quantity": Decimal(2)}
    given = {**PARCEL, "shipment": [{"status": status, "tracking_number": "A1"}], "shipment_line": [sent]}
    assert lines(given) == [{"lines": [{"id": "L2", "quantity": "1"}]}]


def test_what_was_in_a_parcel_that_was_called_off_waits_again() -> None:
    sent = {"channel": CHANNEL, "order_id": "1001", "shipment_id": "F1", "line_id": "L1", "quantity": Decimal(2)}
    given = {**PARCEL, "shipment": [{"status": "cancelled"}], "shipment_line": [sent]}
    assert len(lines(given)[0]["lines"]) == 2


def test_never_more_than_was_delivered_nor_than_waits() -> None:
    given = {**PARCEL, "b1_delivery_line": [{"item_code": "MUG", "quantity": 1}, {"item_code": "CUP", "quantity": 9}]}
    assert lines(given) == [{"lines": [{"id": "L1", "quantity": "1"}, {"id": "L2", "quantity": "1"}]}]
    given = {**PARCEL, "sales_order_line": [{"line_id": "L1", "quantity": 2, "current_quantity": 1}]}
    assert lines(given) == [{"lines": [{"id": "L1", "quantity": "1"}]}]


def test_a_set_goes_out_when_all_its_parts_do() -> None:
    skus = [
        {"channel_sku": "SET", "item_code": "MUG", "quantity": Decimal(2)},
        {"channel_sku": "SET", "item_code": "CUP", "quantity": Decimal(1)},
    ]
    given = {**PARCEL, "sales_order_line": [{"line_id": "L1", "sku": "SET", "quantity": 3}]}
    assert lines(given, skus=skus) == [{"lines": [{"id": "L1", "quantity": "1"}]}]
    without = {**given, "b1_delivery_line": [{"item_code": "MUG", "quantity": 2}]}
    assert (
        asked(without, skus=skus) == "The delivered items are not among those that still wait on the channel's order."
    )


def test_a_parcel_without_a_number_gets_it() -> None:
    gone = [
        {"channel": CHANNEL, "order_id": "1001", "shipment_id": "F1", "line_id": line, "quantity": Decimal(2)}
        for line in ("L1", "L2")
    ]
    payload, before = asked({**PARCEL, "shipment": [{}], "shipment_line": gone})
    assert payload["shipment_id"] == "F1"
    assert before["channel"] == {"is_cancelled": False, "remaining": {}, "tracking": []}


CARRIERS = [
    {"channel": CHANNEL, "carrier": "7110", "name": "DPD UK"},
    {"channel": CHANNEL, "carrier": "RM", "name": "Royal Mail", "standard_code": "royal-mail"},
]


@pytest.mark.parametrize(
    ("said", "carrier"), [("dpd uk", "7110"), ("7110", "7110"), ("ROYAL-MAIL", "RM"), ("rm", "RM")]
)
def test_a_carrier_is_named_as_the_channels_list_names_it(said: str, carrier: str) -> None:
    mapped = [{"b1_carrier": "DPD NEXT DAY", "channel_carrier": said}]
    assert asked({**PARCEL, "carrier": CARRIERS}, carriers=mapped)[0]["carrier"] == carrier


def test_a_carrier_that_the_channel_does_not_take_is_not_proposed() -> None:
    reason = "is not among the carriers that shopify-uk takes; name one of them in the map of carriers."
    assert asked({**PARCEL, "carrier": CARRIERS}) == f"'DPD Next Day' {reason}"
    nameless = {**PARCEL, "b1_shipping_type": [], "carrier": CARRIERS}
    assert asked(nameless) == f"No carrier {reason}"
    assert asked({**PARCEL, "b1_shipping_type": []})[0]["carrier"] is None


BEFORE = {"channel": {"is_cancelled": False, "remaining": {"L1": "2"}, "tracking": ["A"]}}


@pytest.mark.parametrize(
    ("now", "holds"),
    [
        ({}, True),
        ({"remaining": {"L1": "3", "L2": "1"}}, True),
        ({"remaining": {"L1": "1"}}, False),
        ({"remaining": {}}, False),
        ({"is_cancelled": True}, False),
        ({"tracking": ["A", "B"]}, False),
    ],
    ids=["nothing changed", "more waits", "one less waits", "all is gone", "called off", "another parcel"],
)
def test_a_correction_holds_while_what_it_needs_still_waits(now: dict[str, Any], holds: bool) -> None:
    assert _holds(BEFORE, {"channel": BEFORE["channel"] | now}) is holds
