"""What is not looked at because a document agrees with its order would have shown nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as run_with

from auditor.checking.facts import compute_facts
from auditor.store.connection import Connection
from tests.checking_facts.conftest import NOW, Company, Rows
from tests.checking_facts.test_bridge import trades
from tests.thorough import TIMES

TABLES = ("bridge", "bridge_item", "bridge_height", "tieout_figure", "tieout_difference", "order_side_by_side",
          "order_item_side_by_side", "order_edit", "order_tax", "gift_card_tender")  # fmt: skip
Facts = dict[str, list[tuple[Any, ...]]]


def facts(con: Connection) -> Facts:
    compute_facts(con, NOW, wanted=TABLES)
    return {table: con.sql(f"FROM fact.{table} ORDER BY ALL").fetchall() for table in TABLES}


@pytest.mark.law
@run_with(max_examples=8 * TIMES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trade=trades())
def test_no_figure_changes_when_orders_that_agree_are_looked_at_as_well(company: Company, trade: Rows) -> None:
    with company(trade) as con:
        usual = facts(con)
        con.execute("UPDATE matching.document_count SET agreed_from = 0, agreed_to = 0")
        looked_at = facts(con)
    for table, rows in usual.items():
        assert rows == looked_at[table], table
