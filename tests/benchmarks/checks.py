"""The whole library of checks on a company of N orders, against DuckDB's floor and one comparison in pandas.

Each side of the measurement runs in a process of its own, so that its peak memory is its own. Printed are seconds,
processor seconds (which a busy machine changes less; DuckDB spreads them over its cores, pandas uses one), peak memory
and ratios, for matching, for the facts with the bridge, for all checks on all five channels and for the close controls,
which are judged after the findings, and what each check found. At the end the same library on three times as many
orders, as a ratio.

floor:  DuckDB, two full outer joins from Parquet (orders by reference, lines by reference and SKU), nothing else
pandas: the same one comparison of the same files, whose amounts are exact decimals; and once more with amounts as
        floats, which no accountant may do but which is the fastest that pandas can
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from auditor.checking import rounds
from auditor.checking.facts import compute_facts
from auditor.checking.feeds import make_tables
from auditor.checking.library import Library, load
from auditor.checking.question import Scope
from auditor.checking.runner import Asked, ask
from auditor.clock import FixedClock, SystemClock
from auditor.extract.garbage import collected_seldom
from auditor.matching import fill_settings, match
from auditor.model import B1
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.workspace import CHANNEL, settings

NOW = datetime.fromisoformat("2026-03-02T12:00:00")
MEMORY_LIMIT = "4GB"
_FEED = """
INSERT INTO fact.feed BY NAME
SELECT s AS system, nullif(s, 'b1') AS channel, 'orders' AS stream, 15 AS cadence_minutes,
       TIMESTAMP '{now}' AS watermark,
       'complete' AS last_status, NULL AS last_reason, TIMESTAMP '{now}' AS last_finished_at, TRUE AS is_complete,
       0 AS closed_minutes
FROM (VALUES ('b1'), {channels}) AS t(s);
INSERT INTO fact.feed_table
SELECT system, stream, CASE system WHEN 'b1' THEN 'b1_order' ELSE 'sales_order' END FROM fact.feed
"""
_OTHERS: tuple[dict[str, Any], ...] = (
    {"id": "bigcommerce-uk", "kind": "bigcommerce", "card_code": "C-BIGCOMMERCE"},
    {"id": "magento-uk", "kind": "magento", "card_code": "C-MAGENTO"},
    {"id": "john-lewis", "kind": "john_lewis", "card_code": "C-JOHNLEWIS"},
    {"id": "tiktok-uk", "kind": "tiktok_shop", "card_code": "C-TIKTOK"},
)
_CHANNELS = (CHANNEL, *(each["id"] for each in _OTHERS))
_GROWTH = 3
_EXPORTS = {
    "channel_orders": """
        SELECT replace(order_ref, '#', '') AS ref, CAST(total AS {amount}) AS total FROM store.history.sales_order""",
    "b1_orders": "SELECT reference AS ref, CAST(total AS {amount}) AS total FROM store.history.b1_order",
    "channel_lines": """
        SELECT replace(o.order_ref, '#', '') AS ref, l.sku, CAST(l.quantity AS {amount}) AS quantity,
               CAST(l.net AS {amount}) AS net
        FROM store.history.sales_order_line AS l
        JOIN store.history.sales_order AS o USING (order_id)""",
    "b1_lines": """
        SELECT o.reference AS ref, l.item_code AS sku, CAST(l.quantity AS {amount}) AS quantity,
               CAST(l.net AS {amount}) AS net
        FROM store.history.b1_order_line AS l JOIN store.history.b1_order AS o USING (doc_entry)""",
}
_AMOUNTS = {"exact": "DECIMAL(19,6)", "floats": "DOUBLE"}
_FLOOR = (
    """
    SELECT count(*) FROM '{folder}/channel_orders.parquet' AS c
    FULL JOIN '{folder}/b1_orders.parquet' AS b ON b.ref = c.ref
    WHERE c.total IS DISTINCT FROM b.total""",
    """
    SELECT count(*) FROM '{folder}/channel_lines.parquet' AS c
    FULL JOIN '{folder}/b1_lines.parquet' AS b ON b.ref = c.ref AND b.sku = c.sku
    WHERE c.quantity IS DISTINCT FROM b.quantity OR c.net IS DISTINCT FROM b.net""",
)
_PHASES = ("settings", "matching", "facts and bridge", "every check", "close controls")
Measured = dict[str, Any]


def run(orders: int) -> None:
    with tempfile.TemporaryDirectory(prefix="checks-") as name:
        folder = Path(name)
        made = _alone(_make_company, folder, orders)
        print(f"   company made in {made['seconds']:.0f} s, store of {made['megabytes']:,.0f} MB")
        floor = _alone(_duckdb_floor, folder / "exact")
        ours = _alone(_audit, folder)
        pandas = _alone(_pandas, folder / "exact")
        floats = _alone(_pandas, folder / "floats")
    for check_id, seconds, found in sorted(ours["checks"], key=lambda each: -each[1]):
        print(f"     {check_id:<34} {seconds:6.2f} s   {found:>8,} found")
    for what in _PHASES:
        print(f"   {what:<30} {ours[what]:8.2f} s")
    heads = " ".join(f"{clock:>8} {'x floor':>8} {'x pandas':>8}" for clock in ("seconds", "cpu s"))
    print(f"   {'':<24} {heads}  peak memory")
    if pandas["found"] != floats["found"]:
        raise SystemExit(f"pandas finds {pandas['found']} differences in decimals and {floats['found']} in floats.")
    rows = {
        "the whole library": ours,
        "DuckDB's floor": floor,
        "pandas, one comparison": pandas,
        "pandas, floats": floats,
    }
    for what, measured in rows.items():
        figures = " ".join(
            f"{measured[clock]:8.2f} {measured[clock] / floor[clock]:8.2f} {measured[clock] / pandas[clock]:8.2f}"
            for clock in ("seconds", "cpu")
        )
        print(f"   {what:<24} {figures}  {measured['memory'] / 1e9:8.2f} GB")
    print(f"   the whole library is {ours['seconds'] / floats['seconds']:.2f} x pandas with floats")
    with tempfile.TemporaryDirectory(prefix="checks-") as name:
        _alone(_make_company, Path(name), orders * _GROWTH)
        more = _alone(_audit, Path(name))
    print(
        f"   {orders * _GROWTH:,} orders: {more['seconds']:.2f} s, {more['seconds'] / ours['seconds']:.2f} x the time, "
        f"{more['cpu'] / ours['cpu']:.2f} x the cpu, {more['memory'] / 1e9:.2f} GB"
    )
    print("   " + ", ".join(f"{what} {more[what] / ours[what]:.2f} x" for what in _PHASES if ours[what] > 0.05))


def _alone(measure: Callable[..., Measured], *arguments: object) -> Measured:
    """What `measure` returns from a fresh process, with the process's peak memory."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_with_memory, (measure, arguments))


def _with_memory(measure: Callable[..., Measured], arguments: tuple[object, ...]) -> Measured:
    measured = measure(*arguments)
    return {**measured, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def _make_company(folder: Path, orders: int) -> Measured:
    """A store with all histories, and the Parquet files of the comparison."""
    started = time.perf_counter()
    text = Path(__file__).with_name("_company.sql").read_text(encoding="utf-8")
    text = text.replace("{orders}", str(orders)).replace("{now}", NOW.isoformat(sep=" "))
    with Store.open(folder / "store.duckdb", memory_limit="12GB", clock=FixedClock(NOW)) as store:
        store.write(lambda con: con.execute(text))
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        con.execute(f"ATTACH '{folder / 'store.duckdb'}' AS store (READ_ONLY)")
        for kind, amount in _AMOUNTS.items():
            (folder / kind).mkdir()
            for name, query in _EXPORTS.items():
                file = folder / kind / f"{name}.parquet"
                con.execute(f"COPY ({query.replace('{amount}', amount)}) TO '{file}' (FORMAT parquet)")
    # Or the disk would still be written while the first of the measured reads it.
    os.sync()
    return {
        "seconds": time.perf_counter() - started,
        "megabytes": (folder / "store.duckdb").stat().st_size / 1e6,
    }


@collected_seldom()
def _audit(folder: Path) -> Measured:
    """What a run does between opening its workspace and having all rows of all checks."""
    measured: Measured = {"checks": []}
    library = load()
    late = Library(check for check in library if check.header.after_findings)
    early = Library(check for check in library if not check.header.after_findings)
    with Store.open(folder / "store.duckdb", memory_limit=MEMORY_LIMIT, clock=FixedClock(NOW)) as store:
        started, used = time.perf_counter(), time.process_time()
        with store.workspace(NOW) as con:
            with _timed(measured, "settings"):
                plain = {"reference": {"field": "NumAtCard"}}
                others = ({**plain, **other} for other in _OTHERS)
                fill_settings(con, settings(*others, channel={"locations": {"L1": ["01", "02"]}}))
            with _timed(measured, "matching"):
                match(con)
            with _timed(measured, "facts and bridge"):
                make_tables(con)
                named = ", ".join(f"('{channel}')" for channel in _CHANNELS)
                con.execute(_FEED.replace("{now}", NOW.isoformat(sep=" ")).replace("{channels}", named))
                compute_facts(con, NOW, {"bridge", *(table for check in library for table in check.header.reads)})
            with _timed(measured, "every check"):
                measured["checks"] += _checked(con, early)
            with _timed(measured, "close controls"):
                rounds.fill(con, late, ())
                measured["checks"] += _checked(con, late)
            measured["seconds"], measured["cpu"] = time.perf_counter() - started, time.process_time() - used
    return measured


def _checked(con: Connection, library: Library) -> list[tuple[str, float, int]]:
    """Each check with its seconds, beside others, and how much it found."""
    asked = [
        Asked(check, [Scope(channel, NOW) for channel in ((B1,) if check.header.judges == "system" else _CHANNELS)])
        for check in library
    ]
    found: dict[str, tuple[str, float, int]] = {}
    for outcome in ask(con, asked, now=NOW, clock=SystemClock()):
        if outcome.reason:
            raise SystemExit(outcome.reason)
        check_id, seconds, count = found.get(outcome.check_id, (outcome.check_id, 0.0, 0))
        found[check_id] = check_id, seconds + outcome.duration_ms / 1000, count + len(outcome.candidates)
    return list(found.values())


def _duckdb_floor(folder: Path) -> Measured:
    started, used = time.perf_counter(), time.process_time()
    with duckdb.connect() as con:
        con.execute("SET enable_progress_bar = false")
        for query in _FLOOR:
            con.sql(query.replace("{folder}", str(folder))).fetchall()
    return {"seconds": time.perf_counter() - started, "cpu": time.process_time() - used}


def _pandas(folder: Path) -> Measured:
    import pandas as pd

    started, used = time.perf_counter(), time.process_time()
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _EXPORTS}
    orders = frames["channel_orders"].merge(
        frames["b1_orders"], on="ref", how="outer", suffixes=("", "_b1"), indicator=True
    )
    lines = frames["channel_lines"].merge(
        frames["b1_lines"], on=["ref", "sku"], how="outer", suffixes=("", "_b1"), indicator=True
    )
    wrong_orders = orders[(orders["_merge"] != "both") | (orders["total"] != orders["total_b1"])]
    wrong_lines = lines[
        (lines["_merge"] != "both") | (lines["quantity"] != lines["quantity_b1"]) | (lines["net"] != lines["net_b1"])
    ]
    return {
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - used,
        "found": len(wrong_orders) + len(wrong_lines),
    }


@contextmanager
def _timed(measured: Measured, what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    measured[what] = time.perf_counter() - started
