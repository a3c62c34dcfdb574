"""Which document belongs to which order, refund and payout: fills `matching.*` in a run's workspace.

In: `canonical.*` as known at the run's moment, `setting.*`, and what people linked by hand. Out: tables `matching.*`
(sql/tables.sql says what they hold). Each link names its rule; two equal candidates are ambiguous and neither is taken.
Rules, in order: reference, second reference, reference without leading zeros, platform id, base document, amount and
items, amount and a reference that differs in one character; people outrank all of them.
Only documents that count are linked: neither cancelled nor a cancellation, on the channel's business partner.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from importlib import resources
from typing import NamedTuple

from auditor.matching.reference import create_macros
from auditor.store.connection import Connection, run_script, side_by_side
from auditor.store.workspace import order_no

# In this order, because each may inherit from those before it.
OBJECTS = ("order", "draft", "delivery", "invoice", "return", "credit_memo")
GUESSED = ("order", "invoice")


class ManualLink(NamedTuple):
    """A row of `audit.manual_link` that holds at the run's moment."""

    channel: str
    order_id: str
    object: str
    doc_entry: int
    is_linked: bool


def match(con: Connection, manual_links: Iterable[ManualLink] = ()) -> None:
    """Fill `matching.*`. `manual_links` in the order in which they were made; the last word on a pair holds."""
    con.execute("CREATE SCHEMA IF NOT EXISTS matching")
    create_macros(con)
    _run(con, "tables")
    last_word = {link[:4]: link for link in manual_links}
    for link in last_word.values():
        number = order_no("$channel", "$order_id")
        con.execute(
            f"INSERT INTO matching.manual_link SELECT {number}, $object, $doc_entry, $is_linked", link._asdict()
        )
    _beside(con, "channel_orders", "skus", "payouts")
    _run(con, "shared_keys")
    run_script(con, _text("by_reference").replace("{documents}", _counting_documents()))
    if _any(con, "temp.shared_key"):
        _run(con, "one_meaning", rule="reference")
    unlinked = {row[0] for row in con.sql("SELECT DISTINCT object FROM open_entry").fetchall()}
    for name in unlinked:
        _run(con, "open_documents", name)
    if unlinked:
        _run(con, "by_other_key")
        for rule in ("alternate_reference", "leading_zeros", "order_id"):
            _run(con, "one_meaning", rule=rule)
    for name in OBJECTS:
        if name in unlinked:
            _run(con, "by_base_document", name)
            if name in GUESSED:
                _run(con, "by_amount_and_lines", name)
                _run(con, "by_similar_reference", name)
        if last_word:
            _run(con, "manual", name)
    _beside(con, "coverage", "refunds")


def _counting_documents() -> str:
    """One SELECT for each kind of document."""
    return "UNION ALL\n".join(_text("counting_documents").replace("{object}", name) for name in OBJECTS)


def _beside(con: Connection, *steps: str) -> None:
    """Steps of which none needs another."""
    side_by_side(con, [partial(_run, step=step) for step in steps])


def _run(con: Connection, step: str, name: str = "", rule: str = "") -> None:
    run_script(con, _text(step).replace("{object}", name).replace("{rule}", rule))


@cache
def _text(step: str) -> str:
    return resources.files("auditor.matching").joinpath("sql", f"{step}.sql").read_text(encoding="utf-8")


def _any(con: Connection, source: str) -> bool:
    return bool(con.sql(f"SELECT 1 FROM {source} LIMIT 1").fetchall())
