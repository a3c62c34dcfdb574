"""`fact.order_tax`: orders whose tax differs although what is taxed agrees, and how much of it rounding explains."""

from __future__ import annotations

from auditor.checking.facts.statements import run
from auditor.money import minor_unit
from auditor.store.connection import Connection


def compare_tax(con: Connection) -> None:
    """Needs `order_pairs`. Also makes `fact.currency`, the smallest coin of each currency in use."""
    con.execute("CREATE OR REPLACE TABLE fact.currency (currency VARCHAR, minor_unit DECIMAL(19,6))")
    used = con.sql("SELECT DISTINCT currency FROM tax_suspect WHERE currency IS NOT NULL ORDER BY 1").fetchall()
    for (currency,) in used:
        con.execute("INSERT INTO fact.currency VALUES (?, ?)", [currency, minor_unit(currency)])
    run(con, "tax_compare")
