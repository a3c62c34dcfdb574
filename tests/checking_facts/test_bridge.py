"""The bridge adds up, whatever was sold, booked, invoiced, credited and paid out, and never mixes currencies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from auditor.checking import bridge
from auditor.checking.bridge import Facts, Row
from auditor.checking.facts import compute_facts
from auditor.clock import FixedClock
from auditor.model import Finding, Owner, Severity, State
from auditor.store.owner import Store
from tests.checking_facts.conftest import NOW, Company, Rows
from tests.thorough import TIMES
from tests.workspace import CHANNEL

ZONE = ZoneInfo("Europe/London")
DAYS = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 20)]
AMOUNTS = st.sampled_from([Decimal(text) for text in ("0.01", "0.10", "12.00", "19.99", "120.00")])
CURRENCIES = st.sampled_from(["GBP", "EUR"])
DAY = st.sampled_from(DAYS)


WANTED = ("bridge", "payout_sum", "order_orphan", "order_horizon")

Build = Callable[[Rows], Facts]


@pytest.fixture(scope="module")
def facts_of(company: Company) -> Build:
    """What the bridge is built from, of a company with these rows; nothing of them stays."""

    def built(tables: Rows) -> Facts:
        with company(tables) as con:
            compute_facts(con, NOW, wanted=WANTED)
            return bridge.read(con)

    return built


def finding(**more: Any) -> Finding:
    known: dict[str, Any] = {
        "finding_id": "f1", "check_id": "order_missing_in_b1", "area": "orders", "channel": CHANNEL, "subject": "order",
        "subject_id": "o1", "state": State.OPEN, "severity": Severity.HIGH, "owner": Owner.INT, "signature": "s",
        "first_seen_at": NOW, "last_seen_at": NOW, "currency": "GBP", "money_at_risk": Decimal("120.00"),
        "keys": {"order_id": "o1"},
    }  # fmt: skip
    return Finding(**known | more)


def midday(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time()) + timedelta(hours=12)


@st.composite
def trades(draw: st.DrawFn) -> Rows:
    """A few orders with everything that may become of them, in any combination."""
    tables: Rows = {
        name: []
        for name in ("sales_order", "b1_order", "b1_invoice", "b1_credit_memo", "refund", "payout", "payout_line")
    }
    payouts = [
        {"channel": CHANNEL, "payout_id": f"P{number}", "issued_at": midday(draw(DAY)), "currency": draw(CURRENCIES),
         "status": draw(st.sampled_from(["paid", "scheduled"])), "net": draw(AMOUNTS)}
        for number in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    tables["payout"] = payouts
    for number in range(1, draw(st.integers(1, 4)) + 1):
        currency, total, key = draw(CURRENCIES), draw(AMOUNTS), f"o{number}"
        status = draw(st.sampled_from(["paid", "refunded", "voided"]))
        tables["sales_order"].append(
            {"channel": CHANNEL, "order_id": key, "order_ref": f"#{1000 + number}", "placed_at": midday(draw(DAY)),
             "currency": currency, "total": total, "tax": Decimal(0), "payment_status": status,
             "cancelled_at": draw(st.sampled_from([None, None, NOW - timedelta(days=1)]))}
        )  # fmt: skip
        for place, name in enumerate(("b1_order", "b1_invoice", "b1_credit_memo")):
            for copy in range(draw(st.integers(0, 2))):
                tables[name].append(
                    {"doc_entry": number * 100 + place * 10 + copy, "doc_on": draw(DAY),
                     "tax": draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.01")])),
                     "reference": draw(st.sampled_from([f"#{1000 + number}", f"#{1000 + number}", "#7777", None])),
                     "currency": draw(st.sampled_from([currency, currency, "EUR"])),
                     "total": draw(st.one_of(st.just(total), AMOUNTS)),
                     "rounding": draw(st.sampled_from([Decimal(0), Decimal(0), Decimal("0.01")]))}
                )  # fmt: skip
        for copy in range(draw(st.integers(0, 2))):
            refund = f"R{number}-{copy}"
            tables["refund"].append(
                {"channel": CHANNEL, "order_id": key, "refund_id": refund, "processed_at": midday(draw(DAY)),
                 "currency": currency, "total": draw(AMOUNTS), "transaction_status": "success"}
            )  # fmt: skip
            if tables["b1_credit_memo"] and draw(st.booleans()):
                tables["b1_credit_memo"][-1]["refund_id"] = refund
        for payout in payouts:
            kind = draw(st.sampled_from(["charge", "refund", "adjustment", "fee", None]))
            if kind is not None:
                gross, fee = draw(AMOUNTS), draw(AMOUNTS)
                gross = -gross if kind == "refund" else gross
                tables["payout_line"].append(
                    {"channel": CHANNEL, "line_id": f"{key}-{payout['payout_id']}", "payout_id": payout["payout_id"],
                     "kind": kind, "gross": gross, "fee": fee, "net": gross - fee, "currency": payout["currency"],
                     "order_id": draw(st.sampled_from([key, None]))}
                )  # fmt: skip
    return {name: rows for name, rows in tables.items() if rows}


def spans(rows: list[Row]) -> dict[tuple[str, str, str], list[Row]]:
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row.channel, row.period, row.currency), []).append(row)
    return found


@pytest.mark.law
@run_with(max_examples=10 * TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trade=trades(), asks=st.lists(st.tuples(st.integers(1, 4), AMOUNTS, CURRENCIES), max_size=4))
def test_the_steps_between_two_levels_add_up_in_every_month_and_currency(
    facts_of: Build, trade: Rows, asks: list[tuple[int, Decimal, str]]
) -> None:
    facts = facts_of(trade)
    findings = [
        finding(finding_id=f"f{place}", keys={"order_id": f"o{number}"}, money_at_risk=money, currency=currency)
        for place, (number, money, currency) in enumerate(asks)
    ]
    rows = bridge.build(facts, findings, ZONE)
    assert not [row for row in rows if row.step == "does_not_add_up"]
    for lines in spans(rows).values():
        reached = Decimal(0)
        for row in sorted(lines, key=lambda each: each.position):
            if row.kind == "level":
                assert reached == row.amount, row
            reached = row.amount if row.kind == "level" else reached + row.amount
        assert [row.position for row in lines] == list(range(len(lines)))
    # Each pound at risk stands in one line, of its own currency.
    for currency in ("GBP", "EUR"):
        told = sum(row.money_at_risk for row in rows if row.currency == currency)
        assert told == sum(one.money_at_risk for one in findings if one.currency == currency)


def lines_of(rows: list[Row], step: str) -> list[tuple[str, str | None, Decimal, Decimal]]:
    return [(row.kind, row.check_id, row.amount, row.money_at_risk) for row in rows if row.step == step]


MISSING = {
    "sales_order": [
        {"channel": CHANNEL, "order_id": "o1", "order_ref": "#1001", "placed_at": midday(DAYS[1]), "currency": "GBP",
         "total": Decimal("120.00"), "tax": Decimal("20.00")}
    ]
}  # fmt: skip


def test_a_finding_takes_its_own_money_and_leaves_the_rest_unexplained(facts_of: Build) -> None:
    facts = facts_of(MISSING)
    assert lines_of(bridge.build(facts, [], ZONE), "not_in_b1") == [("unexplained", None, Decimal(-120), Decimal(0))]
    whole = bridge.build(facts, [finding()], ZONE)
    assert lines_of(whole, "not_in_b1") == [("finding", "order_missing_in_b1", Decimal(-120), Decimal(120))]
    part = bridge.build(facts, [finding(money_at_risk=Decimal(100))], ZONE)
    assert lines_of(part, "not_in_b1") == [
        ("finding", "order_missing_in_b1", Decimal(-100), Decimal(100)),
        ("unexplained", None, Decimal(-20), Decimal(0)),
    ]


def test_what_was_accepted_explains_but_is_not_at_risk(facts_of: Build) -> None:
    rows = bridge.build(facts_of(MISSING), [finding(state=State.ACCEPTED)], ZONE)
    assert lines_of(rows, "not_in_b1") == [("finding", "order_missing_in_b1", Decimal(-120), Decimal(0))]


def test_money_that_is_no_step_stands_beside_in_the_month_in_which_it_happened(facts_of: Build) -> None:
    drift = finding(
        check_id="stock_drift", area="stock", keys={"sku": "MUG"}, occurred_at=datetime(2026, 3, 31, 23, 30)
    )
    (row,) = bridge.build(Facts({}, {}, []), [drift], ZONE)[-1:]
    # half past midnight of the first of April in London
    assert (row.kind, row.period, row.money_at_risk) == ("beside", "2026-04", Decimal(120))


def test_an_order_in_its_grace_is_on_its_way(facts_of: Build) -> None:
    young = [{**MISSING["sales_order"][0], "placed_at": NOW - timedelta(minutes=30)}]
    rows = bridge.build(facts_of({"sales_order": young}), [], ZONE)
    assert lines_of(rows, "in_transit") == [("timing", None, Decimal(-120), Decimal(0))]
    assert not lines_of(rows, "not_in_b1")


def test_an_order_booked_twice_with_its_own_amount_and_not_invoiced_is_no_order_that_agrees(facts_of: Build) -> None:
    booked = [
        {"doc_entry": entry, "reference": "#1001", "doc_on": DAYS[1], "currency": "GBP", "total": Decimal("120.00"),
         "tax": Decimal("20.00")}
        for entry in (1, 2)
    ]  # fmt: skip
    rows = bridge.build(facts_of(MISSING | {"b1_order": booked}), [], ZONE)
    assert lines_of(rows, "booked_differs") == [("unexplained", None, Decimal(120), Decimal(0))]
    assert lines_of(rows, "not_invoiced_yet") == [("timing", None, Decimal(-240), Decimal(0))]
    assert not lines_of(rows, "does_not_add_up")


def test_credit_memos_of_orders_from_before_the_history_are_not_asked_for_a_refund(facts_of: Build) -> None:
    def memo(entry: int, reference: str) -> dict[str, Any]:
        return {"doc_entry": entry, "reference": reference, "doc_on": DAYS[2], "created_at": midday(DAYS[2]),
                "currency": "GBP", "total": Decimal(entry), "tax": Decimal(0)}  # fmt: skip

    memos = [memo(1, "#0998"), memo(2, "#1000"), memo(4, "#1002"), memo(8, "typed by hand")]
    rows = bridge.build(facts_of(MISSING | {"b1_credit_memo": memos}), [], ZONE)
    assert lines_of(rows, "credited_of_older_order") == [("known", None, Decimal(-3), Decimal(0))]
    assert lines_of(rows, "credits_of_no_refund") == [("unexplained", None, Decimal(-12), Decimal(0))]


def test_a_gap_between_levels_is_shown_and_never_hidden() -> None:
    place = (CHANNEL, "2026-03", "GBP")
    facts = Facts({(place, "sold"): Decimal(100), (place, "booked"): Decimal(90)}, {}, [])
    rows = bridge.build(facts, [], ZONE)
    assert lines_of(rows, "does_not_add_up")[0] == ("unexplained", None, Decimal(-10), Decimal(0))


def test_findings_that_point_both_ways_keep_their_directions() -> None:
    place = (CHANNEL, "2026-03", "GBP")
    item = bridge.Item(CHANNEL, "2026-03", "GBP", "booked_differs", "o1", None, None, None, None, Decimal(-5))
    heights = {(place, "sold"): Decimal(100), (place, "booked"): Decimal(95)}
    line = finding(check_id="order_line_mismatch", money_at_risk=Decimal(10), difference="-1")
    other = replace(line, finding_id="f2", money_at_risk=Decimal(5), difference="0.42")
    rows = bridge.build(Facts(heights, {}, [item]), [line, other], ZONE)
    assert lines_of(rows, "booked_differs") == [("finding", "order_line_mismatch", Decimal(-5), Decimal(15))]


def test_the_bridge_of_a_run_replaces_the_one_before() -> None:
    with Store.in_memory(FixedClock(NOW)) as store:
        row = Row(CHANNEL, "2026-03", "GBP", 0, "net_sales", "level", None, Decimal("10.00"))
        store.write(lambda con: bridge.save(con, [row, replace(row, period="2026-02")], 1))
        store.write(lambda con: bridge.save(con, [row], 2))
        shown = store.read(bridge.load)
    assert (shown["period"], shown["periods"]) == ("2026-03", ["2026-03"])
    assert [(one["channel"], one["unexplained"]) for one in shown["bridges"]] == [(CHANNEL, "0.00")]
