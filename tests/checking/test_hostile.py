"""Fifty hostile check files: each is refused when it is loaded or stopped while it runs, with one sentence.

What must hold for every one of them: nothing is written, read or loaded that is none of its business, the other checks
are heard all the same, and the sentence names the file or the check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from auditor.checking import library
from auditor.checking.feeds import make_tables
from auditor.checking.question import Scope
from auditor.clock import FixedClock
from auditor.errors import ConfigError
from auditor.model import Verdict
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checking.builders import run_check
from tests.workspace import CHANNEL

NOON = datetime(2026, 3, 2, 12)
HEADER = """/*---
title    = "Hostile"
severity = "low"
owner    = "INT"
subject  = "order"
reads    = ["canonical.sales_order"]
why      = "It wants to."
look     = "Nowhere."
fix      = "Delete it."
---*/
"""
COLUMNS = "currency, total AS expected, total AS actual, total AS money_at_risk, placed_at AS occurred_at"
GOOD = f"SELECT order_id AS subject_id, {COLUMNS} FROM canonical.sales_order"
BAIT = "SELECT {} AS subject_id, NULL AS currency, 1 AS expected, 1 AS actual, 0 AS money_at_risk, NULL AS occurred_at"

ONE_ROW = "FROM (VALUES (1)) AS v(i)"
MANY = f"(SELECT i FROM (VALUES {', '.join(f'({n})' for n in range(200))}) AS v(i))"


def bait(expression: str, rest: str = "FROM canonical.sales_order") -> str:
    return f"{BAIT.format(expression)} {rest}"


REFUSED = {
    # writing
    "insert": "INSERT INTO canonical.sales_order (order_id) VALUES ('x')",
    "update": "UPDATE canonical.sales_order SET total = 0",
    "delete": "DELETE FROM audit.finding",
    "drop": "DROP TABLE raw.record",
    "create": f"CREATE TABLE canonical.mine AS {GOOD}",
    "create_macro": "CREATE MACRO sum(x) AS 0",
    "truncate": "TRUNCATE audit.finding",
    "alter": "ALTER TABLE raw.record RENAME TO gone",
    "merge": "MERGE INTO canonical.sales_order USING canonical.refund ON FALSE WHEN MATCHED THEN DELETE",
    "writing_with": f"WITH gone AS (DELETE FROM audit.finding RETURNING *) {GOOD}",
    # several statements
    "two_statements": f"{GOOD}; DROP TABLE raw.record",
    "two_selects": f"{GOOD}; {GOOD}",
    "hidden_second": f"{GOOD} /* harmless */ ; /* ; */ DELETE FROM audit.finding",
    "begin": f"BEGIN; {GOOD}; COMMIT",
    "nothing": "-- only a comment",
    "no_sql": "this is no SQL at all",
    # files
    "read_csv": bait("'x'", "FROM read_csv('/etc/passwd')"),
    "read_text": bait("content", "FROM read_text('/etc/passwd')"),
    "read_blob": bait("filename", "FROM read_blob('/etc/*')"),
    "read_json": bait("'x'", "FROM read_json('/proc/self/environ')"),
    "glob": bait("file", "FROM glob('/home/*')"),
    "file_as_table": bait("'x'", "FROM '/etc/passwd'"),
    "parquet_as_table": bait("'x'", "FROM 'auditor.parquet'"),
    "copy_out": f"COPY ({GOOD}) TO '/tmp/stolen.csv'",
    "copy_in": "COPY canonical.sales_order FROM '/tmp/forged.csv'",
    "export": "EXPORT DATABASE '/tmp/stolen'",
    "read_in_subquery": bait("(SELECT max(content) FROM read_text('/etc/passwd'))"),
    # other databases, extensions, settings
    "attach": "ATTACH '/tmp/other.duckdb' AS other",
    "install": "INSTALL httpfs",
    "load": "LOAD httpfs",
    "url": bait("'x'", "FROM 'https://example.com/x.parquet'"),
    "set": "SET memory_limit = '1TB'",
    "pragma": "PRAGMA database_list",
    "call": "CALL pragma_version()",
    "use": "USE system",
    "checkpoint": "CHECKPOINT",
    "getenv": bait("getenv('B1_PASSWORD')"),
    "current_setting": bait("current_setting('home_directory')"),
    "settings_table": bait("name", "FROM duckdb_settings()"),
    "secrets_table": bait("name", "FROM duckdb_secrets()"),
    "nextval": bait("CAST(nextval('audit.event_ids') AS VARCHAR)"),
    "query": bait("'x'", "FROM query('SELECT 1')"),
    "query_table": bait("'x'", "FROM query_table('raw.record')"),
    # what is none of its business
    "raw_bodies": bait("body", "FROM raw.record"),
    "tokens": bait("token_hash", "FROM audit.access"),
    "history": bait("order_id", "FROM history.sales_order"),
    "catalogue": bait("table_name", "FROM information_schema.tables"),
    "unnamed_table": bait("refund_id", "FROM canonical.refund"),
    "shadow": f"WITH sales_order AS (SELECT * FROM audit.access) {GOOD.replace('canonical.', '')}",
    # tricks with what the runner binds and shows
    "unset_parameter": bait("CAST($password AS VARCHAR)"),
    "numbered_parameter": bait("CAST($1 AS VARCHAR)"),
    "describe": "DESCRIBE canonical.sales_order",
    "random": bait("CAST(random() AS VARCHAR)"),
    "range_function": bait("CAST(range AS VARCHAR)", "FROM range(1000000000)"),
}
NEVER_ENDS = {
    "endless_recursion": (
        "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i > 0) "
        + bait("CAST(max(i) AS VARCHAR)", "FROM n")
    ),
    "endless_join": bait("CAST(count(*) AS VARCHAR)", f"FROM {', '.join(f'{MANY} AS t{n}' for n in range(9))}"),
}
WRONG_WHEN_RUN = {
    "impossible_cast": bait("'a'", ONE_ROW).replace("0 AS money_at_risk", "CAST('x' AS INTEGER) AS money_at_risk"),
    "float_money": bait("'a'", ONE_ROW).replace("0 AS money_at_risk", "CAST(0.1 AS DOUBLE) AS money_at_risk"),
    "negative_money": bait("'a'", ONE_ROW).replace("0 AS money_at_risk", "-1 AS money_at_risk"),
    "same_subject": bait("'a'", "FROM (VALUES (1), (2)) AS v(i)"),
    "no_subject": bait("NULL", ONE_ROW),
    "memory": bait("repeat(repeat(repeat('x', 100000), 100000), 100000)", ONE_ROW),
}


@pytest.fixture(scope="module")
def workspace() -> Iterator[Connection]:
    with Store.in_memory(FixedClock(NOON)) as store, store.workspace(NOON) as con:
        make_tables(con)
        yield con


def written(folder: Path, name: str, sql: str) -> Path:
    path = folder / f"{name}.sql"
    path.write_text(HEADER + sql, encoding="utf-8")
    return path


def is_one_sentence(text: str) -> bool:
    return re.fullmatch(r"[^\n]+[.?]", text) is not None and "Traceback" not in text


def test_there_are_at_least_fifty() -> None:
    assert len(REFUSED) + len(NEVER_ENDS) + len(WRONG_WHEN_RUN) >= 50


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused_before_it_runs(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, REFUSED[name])
    with pytest.raises(ConfigError) as refused:
        library.load_file(path)
    assert str(path) in str(refused.value)
    assert is_one_sentence(str(refused.value))


@pytest.mark.parametrize("name", NEVER_ENDS)
def test_a_check_that_never_ends_is_stopped_and_the_next_one_runs(
    tmp_path: Path, workspace: Connection, name: str
) -> None:
    check = library.load_file(written(tmp_path, name, NEVER_ENDS[name]), area="own")
    (outcome,) = run_check(workspace, check, [Scope(CHANNEL, NOON)], now=NOON, time_limit=0.3)
    assert outcome.verdict is Verdict.BROKEN
    assert outcome.reason is not None
    assert is_one_sentence(outcome.reason)
    assert_others_are_heard(tmp_path, workspace)


@pytest.mark.parametrize("name", WRONG_WHEN_RUN)
def test_a_check_that_breaks_its_contract_is_broken_and_the_next_one_runs(
    tmp_path: Path, workspace: Connection, name: str
) -> None:
    check = library.load_file(written(tmp_path, name, WRONG_WHEN_RUN[name]), area="own")
    (outcome,) = run_check(workspace, check, [Scope(CHANNEL, NOON)], now=NOON, time_limit=5)
    assert outcome.verdict is Verdict.BROKEN
    assert outcome.reason is not None
    assert name in outcome.reason
    assert is_one_sentence(outcome.reason)
    assert_others_are_heard(tmp_path, workspace)


def assert_others_are_heard(folder: Path, con: Connection) -> None:
    good = library.load_file(written(folder, "good", GOOD), area="own")
    (outcome,) = run_check(con, good, [Scope(CHANNEL, NOON)], now=NOON)
    assert outcome.verdict is Verdict.PASSED
