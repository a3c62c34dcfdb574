"""Laws that facts keep as a whole; what single figures mean is held by the cases of the checks."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with
from hypothesis import strategies as st

from auditor.checking.facts import LANES, TABLES, compute_facts
from auditor.checking.facts.payout_sums import due
from auditor.checking.facts.stock_interval import drift_money, exposure_money, shortage
from auditor.checking.library import Check, load
from auditor.clock import FixedClock
from auditor.matching import fill_settings, match
from auditor.money import explainable_tax_gap, minor_unit
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checks.defaults import complete
from tests.workspace import remember, settings, workspace

NOW = datetime(2026, 3, 2, 12)
SKUS = ("MUG", "CUP")


def prepare(con: Connection) -> None:
    fill_settings(con, settings())
    match(con)
    compute_facts(con, NOW)


def test_no_figure_is_a_floating_point_number() -> None:
    with workspace({}, NOW) as con:
        prepare(con)
        doubles = con.sql(
            "SELECT table_schema || '.' || table_name || '.' || column_name FROM information_schema.columns "
            "WHERE table_schema IN ('fact', 'matching', 'setting') AND data_type IN ('DOUBLE', 'FLOAT') "
            "AND table_catalog = current_database()"
        ).fetchall()
        made = con.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'fact'").fetchall()
    assert doubles == []
    assert {name for (name,) in made} == TABLES | {"feed", "feed_table"}


@pytest.mark.parametrize("lane", range(len(LANES)))
def test_a_lane_needs_no_table_of_another(lane: int) -> None:
    names = {name for tables, _ in LANES[lane] for name in tables}
    with workspace({}, NOW) as con:
        fill_settings(con, settings())
        match(con)
        compute_facts(con, NOW, wanted=names)
        made = con.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'fact'").fetchall()
    assert names <= {name for (name,) in made}


def test_any_table_may_be_the_only_one_that_is_wanted() -> None:
    with workspace({}, NOW) as con:
        fill_settings(con, settings())
        match(con)
        for name in sorted(TABLES):
            con.execute("BEGIN")
            compute_facts(con, NOW, wanted=[name])
            assert con.sql(f"SELECT * FROM fact.{name}").columns, name
            con.execute("ROLLBACK")


def test_no_lane_makes_what_another_makes() -> None:
    names = [name for lane in LANES for name in {name for tables, _ in lane for name in tables}]
    assert len(names) == len(set(names))


def test_only_what_is_wanted_is_computed() -> None:
    with workspace({}, NOW) as con:
        fill_settings(con, settings())
        match(con)
        compute_facts(con, NOW, wanted=["fact.payout_sum", "canonical.payout"])
        made = con.sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'fact'").fetchall()
    booked = {"payout_entry", "payout_booking"}  # what was taken back again is no posting
    assert {name for (name,) in made} == {"as_of", "moment", "feed", "feed_table", "payout_sum", *booked}


@pytest.mark.parametrize("check", list(load()), ids=lambda check: check.check_id)
def test_the_facts_that_a_check_reads_are_made(check: Any) -> None:
    facts = {table.removeprefix("fact.") for table in check.header.reads if table.startswith("fact.")}
    assert facts <= TABLES | {"feed", "feed_table"}


@pytest.mark.parametrize("check", list(load()), ids=lambda check: check.check_id)
def test_checks_are_written_in_sql_that_other_engines_share(check: Check) -> None:
    # What stands between quotes and in comments is text.
    text = check.path.read_text(encoding="utf-8").partition("---*/")[2]
    sql = re.sub(r"'(?:[^']|'')*'|--[^\n]*", "''", text)
    for word in (
        "::",
        "QUALIFY",
        "EXCLUDE",
        " FILTER (",
        "GROUP BY ALL",
        "ORDER BY ALL",
        "SEMI JOIN",
        "ANTI JOIN",
        "//",
    ):
        assert word not in sql, f"{word} is not shared by other engines"
    assert re.search(r"\bORDER BY\b", sql), "rows come in an order that is the same every time"
    assert not re.search(r"\b(list|struct_pack|unnest|array_agg)\b|\[", sql, re.IGNORECASE)


def test_the_explainable_gap_is_the_law_of_money() -> None:
    orders = {
        number: (lines, currency)
        for number, (lines, currency) in enumerate(product((*range(1, 10), 25, 40), ("GBP", "JPY", "KWD")), start=1)
    }
    given_rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("sales_order", "sales_order_line", "b1_order", "b1_order_line")
    }
    for number, (lines, currency) in orders.items():
        channel = {"order_id": str(number), "currency": currency, "is_tax_included": False}
        given_rows["sales_order"].append({**channel, "total": Decimal(12 * lines), "tax": Decimal(2 * lines)})
        given_rows["sales_order_line"].extend({"order_id": str(number)} for _ in range(lines))
        b1 = {"doc_entry": number, "reference": str(number), "currency": currency}
        given_rows["b1_order"].append({**b1, "total": Decimal(12 * lines + 1), "tax": Decimal(2 * lines + 1)})
        given_rows["b1_order_line"].append({"doc_entry": number})
    with workspace(complete(given_rows, NOW), NOW) as con:
        fill_settings(con, settings())
        match(con)
        compute_facts(con, NOW, wanted=["order_tax"])
        gaps = con.sql("SELECT order_id, explainable_gap FROM fact.order_tax").fetchall()
    assert {int(order_id): gap for order_id, gap in gaps} == {
        number: explainable_tax_gap(lines, minor_unit(currency)) for number, (lines, currency) in orders.items()
    }


LINE = st.tuples(st.sampled_from(SKUS), st.integers(1, 3), st.sampled_from([Decimal("9.99"), Decimal(10)]))
LINES = st.lists(LINE, min_size=1, max_size=4)


@given(orders=st.lists(st.tuples(LINES, LINES, st.booleans()), min_size=40, max_size=60))
# A run over the store takes half a second whatever it holds: few examples of many orders each.
@run_with(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_settling_equal_orders_early_hides_no_difference(orders: list[tuple[Any, Any, bool]], store: Store) -> None:
    """Orders whose lines agree are not taken apart; an order that differs in any item always is."""
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("sales_order", "sales_order_line", "b1_order", "b1_order_line")
    }
    differing: set[tuple[str, str]] = set()
    for number, (channel, booked, is_same) in enumerate(orders, start=1):
        b1 = list(reversed(channel)) if is_same else booked
        total = sum((price * quantity for _, quantity, price in channel), Decimal(0))
        rows["sales_order"].append({"order_id": str(number), "total": total, "tax": Decimal(0)})
        rows["b1_order"].append({"doc_entry": number, "reference": str(number), "total": total, "tax": Decimal(0)})
        for sku, quantity, price in channel:
            rows["sales_order_line"].append(
                {"order_id": str(number), "sku": sku, "quantity": quantity, "net": price * quantity, "tax": Decimal(0)}
            )
        for sku, quantity, price in b1:
            rows["b1_order_line"].append(
                {
                    "doc_entry": number,
                    "item_code": sku,
                    "quantity": quantity,
                    "net": price * quantity,
                    "tax": Decimal(0),
                }
            )
        for sku in SKUS:
            if _sum(channel, sku) != _sum(b1, sku):
                differing.add((str(number), sku))
    tables = complete(rows, NOW)
    canonical = dict(tables)
    remember(store, canonical)
    try:
        with store.workspace(NOW) as con:
            fill_settings(con, settings())
            match(con)
            compute_facts(con, NOW, wanted=["order_item_side_by_side"])
            found = con.sql(
                "SELECT order_id, item_code FROM fact.order_item_side_by_side "
                "WHERE channel_quantity <> b1_quantity OR net_difference <> 0"
            ).fetchall()
    finally:
        store.write(lambda con: [con.execute(f"DELETE FROM history.{table}") for table in canonical])
    assert set(found) == differing


@pytest.fixture(scope="module")
def store() -> Any:
    with Store.in_memory(FixedClock(NOW)) as store:
        yield store


def _sum(lines: list[tuple[str, int, Decimal]], sku: str) -> tuple[int, Decimal]:
    own = [(quantity, price * quantity) for code, quantity, price in lines if code == sku]
    return sum(quantity for quantity, _ in own), sum((net for _, net in own), Decimal(0))


@pytest.mark.parametrize(
    ("issued_at", "issued_on", "due_at"),
    [
        ("2026-03-02T09:00:00", "2026-03-02", "2026-03-05T00:00:00"),
        ("2026-03-06T23:30:00", "2026-03-06", "2026-03-11T00:00:00"),
        ("2026-07-06T23:30:00", "2026-07-07", "2026-07-09T23:00:00"),
    ],
    ids=["Monday", "Friday night", "already tomorrow in summer"],
)
def test_a_payout_is_due_on_a_working_day_of_the_company(issued_at: str, issued_on: str, due_at: str) -> None:
    day, moment = due(datetime.fromisoformat(issued_at), ZoneInfo("Europe/London"), 3)
    assert (day.isoformat(), moment.isoformat()) == (issued_on, due_at)


def test_money_at_risk_of_stock() -> None:
    price, rate = Decimal("9.995"), Decimal("0.5")
    assert drift_money(Decimal(3), price, rate) == Decimal("29.99")
    assert drift_money(Decimal(-3), price, rate) == Decimal("14.99")
    assert drift_money(Decimal(-3), price, Decimal(7)) == Decimal("29.99")
    assert exposure_money(Decimal(2), Decimal(1), price, rate) == Decimal("14.99")
    assert exposure_money(Decimal(2), Decimal(0), price, Decimal(9)) == Decimal("19.99")


def test_a_set_that_lacks_a_part_is_lacking_as_a_whole() -> None:
    assert shortage(Decimal(5), Decimal(7), 6_000_000, 1_000_000) == 1
    assert shortage(Decimal(5), Decimal(7), 1_000_000, 1_000_000) == 2
    assert shortage(Decimal(7), Decimal(5), 1_000_000, 1_000_000) == 0
    assert shortage(None, Decimal(5), 1, 1) == 0
