"""Words of a platform that nobody has given a meaning yet: a new status, another kind of payment, a new type of fee.

In: a run's workspace. Out: one `UnknownWord` for each word, however many records bear it. Such records are kept with
the platform's own word and count as 'unknown' everywhere; nothing is guessed. A type of a payout's rows is known as
soon as the company's map of payout types names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.store.connection import Connection

AT_MOST = 50
"""Words that are told of one run; a platform with more than that has changed altogether."""

# canonical table -> its columns that may be 'unknown' -> the column with the platform's own word, where one is kept
_PLACES = {
    "sales_order": {
        "status": "source_status",
        "payment_status": "source_status",
        "fulfilment_status": "source_status",
        "order_kind": "NULL",
    },
    "sales_payment": {"kind": "NULL", "status": "NULL"},
    "shipment": {"status": "source_status"},
    "fulfilment_order": {"status": "NULL"},
    "cancellation": {"status": "source_status", "requested_by": "NULL"},
    "return_case": {"status": "source_status"},
    "refund_line": {"restock_type": "NULL"},
    "dispute": {"status": "source_status"},
    "payout": {"status": "source_status"},
    "sync_event": {"status": "source_status"},
}
_ONE = """
SELECT channel, '{table}' AS table_name, '{column}' AS column_name, CAST({word} AS VARCHAR) AS word, count(*) AS records
FROM canonical.{table} WHERE {column} = 'unknown' GROUP BY channel, CAST({word} AS VARCHAR)
"""
_PAYOUT_ROWS = """
SELECT l.channel, 'payout_line', 'kind', l.source_type, count(*)
FROM canonical.payout_line AS l
ANTI JOIN setting.payout_type_map AS m ON m.channel = l.channel AND upper(m.type) = upper(l.source_type)
WHERE l.kind = 'other' GROUP BY l.channel, l.source_type
"""


@dataclass(frozen=True, slots=True)
class UnknownWord:
    """word: as the platform writes it; None where only the record itself holds it."""

    channel: str
    table: str
    column: str
    word: str | None
    records: int

    def __str__(self) -> str:
        what = f"{self.table} {self.column}".replace("_", " ")
        word = "a word that stands in the record" if self.word is None else f"'{self.word}'"
        return f"{self.channel} {what}: {word} ({self.records:,} record{'' if self.records == 1 else 's'})"


def find(con: Connection) -> Sequence[UnknownWord]:
    """The words, those of most records first."""
    parts = [
        _ONE.format(table=table, column=column, word=word)
        for table, columns in _PLACES.items()
        for column, word in columns.items()
    ]
    text = "UNION ALL".join([*parts, _PAYOUT_ROWS])
    rows = con.sql(f"SELECT * FROM ({text}) ORDER BY records DESC, 1, 2, 3, 4 LIMIT {AT_MOST}").fetchall()
    return [UnknownWord(*row) for row in rows]
