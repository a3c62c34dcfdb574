"""`fact.bridge`: how channel net sales become B1 revenue and payouts, per channel, month of the company and currency.

In: `canonical.*`, `matching.*`, `setting.channel`, `fact.as_of`, `fact.payout_sum`. Out: `fact.bridge_item`, every
single movement that one side has and the other has not (with the order, refund, payout or document it is about);
`fact.bridge_height`, what makes up each level; `fact.bridge`, both summed up. What a step means stands in
bridge_steps.py; a fact does not know which findings explain it.
"""

from __future__ import annotations

from auditor.checking.facts.statements import run
from auditor.store.connection import Connection


def build_bridge(con: Connection) -> None:
    for part in ("bridge_sales", "bridge_payouts"):
        run(con, part)
