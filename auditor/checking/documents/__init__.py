"""Which documents prove a finding, and which of their fields people see; a module per area.

One `Source` is one query over all candidates of a run at once: `wanted` holds a row per candidate with its number, its
channel and its keys as text. The columns chosen here are all that is ever shown; none of them is personal data.
"""

from __future__ import annotations

from auditor.checking.documents import b1, close, fulfilment, health, master_data, orders, payouts, refunds, stock, tax
from auditor.checking.documents.b1 import B1_OBJECTS
from auditor.checking.documents.source import Field, Source

__all__ = ["B1_OBJECTS", "SOURCES", "Field", "Source"]

SOURCES: tuple[Source, ...] = (
    *orders.SOURCES,
    *refunds.SOURCES,
    *payouts.SOURCES,
    *stock.SOURCES,
    *master_data.SOURCES,
    *fulfilment.SOURCES,
    *tax.SOURCES,
    *close.SOURCES,
    *health.SOURCES,
    *b1.SOURCES,
)
"""In the order in which they are shown, the channel's side before B1's."""
