"""The bridge of an audited company: all money at risk is in it once, and nothing of what was planted is unexplained."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from auditor.checking import bridge, record
from auditor.sandbox.host import Sandbox
from auditor.service.office import Office

Audited = tuple[Sandbox, Office]


def bridges(office: Office) -> list[dict[str, Any]]:
    periods = office.bridge(None, None)["periods"]
    return [{**one, "period": period} for period in periods for one in office.bridge(period, None)["bridges"]]


def test_the_money_of_all_bridges_is_the_money_of_all_open_findings(audited: Audited) -> None:
    _, office = audited
    found = office.store.read(record.load_current).values()
    live = [one for one in found if one.state in bridge.LIVE]
    for currency in {one.currency for one in live if one.currency}:
        at_risk = sum((one.money_at_risk for one in live if one.currency == currency), Decimal(0))
        told = sum(Decimal(one["money_at_risk"]) for one in bridges(office) if one["currency"] == currency)
        assert told == at_risk


def test_every_planted_difference_is_explained_by_its_finding(audited: Audited) -> None:
    _, office = audited
    shown = bridges(office)
    assert len(shown) >= 3
    assert {(one["channel"], one["period"]): one["unexplained"] for one in shown if Decimal(one["unexplained"])} == {}
    explained = {line["check_id"] for one in shown for line in one["lines"] if line["kind"] == "finding"}
    assert {
        "order_missing_in_b1",
        "refund_without_credit_memo",
        "payout_not_posted",
        "order_line_mismatch",
    } <= explained


def test_levels_are_reached_by_their_steps(audited: Audited) -> None:
    _, office = audited
    for one in bridges(office):
        reached = Decimal(0)
        for line in one["lines"]:
            if line["kind"] == "level":
                assert Decimal(line["amount"]) == reached, (one["channel"], one["period"], line["step"])
            else:
                reached += Decimal(line["amount"])
