"""Single documents of B1, found by the fields in which others write their ids: order, refund, payout.

Neither the customer's reference nor a field of the company's own has an index in B1, so a search reads a table. It is
narrowed by what has one (the business partner) and by day, and a call names few values: 25 comparisons stay far below
the length of a URL that the balancer takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from auditor.clock import to_zone
from auditor.connectors.base import Record, Stream
from auditor.connectors.sap_b1.entities import Entity, quoted
from auditor.connectors.sap_b1.reader import Reader, both, chunks
from auditor.connectors.sap_b1.streams import Feed
from auditor.connectors.sap_b1.windows import OPEN
from auditor.connectors.search import Hit
from auditor.settings import Channel, Settings

TERMS_PER_CALL = 25
# A document may be made, or dated, before what it belongs to is told: a return is credited before the money goes back.
BEFORE = timedelta(days=31)

_DOCUMENTS = frozenset({"b1_order", "b1_delivery", "b1_invoice", "b1_credit_memo", "b1_return", "b1_draft"})
_PAYOUTS = {
    "b1_journal": ("Reference", "Reference2", "Reference3", "Memo"),
    "b1_payment": ("TransferReference", "CounterReference", "Reference1", "Reference2"),
}
_DAY = {"b1_journal": "ReferenceDate", "b1_payment": "DocDate"}


@dataclass(frozen=True, slots=True)
class _Term:
    """A comparison, and the value for which it is asked.

    is_part: others may write it with a prefix, a '#' or blanks around it, so the field need only contain the text.
    """

    field: str
    text: str
    value: str
    is_part: bool = False

    def __str__(self) -> str:
        if self.is_part:
            return f"contains({self.field},{quoted(self.text)})"
        return f"{self.field} eq {quoted(self.text)}"


class B1Search:
    def __init__(
        self, settings: Settings, reader: Reader, entities: Mapping[str, Entity], feeds: Mapping[str, Feed]
    ) -> None:
        self._settings = settings
        self._reader = reader
        self._entities = entities
        self._feeds = feeds

    def can_search(self, table: str, by: str) -> bool:
        if by == "order_ref":
            return table in _DOCUMENTS
        if by == "refund_id":
            return table in _DOCUMENTS and self._settings.b1.fields.refund_id is not None
        return by == "payout_id" and table in _PAYOUTS

    def search(
        self, table: str, by: str, values: Sequence[str], *, channel: str, since: datetime | None
    ) -> Iterator[tuple[Stream, Sequence[Hit]]]:
        one = self._settings.channel_named(channel)
        terms = [term for value in dict.fromkeys(values) for term in self._terms(table, by, value, one)]
        bound = self._bound(table, one, since)
        for feed in self._feeds.values():
            if table not in feed.stream.tables:
                continue
            entity = self._entities[feed.entity_sets[0]]
            found: dict[tuple[str, str], Hit] = {}
            for chunk in chunks(terms, TERMS_PER_CALL):
                condition = both(bound, f"({' or '.join(str(term) for term in chunk)})")
                for rows in self._reader.rows_beyond(entity, condition):
                    for row in rows:
                        record = Record(str(getattr(row, entity.key)), msgspec.json.encode(row))
                        for value in _borne(record, chunk, one):
                            found[record.key, value] = Hit(value, record)
            yield feed.stream, list(found.values())

    def _terms(self, table: str, by: str, value: str, channel: Channel) -> Iterator[_Term]:
        own = self._settings.b1.fields
        if by == "order_ref":
            bare = _bare(value, channel)
            if bare:
                yield _Term(channel.reference.field, bare, value, is_part=True)
            return
        fields = (str(own.refund_id),) if by == "refund_id" else _PAYOUTS[table]
        if by == "payout_id" and table == "b1_journal" and own.payout_id is not None:
            fields = tuple(dict.fromkeys((own.payout_id, *fields)))
        for text in dict.fromkeys((_tail(value), value)):
            yield from (_Term(field, text, value) for field in fields)

    def _bound(self, table: str, channel: Channel, since: datetime | None) -> str:
        """What narrows the search: the business partner and the day, as far as they are certain."""
        conditions: list[str] = []
        if table in _DOCUMENTS:
            conditions.append(f"CardCode eq {quoted(channel.card_code)}")
        if since is not None:
            day = to_zone(since - BEFORE, self._settings.company.zone)
            conditions.append(f"{_DAY.get(table, 'CreationDate')} ge '{day:%Y-%m-%d}'")
        if table == "b1_draft":
            conditions.append(OPEN)
        return " and ".join(conditions)


def _bare(reference: str, channel: Channel) -> str:
    """An order's number without what B1 may write around it: blanks, '#', the channel's prefix."""
    bare = "".join(reference.split()).replace("#", "")
    prefix = channel.reference.prefix.replace("#", "")
    if bare.upper().startswith(prefix.upper()):
        bare = bare[len(prefix) :]
    # Magento fills its numbers up with zeros, which people leave out.
    return bare.lstrip("0") if channel.kind == "magento" else bare


def _tail(identifier: str) -> str:
    """`9` of gid://shopify/Refund/9; any other id as it is."""
    return identifier.partition("?")[0].rpartition("/")[2] if identifier.startswith("gid://") else identifier


def _borne(record: Record, terms: Sequence[_Term], channel: Channel) -> set[str]:
    """The values that the record bears in one of the fields asked for."""
    body = json.loads(record.body)
    return {
        term.value for term in terms if _plain(body.get(term.field), term, channel) == _plain(term.text, term, channel)
    }


def _plain(text: object, term: _Term, channel: Channel) -> str:
    # Databases compare text each in their own way; what one takes for equal must not be lost here.
    plain = str(text or "").strip().upper()
    return _bare(plain, channel) if term.is_part else plain
