"""How a single suspect is looked up at its source: by what findings call it, not only by its record's own key.

Before something is said to be missing, the system that should have it is asked for it once more, directly. A system
that can be asked so is a `Searcher`. Most keep the records of a stream under a key that findings carry (`ByKey`; each
package's `streams.LOOKED_UP_BY` says which); SAP Business One is asked by the fields in which others write their ids.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from auditor.connectors.base import Connector, Record, Stream


@dataclass(frozen=True, slots=True)
class Hit:
    """A record, and which of the values asked for it bears."""

    value: str
    record: Record


@runtime_checkable
class Searcher(Protocol):
    """Finds records of a canonical table by a key that findings carry: order_id, order_ref, refund_id, payout_id."""

    def can_search(self, table: str, by: str) -> bool:
        """Whether the system can be asked for this table by this key. Sends nothing."""

    def search(
        self, table: str, by: str, values: Sequence[str], *, channel: str, since: datetime | None
    ) -> Iterator[tuple[Stream, Sequence[Hit]]]:
        """Everything that bears one of the values, by stream, in the form in which the stream is read.

        since: nothing that could bear them is older; None where nobody knows.
        Raises `RemoteError` when the system does not answer in full.
        """


OfOrders = Callable[[str, Sequence[str]], Iterator[tuple[str, str, Record]]]
"""Canonical table, orders -> (stream, order, record): what belongs to these orders, as it is now."""


class ByKey:
    """A channel whose streams are keyed by what findings carry, or that can be asked for what belongs to an order.

    keyed:     (table, key) -> the stream whose records bear this key
    of_orders: asks for what belongs to orders; `by_order` names the tables for which it can
    """

    def __init__(
        self,
        connector: Connector,
        keyed: Mapping[tuple[str, str], str],
        of_orders: OfOrders | None = None,
        by_order: Collection[str] = (),
    ) -> None:
        self._connector = connector
        self._keyed = keyed
        self._of_orders = of_orders
        self._by_order = by_order

    def can_search(self, table: str, by: str) -> bool:
        return (table, by) in self._keyed or (by == "order_id" and table in self._by_order)

    def search(
        self, table: str, by: str, values: Sequence[str], *, channel: str, since: datetime | None
    ) -> Iterator[tuple[Stream, Sequence[Hit]]]:
        streams = {stream.name: stream for stream in self._connector.streams}
        name = self._keyed.get((table, by))
        if name is not None:
            found = self._connector.look_up(streams[name], values)
            yield streams[name], [Hit(record.key, record) for record in found]
        elif self._of_orders is not None:
            hits: dict[str, list[Hit]] = {}
            for name, order, record in self._of_orders(table, values):
                hits.setdefault(name, []).append(Hit(order, record))
            yield from ((streams[name], those) for name, those in hits.items())
