"""A plant befalls only what nothing is said of, and never what would be reported in the same words without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from auditor.model import Candidate, Owner
from auditor.proving.planting import Planted, Taken, change, copy_tables
from auditor.proving.plants import Change, Plant
from tests.workspace import order_no, workspace

NOON = datetime(2026, 3, 2, 12)
SHOP = "shopify-uk"
PLANT = Plant(
    "cancel_webhook_latency", "it took hours", "SELECT 1", (Change("DELETE FROM fact.latency", "fact", "latency"),)
)


def said(check_id: str = PLANT.check_id, channel: str = SHOP, subject_id: str = "cancellations") -> Candidate:
    keys = {"flow": "cancellations", "order_id": "7"}
    return Candidate(check_id, channel, subject_id, Decimal(0), cause="effect_late", owner=Owner.INT, keys=keys)


def victim(order_id: str = "8", *, owner: str | None = None, cause: str | None = None, money: str = "0") -> Planted:
    return Planted(PLANT, SHOP, "cancellations", Decimal(money), owner, cause, {"order_id": order_id})


def test_of_two_plants_only_the_first_gets_an_order() -> None:
    taken = Taken([])
    assert taken.take(victim("8"))
    assert not taken.take(victim("8"))
    assert taken.take(victim("9"))


def test_a_victim_of_several_orders_claims_each_of_them() -> None:
    several = replace(victim(), values={"order_id": ["8", "9"]})
    taken = Taken([])
    assert taken.take(several)
    assert not taken.take(victim("9"))
    assert not taken.take(replace(victim(), values={"order_id": ["9", "10"]}))
    assert taken.take(victim("10"))


def test_an_item_of_b1_is_one_for_all_channels() -> None:
    item = replace(victim(), values={"item_code": "HP-1", "sku": "HP-1"})
    taken = Taken([])
    assert taken.take(item)
    assert not taken.take(replace(item, channel="magento-uk"))
    assert taken.take(replace(item, channel="magento-uk", values={"sku": "HP-1"}))


def test_an_order_of_which_something_is_said_is_no_victim() -> None:
    assert not Taken([said(check_id="order_missing_in_b1", subject_id="7")]).take(victim("7"))


def test_what_is_reported_without_the_plant_would_prove_nothing() -> None:
    assert not Taken([said()]).take(victim())
    assert not Taken([said()]).take(victim(cause="effect_late", owner="INT"))


@pytest.mark.parametrize("one", [victim(cause="notice_late"), victim(owner="OPS"), victim(money="0.01")])
def test_what_would_be_reported_otherwise_proves_something(one: Planted) -> None:
    assert Taken([said()]).take(one)


def test_another_check_or_channel_that_says_it_is_no_hindrance() -> None:
    assert Taken([said(check_id="cadence_drift")]).take(victim())
    assert Taken([said(channel="magento-uk")]).take(victim())


def test_what_a_plant_gives_to_another_order_or_to_none_has_the_others_number_or_none() -> None:
    moved = Change("UPDATE canonical.dispute SET order_id = $to WHERE order_id = '8'", "canonical", "dispute")
    lost = Change("UPDATE canonical.dispute SET order_id = NULL WHERE order_id = '9'", "canonical", "dispute")
    plant = replace(PLANT, changes=(moved, lost))
    planted = replace(victim(), plant=plant, values={"to": "7"})
    disputes = [{"channel": SHOP, "dispute_id": f"D{order_id}", "order_id": order_id} for order_id in ("8", "9")]
    with workspace({"dispute": disputes}, NOON) as con:
        copy_tables(con, [plant])
        change(con, [planted], "canonical")
        found = con.sql("SELECT dispute_id, order_no FROM canonical.dispute ORDER BY dispute_id").fetchall()
    assert found == [("D8", order_no(SHOP, "7")), ("D9", None)]
