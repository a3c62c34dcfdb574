"""From both sides to findings: extract, shape, then one run over what is known.

A run looks at one moment (`known_at`). It works in a workspace of its own and writes only its conclusions, in one
transaction; a run of a past moment goes through the same code and writes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from auditor.acting import ledger
from auditor.acting.action import ENDED, Action, ActionState
from auditor.acting.propose import PROPOSER, NotProposed, propose
from auditor.canonical.shape import ShapeResult, shape_pending
from auditor.checking import bridge, confirm, people, record, unknown_words
from auditor.checking.confirm import Confirmation
from auditor.checking.judge import Judgement, judge
from auditor.checking.library import Library
from auditor.checking.life_cycle import advance
from auditor.checking.open_hours import OpenHours
from auditor.checking.people import Decided
from auditor.checking.policy import Policy
from auditor.checking.unknown_words import UnknownWord
from auditor.clock import Clock, iso
from auditor.connectors.base import Connector, Stream
from auditor.errors import UsageError
from auditor.extract.garbage import collected_seldom
from auditor.extract.progress import ExtractResult, Progress
from auditor.extract.run import extract_all
from auditor.model import B1, CheckOutcome, Finding, State, Verdict
from auditor.service import connections
from auditor.service.asking import Asked, Asking
from auditor.service.preparation import prepare
from auditor.settings import Settings
from auditor.store.connection import Connection
from auditor.store.owner import Store


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit gave. `findings` are all that are not resolved, pending ones included."""

    run_id: int
    known_at: datetime
    zone: ZoneInfo
    titles: Mapping[str, str]
    outcomes: Sequence[CheckOutcome]
    findings: Sequence[Finding]
    opened: int
    resolved: int
    seconds: float
    extracts: Sequence[ExtractResult] = ()
    shapes: Sequence[ShapeResult] = ()
    not_proposed: Sequence[NotProposed] = ()
    unknown_words: Sequence[UnknownWord] = ()

    @property
    def is_incomplete(self) -> bool:
        """Something could not be read to the end, so something may be missing from the report."""
        unread = any(result.status != "complete" for result in self.extracts)
        return unread or any(result.reason is not None for result in self.shapes)

    def findings_json(self) -> dict[str, Any]:
        """The document of `auditor audit --json`."""
        return record.findings_json(
            (finding for finding in self.findings if finding.state is not State.PENDING), self.known_at
        )


class Auditor:
    """The pipeline over one store and its connectors."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        store: Store,
        connectors: Sequence[Connector],
        library: Library,
        policy: Policy,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._store = store
        self._connectors = connectors
        self._library = library
        self._policy = policy
        self._asking = Asking(store, connectors, clock, settings)

    def audit(
        self, progress: Progress, channels: Sequence[str] | None = None, *, only_due: bool = False
    ) -> AuditReport:
        """Read both sides, then judge. `channels`: read only these and B1; judged is everything that is known."""
        started = self._clock.monotonic()
        extracts = self.extract(progress, channels, only_due=only_due)
        shapes = self.shape()
        if self._asking.ask_for_missing_numbers():
            shapes += self.shape()
        report = self.check(ask=True)
        return replace(report, extracts=extracts, shapes=shapes, seconds=self._clock.monotonic() - started)

    def extract(
        self, progress: Progress, channels: Sequence[str] | None = None, *, only_due: bool = False
    ) -> list[ExtractResult]:
        """Land what is new on both sides: of B1 and the named channels when given, of feeds that are due when asked."""
        systems = {connector.system for connector in self._connectors}
        if channels:
            named = {self._settings.channel_named(channel).id for channel in channels}
            systems = {one.system for one in self._connectors if one.system == B1 or one.channel_id in named}
        watermarks = self._store.read(_watermarks)
        now = self._clock.now()
        if only_due:
            # Whoever asks by hand is obeyed; by itself nobody knocks at a closed door.
            hours = OpenHours.of(self._settings, now)
            systems = {system for system in systems if hours.closed_until(system, now) is None}
        only = [
            (connector.system, stream.name)
            for connector in self._connectors
            if connector.system in systems
            for stream in connector.streams
            if _is_wanted(stream, watermarks.get((connector.system, stream.name)), now, only_due=only_due)
        ]
        history = self._settings.company.history
        return extract_all(self._store, self._connectors, self._clock, history, progress, only)

    def shape(self) -> list[ShapeResult]:
        """Canonical rows of everything that has landed."""
        return shape_pending(self._store, self._connectors, self._clock)

    @collected_seldom()
    def check(self, *, ask: bool = False) -> AuditReport:
        """Judge what is known now and keep the conclusions, in one transaction.

        ask: look up at the source what would be said to be missing; else such findings stay pending.
        """
        started, started_at = self._clock.monotonic(), self._clock.now()
        previous = self._store.read(record.load_current)
        known_at = self._store.known_now()
        with self._store.workspace(known_at) as con:
            judgement = self._judge(con, known_at, previous)
            suspects = confirm.suspects(judgement.outcomes, self._library, previous) if ask else ()
            asked = self._asking.ask(suspects)
            if not asked.news:
                judgement = self._settled(judgement, previous, asked.confirmations, confirm.OFFLINE)
                report = self._conclude(con, judgement, known_at, started_at, asked)
                return replace(report, seconds=self._clock.monotonic() - started)
        # The source knew what nobody had read yet: with it everything is judged once more.
        self.shape()
        known_at = self._store.known_now()
        with self._store.workspace(known_at) as con:
            judgement = self._settled(self._judge(con, known_at, previous), previous, asked.confirmations, confirm.NEW)
            report = self._conclude(con, judgement, known_at, started_at, asked)
        return replace(report, seconds=self._clock.monotonic() - started)

    def _settled(
        self,
        judgement: Judgement,
        previous: Mapping[str, Finding],
        answers: Mapping[str, Confirmation],
        otherwise: str,
    ) -> Judgement:
        settled = confirm.settle(judgement.outcomes, self._library, previous, answers, otherwise=otherwise)
        return replace(judgement, outcomes=settled)

    def _conclude(
        self, con: Connection, judgement: Judgement, known_at: datetime, started_at: datetime, asked: Asked
    ) -> AuditReport:
        """Keep what was judged in the workspace, and propose what can be corrected."""
        words, facts = unknown_words.find(con), bridge.read(con)
        report = self._store.write(
            lambda store: self._keep(store, judgement, known_at, started_at, words, asked.confirmations, facts)
        )
        return replace(report, not_proposed=self._propose(con, report.findings, known_at))

    def check_as_of(self, moment: datetime) -> AuditReport:
        """Judge once more what was known at a past moment, as it was judged then; nothing is kept.

        When a run looked at exactly this moment, its findings come out again; people's later decisions do not show.
        """
        started = self._clock.monotonic()
        if moment > self._store.known_now():
            raise UsageError(f"{iso(moment)} has not come yet; name a moment in the past.")
        run_id = self._store.read(lambda con: _run_at(con, moment))
        previous = self._store.read(lambda con: record.load_as_of(con, moment, run_id))
        answers = self._store.read(lambda con: record.load_confirmations(con, run_id))
        with self._store.workspace(moment) as con:
            judgement = self._judge(con, moment, previous)
            words = unknown_words.find(con)
        judgement = self._settled(judgement, previous, answers, confirm.OFFLINE)
        changes = advance(previous, judgement.outcomes, moment, run_id or 0)
        findings = previous | {finding.finding_id: finding for finding, _ in changes}
        kinds = [event.kind for _, event in changes if event is not None]
        report = self._report(run_id or 0, moment, judgement, findings, kinds)
        return replace(report, unknown_words=words, seconds=self._clock.monotonic() - started)

    def follow(self, action: Action, actor: str) -> None:
        """Let the finding of a correction stand where the correction stands."""
        self._store.write(
            lambda con: (
                record.apply(con, action.finding_id, lambda finding: _followed(finding, action, actor))
                if _moves(con, action)
                else None
            )
        )

    def _judge(self, con: Connection, known_at: datetime, previous: Mapping[str, Finding]) -> Judgement:
        specs = prepare(con, self._store, self._settings, self._connectors, self._library, known_at)
        return judge(
            con,
            self._library,
            policy=self._policy,
            specs=specs,
            channels=[channel.id for channel in self._settings.channel],
            known_at=known_at,
            clock=self._clock,
            previous=previous,
            cannot_tell=connections.cannot_tell(self._settings, self._connectors),
            hours=OpenHours.of(self._settings, known_at),
        )

    def _keep(
        self,
        con: Connection,
        judgement: Judgement,
        known_at: datetime,
        started_at: datetime,
        words: Sequence[UnknownWord],
        confirmations: Mapping[str, Confirmation],
        facts: bridge.Facts,
    ) -> AuditReport:
        run_id = int(con.sql("SELECT nextval('audit.run_ids')").fetchall()[0][0])
        recorded = record.record_run(con, judgement.outcomes, at=known_at, run_id=run_id)
        record.save_confirmations(con, run_id, judgement.outcomes, confirmations)
        kinds = [event.kind for _, event in recorded.changes if event is not None]
        report = self._report(run_id, known_at, judgement, recorded.findings, kinds)
        summary = {
            "opened": report.opened,
            "resolved": report.resolved,
            "not_judged": sum(outcome.verdict is Verdict.NOT_JUDGED for outcome in judgement.outcomes),
            "broken": sum(outcome.verdict is Verdict.BROKEN for outcome in judgement.outcomes),
            "unknown_words": [asdict(word) for word in words],
        }
        con.execute(
            "INSERT INTO audit.run VALUES ($run_id, $started_at, $finished_at, $known_at, $summary)",
            {
                "run_id": run_id,
                "started_at": started_at,
                "finished_at": self._clock.now(),
                "known_at": known_at,
                "summary": json.dumps(summary),
            },
        )
        bridge.save(con, bridge.build(facts, report.findings, self._settings.company.zone), run_id)
        self._settle(con, report.findings)
        return replace(report, unknown_words=words)

    def _report(
        self,
        run_id: int,
        known_at: datetime,
        judgement: Judgement,
        findings: Mapping[str, Finding],
        kinds: Sequence[str],
    ) -> AuditReport:
        return AuditReport(
            run_id=run_id,
            known_at=known_at,
            zone=self._settings.company.zone,
            titles={check.check_id: check.header.title for check in self._library},
            outcomes=judgement.outcomes,
            findings=[finding for finding in findings.values() if finding.is_active],
            opened=sum(kind in {"opened", "regressed", "returned"} for kind in kinds),
            resolved=sum(kind in {"resolved", "verified"} for kind in kinds),
            seconds=0.0,
        )

    def _settle(self, con: Connection, findings: Sequence[Finding]) -> None:
        """Corrections end where the audit has spoken: verified, failed to fix, or no longer needed."""
        states = {finding.finding_id: finding.state for finding in findings}
        now = self._clock.now()
        for action in ledger.listed(con, [ActionState.CONFIRMED, ActionState.PROPOSED, ActionState.APPROVED]):
            state = states.get(action.finding_id, State.RESOLVED)
            if action.state is not ActionState.CONFIRMED:
                if state is State.RESOLVED:
                    reason = "The difference is gone without it."
                    ledger.move(con, action, ActionState.WITHDRAWN, actor=PROPOSER, at=now, reason=reason)
            elif state is State.RESOLVED:
                reason = "The same check is silent on data newer than the correction."
                ledger.move(con, action, ActionState.VERIFIED, actor=PROPOSER, at=now, reason=reason)
            elif state is not State.AWAITING_VERIFICATION:
                reason = "The same check still fires on data newer than the correction."
                ledger.move(con, action, ActionState.FAILED_TO_FIX, actor=PROPOSER, at=now, reason=reason)

    def _propose(self, con: Connection, findings: Sequence[Finding], at: datetime) -> Sequence[NotProposed]:
        kinds = {check.check_id: check.header.action for check in self._library if check.header.action}
        taken = {
            action.finding_id: action.state for action in reversed(self._store.read(lambda store: ledger.listed(store)))
        }
        # A correction that failed to fix is not proposed again by itself: somebody has to look first.
        free = ENDED - {ActionState.FAILED_TO_FIX, ActionState.NEEDS_HUMAN}
        open_ones = [
            finding
            for finding in findings
            if finding.state in {State.OPEN, State.ACKNOWLEDGED}
            and finding.check_id in kinds
            and (finding.finding_id not in taken or taken[finding.finding_id] in free)
        ]
        if not open_ones:
            return ()
        proposals, not_proposed = propose(con, open_ones, kinds, at)

        def keep(store: Connection) -> None:
            for action in proposals:
                ledger.insert(store, action, "Proposed by the audit.")

        self._store.write(keep)
        return not_proposed


def _followed(finding: Finding, action: Action, actor: str) -> Decided:
    at = action.finished_at or action.sent_at or action.approved_at or action.proposed_at
    reason = f"Correction {action.kind} {action.action_id} is {action.state.value.replace('_', ' ')}."
    if action.state is ActionState.APPROVED:
        return people.begin_action(finding, actor=actor, reason=reason, at=at)
    if action.state is ActionState.CONFIRMED and action.sent_at is not None:
        return people.action_sent(finding, actor=actor, reason=reason, at=at, sent_at=action.sent_at)
    return people.action_ended(finding, actor=actor, reason=reason, at=at)


def _moves(con: Connection, action: Action) -> bool:
    """Whether the correction's state says something new about its finding."""
    finding = record.load_current(con, finding_id=action.finding_id).get(action.finding_id)
    if finding is None:
        return False
    if action.state is ActionState.APPROVED:
        return finding.state in {State.OPEN, State.ACKNOWLEDGED}
    if action.state is ActionState.CONFIRMED:
        return finding.state is State.IN_ACTION
    return action.state in ENDED and finding.state in {State.IN_ACTION, State.AWAITING_VERIFICATION}


def _watermarks(con: Connection) -> dict[tuple[str, str], datetime]:
    """Newest source time read completely, per feed."""
    rows = con.sql(
        "SELECT system, stream, max(watermark) FROM raw.extract WHERE status = 'complete' GROUP BY system, stream"
    ).fetchall()
    return {(system, stream): watermark for system, stream, watermark in rows}


def _is_wanted(stream: Stream, watermark: datetime | None, now: datetime, *, only_due: bool) -> bool:
    if stream.once_a_day and watermark is not None and watermark.date() == now.date():
        return False
    return not only_due or _is_due(watermark, stream.cadence, now)


def _is_due(watermark: datetime | None, cadence: timedelta, now: datetime) -> bool:
    """A tenth of the cadence early counts as due, so that a schedule of the same length never skips a turn."""
    return watermark is None or now - watermark >= cadence * 0.9


def _run_at(con: Connection, moment: datetime) -> int | None:
    """The run that looked at exactly this moment; the last one when there were several."""
    rows = con.sql("SELECT max(run_id) FROM audit.run WHERE known_at = $moment", params={"moment": moment}).fetchall()
    return None if rows[0][0] is None else int(rows[0][0])
