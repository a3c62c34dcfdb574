"""What a channel can tell, and so which checks can prove anything on it.

In: the feeds of all systems, and what each system says it has no word for (`Connector.cannot_tell`). A check names
under `needs` the canonical tables and columns without which it would compare something with nothing. Where a channel
lacks one of them, the check is not judged there; tables that a check only reads when they are there do not hinder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.checking.library import Check
from auditor.model import Feed

UNREAD = "nothing that is read from it holds any"
_WORDS = {
    "channel_stock.available": "stock level",
    "payout.net": "payout",
    "payout_line.net": "movements of a payout",
    "refund.total": "refund",
    "sales_order.tax": "tax of an order",
    "sales_order_line.gross": "price per line",
    "sales_order_line.sku": "SKU per line",
    "sales_order_line.tax": "tax per line",
    "shipment.tracking_key": "tracking number",
}
"""What people call the things that the shipped checks need."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """A system's word that it has none: `name` is a canonical `table` or `table.column`, `why` a phrase for people."""

    system: str
    channel: str | None
    name: str
    why: str


class Abilities:
    """Which canonical names each channel tells."""

    def __init__(self, feeds: Iterable[Feed], claims: Iterable[CannotTell] = ()) -> None:
        self._systems: dict[tuple[str | None, str], set[str]] = {}
        for feed in feeds:
            for table in feed.tables:
                self._systems.setdefault((feed.channel, table), set()).add(feed.system)
        self._why: dict[tuple[str | None, str], str] = {}
        for claim in claims:
            tellers = self._systems.get((claim.channel, claim.name.partition(".")[0]), set())
            # What one system of a channel cannot tell, another may: a shop's payouts come in its provider's files.
            if not tellers or claim.system in tellers:
                self._why.setdefault((claim.channel, claim.name), claim.why)

    def lacking(self, check: Check, channel: str) -> str | None:
        """One sentence naming the first thing that the check needs and the channel cannot tell; None when it can."""
        for need in check.header.needs:
            name = need.removeprefix("canonical.")
            why = self._why_not(channel, name)
            if why is not None:
                return f"{channel} tells no {words(name)}: {why}."
        return None

    def _why_not(self, channel: str, name: str) -> str | None:
        table = name.partition(".")[0]
        for part in (name, table):
            if (channel, part) in self._why:
                return self._why[channel, part]
        is_read = any((owner, table) in self._systems for owner in (channel, None))
        return None if is_read else UNREAD


def words(name: str) -> str:
    """What people call a canonical name: `tax per line`; of others `status of a dispute`, `dispute`."""
    if name in _WORDS:
        return _WORDS[name]
    table, _, column = (part.replace("_", " ") for part in name.partition("."))
    return f"{column} of a {table}" if column else table
