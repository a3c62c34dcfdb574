"""What the dashboard and the API show, from audit.* and raw.extract. Amounts are decimal text, instants ISO UTC."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from auditor.checking.places import LOCATION_NAME
from auditor.clock import iso
from auditor.errors import UsageError
from auditor.model import State
from auditor.money import plain
from auditor.store.connection import Connection, selected

LIVE = ("open", "acknowledged", "in_action", "awaiting_verification")
_SEVERITY_ORDER = (
    "CASE severity WHEN 'critical' THEN 0 WHEN 'high' THEN 1 WHEN 'medium' THEN 2 WHEN 'low' THEN 3 ELSE 4 END"
)
_FINDING = (
    "finding_id, check_id, area, channel, subject, subject_id, keys, state, severity, owner, currency, expected, "
    "actual, difference, money_at_risk, parent_id, cause, explanation, occurred_at, first_seen_at, last_seen_at, "
    f"is_regressed, {LOCATION_NAME}"
)


def rows(con: Connection, query: str, **params: Any) -> list[dict[str, Any]]:
    """The result as JSON-able dictionaries."""
    names, found = selected(con, query, params)
    return [{name: _plain(value) for name, value in zip(names, row, strict=True)} for row in found]


def findings(
    con: Connection,
    *,
    state: str | None = None,
    check: str | None = None,
    owner: str | None = None,
    channel: str | None = None,
    severity: str | None = None,
    search: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> dict[str, Any]:
    """One page of findings, the worst and dearest first, with the number and money of all that match.

    state: a state's name, 'live' (default: everything that needs somebody) or 'all'. Raises `UsageError` for another.
    """
    if state not in (None, "", "live", "all", *State):
        raise UsageError(f"'{state}' is not a state of a finding; known are: live, all, {', '.join(State)}.")
    where, params = ["1 = 1"], dict[str, Any]()
    if state in (None, "", "live"):
        where.append(f"state IN {LIVE}")
    elif state != "all":
        where.append("state = $state")
        params["state"] = state
    for column, value in (("check_id", check), ("owner", owner), ("channel", channel), ("severity", severity)):
        if value:
            where.append(f"{column} = ${column}")
            params[column] = value
    if search:
        where.append("(contains(lower(keys), lower($search)) OR contains(lower(subject_id), lower($search)))")
        params["search"] = search
    condition = " AND ".join(where)
    totals = rows(
        con,
        f"SELECT currency, count(*) AS count, sum(money_at_risk) AS money_at_risk FROM audit.finding "
        f"WHERE {condition} GROUP BY currency ORDER BY currency",
        **params,
    )
    page = rows(
        con,
        f"SELECT {_FINDING} FROM audit.finding WHERE {condition} "
        f"ORDER BY {_SEVERITY_ORDER}, money_at_risk DESC, finding_id LIMIT $limit OFFSET $offset",
        **params,
        limit=limit,
        offset=offset,
    )
    for row in page:
        row["keys"] = json.loads(row["keys"])
    return {"count": sum(row["count"] for row in totals), "totals": totals, "findings": page}


def finding(con: Connection, finding_id: str) -> dict[str, Any] | None:
    """One finding in full with its history; None when there is none."""
    found = rows(
        con,
        f"SELECT {_FINDING}, evidence, seen_count, until_at FROM audit.finding WHERE finding_id = $id",
        id=finding_id,
    )
    if not found:
        return None
    one = found[0]
    one["keys"] = json.loads(one["keys"])
    one["evidence"] = json.loads(one["evidence"])
    one["events"] = rows(
        con,
        "SELECT happened_at, kind, actor, reason FROM audit.finding_event WHERE finding_id = $id ORDER BY event_id",
        id=finding_id,
    )
    one["children"] = rows(
        con,
        f"SELECT finding_id, check_id, subject_id, keys, {LOCATION_NAME}, currency, money_at_risk, state "
        "FROM audit.finding WHERE parent_id = $id ORDER BY money_at_risk DESC, subject_id LIMIT 200",
        id=finding_id,
    )
    for child in one["children"]:
        child["keys"] = json.loads(child["keys"])
    one["parent"] = next(
        iter(
            rows(
                con,
                "SELECT finding_id, check_id, subject_id FROM audit.finding WHERE finding_id = $id",
                id=one["parent_id"],
            )
        ),
        None,
    )
    return one


def overview(con: Connection) -> dict[str, Any]:
    """Everything the first page needs: money and counts per check, owner, channel and severity, runs and feeds."""
    live = f"FROM audit.finding WHERE state IN {LIVE}"
    measures = "count(*) AS count, sum(money_at_risk) AS money_at_risk"
    return {
        "totals": rows(con, f"SELECT currency, {measures} {live} GROUP BY currency ORDER BY currency"),
        "by_check": rows(
            con,
            f"SELECT check_id, area, owner, channel, currency, {measures}, min({_SEVERITY_ORDER}) AS worst {live} "
            "GROUP BY check_id, area, owner, channel, currency ORDER BY sum(money_at_risk) DESC, check_id",
        ),
        "by_owner": rows(
            con, f"SELECT owner, currency, {measures} {live} GROUP BY owner, currency ORDER BY sum(money_at_risk) DESC"
        ),
        "by_severity": rows(con, f"SELECT severity, {measures} {live} GROUP BY severity ORDER BY {_SEVERITY_ORDER}"),
        "by_channel": rows(
            con, f"SELECT channel, currency, {measures} {live} GROUP BY channel, currency ORDER BY channel"
        ),
        "outcomes": outcomes(con),
        "last_run": next(iter(runs(con, 1)), None),
        "feeds": feeds(con),
        "actions": rows(con, "SELECT state, count(*) AS count FROM audit.action GROUP BY state ORDER BY state"),
    }


def outcomes(con: Connection) -> list[dict[str, Any]]:
    """Each check's outcome in the newest run, per channel."""
    return rows(
        con,
        "SELECT check_id, channel, outcome, as_of, rows_found, reason FROM audit.check_run "
        "WHERE run_id = (SELECT max(run_id) FROM audit.run) ORDER BY check_id, channel",
    )


def runs(con: Connection, limit: int = 50) -> list[dict[str, Any]]:
    """The newest runs with their summaries."""
    found = rows(
        con,
        "SELECT run_id, started_at, finished_at, known_at, summary FROM audit.run ORDER BY run_id DESC LIMIT $limit",
        limit=limit,
    )
    for run in found:
        run["summary"] = json.loads(run["summary"])
    return found


def feeds(con: Connection) -> list[dict[str, Any]]:
    """Each feed's last attempt and the newest source time that was read completely."""
    return rows(
        con,
        "SELECT system, stream, max(watermark) AS watermark, arg_max(status, extract_id) AS status, "
        "arg_max(coalesce(reason, ''), extract_id) AS reason, max(finished_at) AS finished_at, "
        "arg_max(rows_read, extract_id) AS rows_read, arg_max(rows_new, extract_id) AS rows_new, "
        "arg_max(calls, extract_id) AS calls FROM raw.extract WHERE status NOT IN ('running', 'targeted') "
        "GROUP BY system, stream ORDER BY system, stream",
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, datetime):
        return iso(value)
    return value
