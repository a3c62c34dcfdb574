"""What is computed about the feeds, the calls and the middleware, and what the connectors know by themselves.

| table | what it holds |
|---|---|
| extract | how each reading of the last five weeks ended, the newest first |
| left_out | documents that lists left out, and a gap in their numbers betrayed |
| call_statistic | what its calls met, per quarter of an hour |
| cadence | how often flows run and how long orders take, beside the same days of other weeks |
| due, flow_run | what the source has for B1, and the runs that should have moved it |
| mapping_gap | values in use for which a table of the company has no line |
| unknown_word | words of a platform that nobody has given a meaning |
| silent_field | fields that a platform no longer sends |
| deadline | days on which an API version or a credential ends |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import astuple
from datetime import date
from functools import partial

from auditor.checking import silent_fields, unknown_words
from auditor.checking.facts.frames import insert_rows
from auditor.checking.facts.statements import run
from auditor.store.connection import Connection

_WORDS = """
CREATE OR REPLACE TABLE fact.unknown_word (
    channel VARCHAR, table_name VARCHAR, column_name VARCHAR, word VARCHAR, records BIGINT
)
"""
_DEADLINES = "CREATE TABLE IF NOT EXISTS fact.deadline (system VARCHAR, kind VARCHAR, name VARCHAR, ends_on DATE)"

_SILENT = """
CREATE OR REPLACE TABLE fact.silent_field (
    channel VARCHAR, table_name VARCHAR, column_name VARCHAR, kind VARCHAR, silent BIGINT, others BIGINT, told BIGINT,
    since TIMESTAMP
)
"""

DeadlineRow = tuple[str, str, str, date]
"""System; api_version or credential; its name; the last day."""


def fill_deadlines(con: Connection, deadlines: Iterable[DeadlineRow]) -> None:
    """What the connectors and auditor.toml know of days on which something ends; before `compute_facts`."""
    con.execute("CREATE SCHEMA IF NOT EXISTS fact")
    con.execute(_DEADLINES)
    rows = list(deadlines)
    if rows:
        insert_rows(con, "fact.deadline", rows)


def _find_words(con: Connection) -> None:
    con.execute(_WORDS)
    # A type of a payout's rows has a check of its own.
    found = [word for word in unknown_words.find(con) if word.table != "payout_line"]
    rows = [(word.channel, word.table, word.column, word.word, word.records) for word in found]
    if rows:
        insert_rows(con, "fact.unknown_word", rows)


def _find_silence(con: Connection) -> None:
    con.execute(_SILENT)
    ((now,),) = con.sql("SELECT now FROM fact.moment").fetchall()
    rows = [astuple(field) for field in silent_fields.find(con, now)]
    if rows:
        insert_rows(con, "fact.silent_field", rows)


def _no_deadlines(con: Connection) -> None:
    con.execute(_DEADLINES)


STEPS: tuple[tuple[tuple[str, ...], Callable[[Connection], None]], ...] = (
    (("extract", "left_out", "call_statistic"), partial(run, name="health_readings")),
    (("cadence",), partial(run, name="health_cadence")),
    (("due", "flow_run"), partial(run, name="health_flows")),
    (("mapping_gap",), partial(run, name="health_mapping")),
    (("unknown_word",), _find_words),
    (("silent_field",), _find_silence),
    (("deadline",), _no_deadlines),
)
