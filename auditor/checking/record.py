"""Keeps findings, their events and the outcomes of checks in audit.*, and rebuilds how they stood at any past moment.

Every function takes a connection whose default catalog is the store, as `store.write(fn)` and `store.read(fn)` give it.
A run is recorded in one transaction: what people did while it ran is read inside it, so nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from auditor.checking.confirm import Confirmation
from auditor.checking.life_cycle import Change, advance
from auditor.clock import iso
from auditor.errors import UsageError
from auditor.model import CheckOutcome, Finding, FindingEvent, Owner, Resolution, Severity, State, identity_of
from auditor.model.codec import NAMES, from_json, report, to_json
from auditor.store.connection import Connection, shown

SCHEMA = 1
_MONEY = pl.Decimal(19, 6)
_MOMENT = pl.Datetime("us")
_TYPES: dict[str, pl.DataType] = {
    **dict.fromkeys(NAMES, pl.String()),
    "seen_count": pl.Int64(),
    "last_run_id": pl.Int64(),
    "money_at_risk": _MONEY,
    "accepted_up_to": _MONEY,
    "is_regressed": pl.Boolean(),
    **dict.fromkeys(
        (
            "first_seen_at", "last_seen_at", "occurred_at", "source_updated_at", "deadline_at", "as_of", "until_at",
            "action_sent_at", "resolved_at",
        ),
        _MOMENT,
    ),
}  # fmt: skip
_TEXT = pl.String()
_OUTCOME: dict[str, pl.DataType] = {
    "run_id": pl.Int64(), "check_id": _TEXT, "channel": _TEXT, "outcome": _TEXT, "as_of": _MOMENT,
    "rows_found": pl.Int64(), "reason": _TEXT, "duration_ms": pl.Int64(), "judged_at": _MOMENT,
}  # fmt: skip
_CONFIRMATION: dict[str, pl.DataType] = {
    "run_id": pl.Int64(), "finding_id": _TEXT, "check_id": _TEXT, "channel": _TEXT, "subject_id": _TEXT,
    "state": _TEXT, "asked_at": _MOMENT, "told": _TEXT,
}  # fmt: skip
_EVENT: dict[str, pl.DataType] = {
    "position": pl.Int64(), "finding_id": _TEXT, "run_id": pl.Int64(), "happened_at": _MOMENT, "kind": _TEXT,
    "actor": _TEXT, "reason": _TEXT, "after": _TEXT,
}  # fmt: skip
_JSON = ("keys", "evidence")
_MOVES_SILENTLY = ("last_seen_at", "seen_count", "as_of", "last_run_id")
"""What of a finding moves without an event; see model/finding.py."""
# A correction that is out is judged only by newer data; until then its finding is not seen again.
_SEEN_STATES = tuple(state for state in State if state not in (State.RESOLVED, State.AWAITING_VERIFICATION))


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a run left: the findings that moved, and all findings as they stand now, by id."""

    changes: Sequence[Change]
    findings: Mapping[str, Finding]


def record_run(con: Connection, outcomes: Sequence[CheckOutcome], *, at: datetime, run_id: int) -> Recorded:
    """Advance the findings by these outcomes and keep everything. `at` is the run's known_at."""
    previous = load_current(con)
    changes = advance(previous, outcomes, at, run_id)
    save(con, changes)
    save_outcomes(con, outcomes, at=at, run_id=run_id)
    return Recorded(changes, previous | {finding.finding_id: finding for finding, _ in changes})


def apply(
    con: Connection, finding_id: str, decide: Callable[[Finding], tuple[Finding, FindingEvent]]
) -> tuple[Finding, FindingEvent]:
    """What a person (or a correction) does to one finding; see people.py. Raises `UsageError` for an unknown id."""
    found = load_current(con, finding_id=finding_id)
    if finding_id not in found:
        raise UsageError(f"There is no finding {finding_id}; 'auditor findings' lists them.")
    change = decide(found[finding_id])
    save(con, [change])
    return change


def save(con: Connection, changes: Sequence[Change]) -> None:
    """Write findings as they stand now, and append their events."""
    if seen := [finding for finding, event in changes if event is None]:
        with shown(con, "changed_finding", _finding_table(seen, ("finding_id", *_MOVES_SILENTLY))):
            _update(con, _MOVES_SILENTLY)
    if moved := [finding for finding, event in changes if event is not None]:
        with shown(con, "changed_finding", _finding_table(moved, NAMES)):
            # Not INSERT OR REPLACE: rewriting rows under their primary key was measured to take seconds instead of
            # tenths.
            _update(con, [name for name in NAMES if name != "finding_id"])
            con.execute(
                "INSERT INTO audit.finding BY NAME SELECT * FROM changed_finding "
                "WHERE finding_id NOT IN (SELECT finding_id FROM audit.finding)"
            )
    events = [event for _, event in changes if event is not None]
    if events:
        with shown(con, "new_event", _event_table(events)):
            con.execute(
                "INSERT INTO audit.finding_event BY NAME "
                "SELECT nextval('audit.event_ids') AS event_id, * EXCLUDE (position) FROM new_event ORDER BY position"
            )


def _update(con: Connection, names: Iterable[str]) -> None:
    """These columns of the findings in `changed_finding`."""
    assignments = ", ".join(f"{name} = c.{name}" for name in names)
    con.execute(
        f"UPDATE audit.finding AS f SET {assignments} FROM changed_finding AS c WHERE c.finding_id = f.finding_id"
    )


def save_outcomes(con: Connection, outcomes: Sequence[CheckOutcome], *, at: datetime, run_id: int) -> None:
    """Keep what each check said about each channel."""
    if not outcomes:
        return
    rows = [
        (
            run_id, one.check_id, one.channel, one.verdict.value, one.as_of, len(one.candidates), one.reason,
            one.duration_ms, at,
        )
        for one in outcomes
    ]  # fmt: skip
    table = pl.DataFrame(rows, _OUTCOME, orient="row")
    with shown(con, "new_outcome", table):
        con.execute("INSERT INTO audit.check_run BY NAME SELECT * FROM new_outcome")


def save_confirmations(
    con: Connection, run_id: int, outcomes: Iterable[CheckOutcome], confirmations: Mapping[str, Confirmation]
) -> None:
    """Keep what was answered for the candidates of a run, so that the run can be judged again without asking."""
    asked = [
        (identity_of(one.check_id, one.channel, one.subject_id), one)
        for outcome in outcomes
        for one in outcome.candidates
    ]
    rows = [
        (
            run_id, finding_id, one.check_id, one.channel, one.subject_id, answer.state, answer.asked_at,
            _dump({"told": list(answer.told), "why": answer.why}),
        )
        for finding_id, one in asked
        if (answer := confirmations.get(finding_id)) is not None
    ]  # fmt: skip
    if not rows:
        return
    table = pl.DataFrame(rows, _CONFIRMATION, orient="row")
    with shown(con, "new_confirmation", table):
        con.execute("INSERT INTO audit.confirmation BY NAME SELECT * FROM new_confirmation")


def load_confirmations(con: Connection, run_id: int | None) -> dict[str, Confirmation]:
    """What was answered in a run, by finding."""
    rows = con.sql(
        "SELECT finding_id, state, asked_at, told FROM audit.confirmation WHERE run_id = $run_id",
        params={"run_id": run_id},
    ).fetchall()
    return {
        finding_id: Confirmation(state, asked_at, **orjson.loads(told)) for finding_id, state, asked_at, told in rows
    }


def load_current(con: Connection, *, finding_id: str | None = None) -> dict[str, Finding]:
    """All findings (or one) as they stand now, by id."""
    columns = ", ".join(NAMES)
    if finding_id is None:
        result = con.sql(f"SELECT {columns} FROM audit.finding ORDER BY finding_id")
    else:
        result = con.sql(
            f"SELECT {columns} FROM audit.finding WHERE finding_id = $finding_id", params={"finding_id": finding_id}
        )
    findings = (_from_row(row) for row in result.fetchall())
    return {finding.finding_id: finding for finding in findings}


def load_as_of(con: Connection, moment: datetime, before_run: int | None = None) -> dict[str, Finding]:
    """All findings as they stood at a past moment, rebuilt from the events; nothing of run `before_run` or later.

    What moves without an event (when and how often it was seen) follows from the runs that judged its check.
    """
    limit = "" if before_run is None else "AND (run_id IS NULL OR run_id < $before_run)"
    bound: dict[str, Any] = {"moment": moment} | ({} if before_run is None else {"before_run": before_run})
    latest = con.sql(
        "SELECT after FROM audit.finding_event WHERE event_id IN (SELECT max(event_id) FROM audit.finding_event "
        f"WHERE happened_at <= $moment {limit} GROUP BY finding_id) ORDER BY finding_id",
        params=bound,
    ).fetchall()
    runs: dict[tuple[str, str], list[tuple[int, datetime, datetime]]] = {}
    for check_id, channel, run_id, as_of, judged_at in con.sql(
        "SELECT check_id, channel, run_id, as_of, judged_at FROM audit.check_run "
        f"WHERE outcome IN ('passed', 'failed') AND judged_at <= $moment {limit} ORDER BY run_id",
        params=bound,
    ).fetchall():
        runs.setdefault((check_id, channel), []).append((run_id, as_of, judged_at))
    findings = (from_json(orjson.loads(text)) for (text,) in latest)
    return {
        finding.finding_id: _seen_since(finding, runs.get((finding.check_id, finding.channel), ()))
        for finding in findings
    }


def findings_json(findings: Iterable[Finding], as_of: datetime) -> dict[str, Any]:
    """The document of `auditor findings --json`: the worst and dearest first."""
    ordered = sorted(findings, key=lambda each: (-each.severity.rank, -each.money_at_risk, each.finding_id))
    return {"schema": SCHEMA, "as_of": iso(as_of), "findings": [report(finding) for finding in ordered]}


def document(con: Connection, *, state: str | None = None, check: str | None = None) -> dict[str, Any]:
    """`findings_json` of what stands now, as of the latest run.

    state: a state's name, 'all', or None for everything that is neither resolved nor pending.
    """
    if state not in (None, "all", *State):
        raise UsageError(f"'{state}' is not a state of a finding; known are all, {', '.join(State)}.")
    ((as_of,),) = con.sql("SELECT coalesce(max(judged_at), TIMESTAMP '1970-01-01') FROM audit.check_run").fetchall()
    chosen = [
        finding
        for finding in load_current(con).values()
        if (check is None or finding.check_id == check)
        and (
            state == "all"
            or (finding.state not in (State.RESOLVED, State.PENDING) if state is None else finding.state == state)
        )
    ]
    return findings_json(chosen, as_of)


def _seen_since(finding: Finding, runs: Iterable[tuple[int, datetime, datetime]]) -> Finding:
    """The finding with what the runs after its last event add: a judged run that did not resolve it has seen it."""
    if finding.state not in _SEEN_STATES:
        return finding
    for run_id, as_of, judged_at in runs:
        if run_id <= finding.last_run_id or (finding.as_of is not None and as_of < finding.as_of):
            continue
        count = finding.seen_count + (finding.as_of is None or as_of > finding.as_of)
        finding = replace(finding, seen_count=count, as_of=as_of, last_seen_at=judged_at, last_run_id=run_id)
    return finding


def _from_row(values: Sequence[Any]) -> Finding:
    row = dict(zip(NAMES, values, strict=True))
    row["state"], row["severity"], row["owner"] = State(row["state"]), Severity(row["severity"]), Owner(row["owner"])
    row["resolution"] = None if row["resolution"] is None else Resolution(row["resolution"])
    for name in _JSON:
        row[name] = orjson.loads(row[name])
    return Finding(**row)


def _finding_table(findings: Sequence[Finding], names: Iterable[str]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [_column_value(name, getattr(finding, name)) for finding in findings] for name in names},
        {name: _TYPES[name] for name in names},
    )


def _column_value(name: str, value: Any) -> Any:
    if name in _JSON:
        return _dump(value)
    return str(value) if _TYPES[name] == pl.String and value is not None else value


def _event_table(events: Sequence[FindingEvent]) -> pl.DataFrame:
    rows = [
        (place, one.finding_id, one.run_id, one.happened_at, one.kind, one.actor, one.reason, _dump(to_json(one.after)))
        for place, one in enumerate(events)
    ]
    return pl.DataFrame(rows, _EVENT, orient="row")


def _dump(value: Any) -> str:
    return orjson.dumps(value).decode()
