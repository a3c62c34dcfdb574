"""Facts: figures that checks compare, computed once per run into tables `fact.*` of its workspace.

In: `canonical.*`, `history_at.*`, `setting.*`, `matching.*` and `fact.feed`. Out: the tables that the modules and SQL
files of this folder name. A fact never says what is wrong; a check does.
"""

from __future__ import annotations

from datetime import datetime

from auditor.checking.facts.moments import fill_as_of
from auditor.checking.facts.payout_sums import sum_payouts
from auditor.checking.facts.statements import run
from auditor.checking.facts.stock_interval import measure_stock
from auditor.checking.facts.tax_compare import compare_tax
from auditor.store.connection import Connection

__all__ = ["compute_facts"]


def compute_facts(con: Connection, now: datetime) -> None:
    """Fill `fact.*`. Needs `setting.*`, `matching.*` and, for the moments of reading, `fact.feed`."""
    con.execute("CREATE SCHEMA IF NOT EXISTS fact")
    run(con, "arithmetic")
    fill_as_of(con, now)
    run(con, "order_pairs")
    run(con, "order_compare")
    compare_tax(con)
    run(con, "sales_velocity")
    measure_stock(con)
    run(con, "refund_parts")
    run(con, "delivery_package")
    sum_payouts(con)
