"""Small builders for the checking tests: a candidate, an outcome, a check file, rows of a store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.checking.library import Check
from auditor.checking.question import Scope
from auditor.checking.runner import Asked, ask
from auditor.clock import FixedClock
from auditor.model import Candidate, CheckOutcome, Severity, Verdict
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.workspace import insert, versions

NOON = datetime(2026, 3, 2, 12)
HOUR = timedelta(hours=1)
CHANNEL = "shopify-uk"

HEADER = """/*---
title    = "Something differs"
severity = "low"
owner    = "FIN"
subject  = "order"
reads    = ["canonical.sales_order"]
why      = "Because."
look     = "There."
fix      = "So."
---*/
"""
SELECT = """SELECT o.order_id AS subject_id, o.currency, o.total AS expected, NULL AS actual, o.total AS money_at_risk,
       o.placed_at AS occurred_at, o.order_id, o.order_ref
FROM canonical.sales_order AS o
WHERE o.channel = $channel
ORDER BY o.order_id
"""


def write_check(folder: Path, check_id: str, text: str, area: str = "orders") -> Path:
    path = folder / area / f"{check_id}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def run_check(
    con: Connection, check: Check, scopes: Sequence[Scope], *, now: datetime = NOON, **options: float
) -> list[CheckOutcome]:
    """One check on some channels, an outcome for each."""
    return ask(con, [Asked(check, scopes)], now=now, clock=FixedClock(now), **options)


def candidate(subject_id: str = "1001", **fields: Any) -> Candidate:
    given: dict[str, Any] = {
        "check_id": "order_total_mismatch",
        "channel": CHANNEL,
        "subject_id": subject_id,
        "money_at_risk": Decimal("5.00"),
        "currency": "GBP",
        "expected": "100.00",
        "actual": "95.00",
        "difference": "-5.00",
        "occurred_at": NOON - 10 * HOUR,
        "area": "orders",
        "subject": "order",
        "severity": Severity.LOW,
        "explanation": "It differs.",
        "keys": {"order_id": subject_id},
    }
    return Candidate(**(given | fields))


def outcome(
    *candidates: Candidate,
    as_of: datetime | None = NOON,
    verdict: Verdict | None = None,
    check_id: str = "order_total_mismatch",
    channel: str = CHANNEL,
    consecutive: int = 1,
) -> CheckOutcome:
    found = verdict or (Verdict.FAILED if candidates else Verdict.PASSED)
    judged = found in (Verdict.PASSED, Verdict.FAILED)
    return CheckOutcome(
        check_id, channel, found, None if judged else "Why not.", as_of if judged else None, candidates, consecutive
    )


def store(now: datetime = NOON) -> Store:
    return Store.in_memory(FixedClock(now), memory_limit="500MB")


def put(con: Connection, table: str, *rows: dict[str, Any], known_from: datetime = NOON - 24 * HOUR) -> None:
    """Rows of a history table as known since `known_from`."""
    insert(con, f"history.{table}", versions(table, rows, known_from=known_from))


def put_extract(
    con: Connection,
    extract_id: int,
    *,
    system: str = CHANNEL,
    stream: str = "orders",
    status: str = "complete",
    finished_at: datetime = NOON,
    watermark: datetime | None = NOON,
    reason: str | None = None,
    is_shaped: bool = True,
) -> None:
    values = {
        "extract_id": extract_id,
        "system": system,
        "stream": stream,
        "cut_off": finished_at,
        "started_at": finished_at,
        "finished_at": finished_at,
        "status": status,
        "watermark": watermark if status == "complete" else None,
        "reason": reason,
        "shaped_at": finished_at if is_shaped and status == "complete" else None,
    }
    columns = ", ".join(f"${name} AS {name}" for name in values)
    con.execute(f"INSERT INTO raw.extract BY NAME SELECT {columns}", values)
