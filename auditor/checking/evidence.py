"""The evidence of findings: the documents of both sides, the watermarks, the arithmetic.

`collect` fetches the documents of all candidates of a run with one query per kind of document, however many
candidates there are. `Proofs.of(candidate)` is then what one finding shows. Amounts carry their currency, instants are
ISO UTC. Links into the two systems are added where people look at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import polars as pl

from auditor.checking.documents import SOURCES, Field, Source
from auditor.checking.feeds import Feeds, minutes
from auditor.checking.library import KEYS, Library
from auditor.checking.open_hours import OpenHours
from auditor.checking.rows import number_in, quantity
from auditor.clock import iso
from auditor.model import B1, Candidate, CheckOutcome, Feed
from auditor.money import plain
from auditor.store.connection import Connection, selected, shown

B1_NAME = "SAP Business One"
Row = Mapping[str, Any]
_GRACE = {
    "order": ("grace_order_minutes", "minutes"),
    "tracking": ("grace_tracking_minutes", "minutes"),
    "refund": ("grace_refund_minutes", "minutes"),
    "payout": ("grace_payout_days", "business days"),
}

_NAMES_A_RECORD = frozenset(
    {
        "order_id", "order_ref", "refund_id", "payout_id", "package_id", "doc_entry", "trans_id", "sku", "item_code",
        "return_id", "dispute_id", "bank_line_id",
    }
)  # fmt: skip
_SHOWN = {source.name: source for source in SOURCES if any(each.label for each in source.fields)}
"""By name, in their order. Sources that share a name (all kinds of B1 documents do) have the same fields."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves one finding.

    documents:  as they are shown, the channel's first
    rows:       the rows behind them by name of source, for explanation and arithmetic
    watermarks: of every feed behind the check
    grace:      how long the other side had, in words; None when the check knows no grace
    closed:     the last hours since then in which one of the systems was closed, which count for nothing
    """

    documents: Sequence[Mapping[str, Any]] = ()
    rows: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    watermarks: Sequence[Mapping[str, Any]] = ()
    grace: str | None = None
    closed: Sequence[Mapping[str, Any]] = ()
    as_of: datetime | None = None

    def row(self, name: str) -> Row:
        """The first row of a source; empty when there is none."""
        rows = self.rows.get(name, ())
        return rows[0] if rows else {}

    def as_json(self, *, arithmetic: Sequence[str]) -> dict[str, Any]:
        """The evidence as it is kept with the finding."""
        return {
            "documents": [dict(document) for document in self.documents],
            "watermarks": [dict(watermark) for watermark in self.watermarks],
            "grace": self.grace,
            "closed": [dict(closing) for closing in self.closed],
            "arithmetic": list(arithmetic),
            "as_of": None if self.as_of is None else iso(self.as_of),
        }


class Proofs:
    """The proof of each candidate of a run."""

    def __init__(self, proofs: Mapping[tuple[str, str, str], Proof]) -> None:
        self._proofs = proofs

    def of(self, candidate: Candidate) -> Proof:
        """The proof of a candidate; an empty one for a candidate of another run."""
        return self._proofs.get(_key(candidate), Proof())


def collect(con: Connection, outcomes: Iterable[CheckOutcome], library: Library, feeds: Feeds) -> Proofs:
    """The proofs of all candidates of these outcomes."""
    pairs = [(candidate, outcome) for outcome in outcomes for candidate in outcome.candidates]
    if not pairs:
        return Proofs({})
    found = _fetch(con, [candidate for candidate, _ in pairs])
    graces = _graces(con)
    proofs: dict[tuple[str, str, str], Proof] = {}
    for number, (candidate, outcome) in enumerate(pairs):
        behind = feeds.behind(library[candidate.check_id], candidate.channel)
        own = feeds.named(candidate.keys.get("system"), candidate.keys.get("stream"))
        rows = found.get(number, {})
        documents = [*_shown(candidate, rows), *([] if own is None else [_feed_document(own)])]
        if not documents and not _NAMES_A_RECORD.intersection(candidate.keys):
            # It is about a policy, a flow, the days of an account: nothing was looked up, and nothing is missing.
            documents = [_source_document(feed) for feed in behind]
        proofs[_key(candidate)] = Proof(
            documents=_with_gaps(candidate, documents, behind),
            rows=rows,
            watermarks=[_watermark(feed) for feed in behind],
            grace=graces.get((library[candidate.check_id].header.grace, candidate.channel)),
            closed=_closed(candidate, behind, feeds.hours),
            as_of=outcome.as_of,
        )
    return Proofs(proofs)


def _key(candidate: Candidate) -> tuple[str, str, str]:
    return candidate.check_id, candidate.channel, candidate.subject_id


def _fetch(con: Connection, candidates: Sequence[Candidate]) -> dict[int, dict[str, list[Row]]]:
    """Number of a candidate -> name of a source -> its rows."""
    there = {
        f"{schema}.{name}"
        for schema, name in con.sql(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database()"
        ).fetchall()
    }
    wanted = pl.DataFrame(
        {
            "no": list(range(len(candidates))),
            "channel": [candidate.channel for candidate in candidates],
            **{key: [candidate.keys.get(key) for candidate in candidates] for key in KEYS},
        },
        {"no": pl.Int64(), "channel": pl.String(), **dict.fromkeys(KEYS, pl.String())},
    )
    found: dict[int, dict[str, list[Row]]] = {}
    with shown(con, "wanted_keys", wanted):
        con.execute("CREATE OR REPLACE TEMP TABLE wanted AS SELECT * FROM wanted_keys")
    for source in SOURCES:
        if not there.issuperset(source.tables):
            continue
        names, rows = selected(con, source.query)
        for values in rows:
            row = dict(zip(names, values, strict=True))
            found.setdefault(row["no"], {}).setdefault(source.name, []).append(row)
    con.execute("DROP TABLE wanted")
    return found


def _shown(candidate: Candidate, rows: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    """The documents as people see them, in the order of the sources."""
    return [
        {
            "side": source.side,
            "system": B1_NAME if source.side == "b1" else candidate.channel,
            "title": _title(source, candidate, row),
            "found": True,
            "fields": _fields(source, row, candidate.currency),
        }
        for name, source in _SHOWN.items()
        for row in rows.get(name, ())
    ]


def _title(source: Source, candidate: Candidate, row: Row) -> str:
    if source.name in ("b1_document", "b1_document_line"):
        # All kinds of B1 documents share a name; the candidate says which one it is.
        source = next(
            each for each in SOURCES if each.name == source.name and each.tables[0].startswith(_table_of(candidate))
        )
    return source.title.format_map({name: "" if value is None else value for name, value in row.items()}).strip()


def _table_of(candidate: Candidate) -> str:
    return f"canonical.b1_{candidate.keys['b1_object']}"


def _fields(source: Source, row: Row, default_currency: str | None) -> dict[str, str]:
    currency = row.get("currency") or default_currency
    return {
        each.label: _written(each, row[each.column], currency)
        for each in source.fields
        if each.label is not None and row.get(each.column) is not None
    }


def _written(each: Field, value: Any, currency: str | None) -> str:
    if each.kind == "money":
        return f"{plain(Decimal(value))} {currency or ''}".rstrip()
    if each.kind == "quantity":
        return quantity(Decimal(value))
    if each.kind == "rate":
        return f"{quantity(Decimal(value) * 100)} %"
    if each.kind == "flag":
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return iso(value)
    return value.isoformat() if isinstance(value, date) else number_in(str(value))


def _with_gaps(candidate: Candidate, documents: list[dict[str, Any]], behind: Sequence[Feed]) -> list[dict[str, Any]]:
    """The documents, and for a side that was read and holds nothing of it, a document that says so."""
    read = {"channel": any(feed.channel for feed in behind), "b1": any(feed.system == B1 for feed in behind)}
    for side, is_read in read.items():
        if is_read and not any(document["side"] == side for document in documents):
            name = B1_NAME if side == "b1" else candidate.channel
            documents.append(
                {
                    "side": side,
                    "system": name,
                    "title": f"Nothing found in {name}",
                    "found": False,
                    "fields": {},
                }
            )
    return sorted(documents, key=lambda document: document["side"] != "channel")


def _source_document(feed: Feed) -> dict[str, Any]:
    """A feed that a finding rests on, without what moves from one reading to the next."""
    side = "b1" if feed.system == B1 else "channel"
    system = B1_NAME if side == "b1" else feed.system
    fields = {"Feed": feed.name, "Promised every": f"{minutes(feed.cadence)} minutes"}
    return {"side": side, "system": system, "title": f"Feed {feed.name}", "found": True, "fields": fields}


def _feed_document(feed: Feed) -> dict[str, Any]:
    """A feed that a finding is about, as it stands."""
    document = _source_document(feed)
    fields = document["fields"]
    if feed.watermark is not None:
        fields["Newest data"] = iso(feed.watermark)
    if feed.last_status is not None:
        fields["Last attempt"] = feed.last_status
    if feed.last_reason:
        fields["Why"] = feed.last_reason
    return document


def _watermark(feed: Feed) -> dict[str, Any]:
    return {
        "feed": feed.name,
        "watermark": None if feed.watermark is None else iso(feed.watermark),
        "cadence_minutes": minutes(feed.cadence),
    }


def _closed(candidate: Candidate, behind: Sequence[Feed], hours: OpenHours) -> list[dict[str, Any]]:
    """The last three closings between what happened and what was read, of the systems behind the check."""
    read = [feed.watermark for feed in behind if feed.watermark is not None]
    if candidate.occurred_at is None or not read or not hours.closed:
        return []
    found = [
        {"system": system, "closed_at": iso(closing.closed_at), "opened_at": iso(closing.opened_at)}
        for system, closing in hours.each(feed.system for feed in behind)
        if closing.opened_at > candidate.occurred_at and closing.closed_at < max(read)
    ]
    return sorted(found, key=lambda each: each["opened_at"])[-3:]


def _graces(con: Connection) -> dict[tuple[str | None, str], str]:
    """(promise, channel) -> its grace in words, from setting.channel."""
    there = con.sql(
        "SELECT count(*) FROM information_schema.tables "
        "WHERE table_catalog = current_database() AND table_schema = 'setting' AND table_name = 'channel'"
    ).fetchall()
    if there == [(0,)]:
        return {}
    columns = ", ".join(column for column, _ in _GRACE.values())
    graces: dict[tuple[str | None, str], str] = {}
    for channel, *values in con.sql(f"SELECT channel, {columns} FROM setting.channel").fetchall():
        for (promise, (_, unit)), value in zip(_GRACE.items(), values, strict=True):
            if value is not None:
                graces[promise, channel] = f"{value} {unit}"
    return graces
