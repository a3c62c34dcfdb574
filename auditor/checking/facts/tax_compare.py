"""Tax that differs although what is taxed agrees: by order, by tax code and month, and by the code of a line.

`fact.order_tax`   each such order with the tax that each way of rounding gives, and which way each side took
`fact.tax_period`  what of it is rounding, added up per tax code and month
"""

from __future__ import annotations

from auditor.checking.facts.statements import run
from auditor.money import minor_unit
from auditor.store.connection import Connection

_STRAYED = "SELECT count(*) FROM fact.tax_period WHERE abs(difference) > 1"


def compare_tax(con: Connection) -> None:
    """Needs `order_pairs`. Also makes `fact.currency`, the smallest coin of each currency in use."""
    con.execute("CREATE OR REPLACE TABLE fact.currency (currency VARCHAR, minor_unit DECIMAL(19,6))")
    used = con.sql("SELECT DISTINCT currency FROM tax_suspect WHERE currency IS NOT NULL ORDER BY 1").fetchall()
    for (currency,) in used:
        con.execute("INSERT INTO fact.currency VALUES (?, ?)", [currency, minor_unit(currency)])
    run(con, "tax_macros")
    run(con, "tax_compare")
    if con.sql(_STRAYED).fetchall() != [(0,)]:
        run(con, "tax_lines")
