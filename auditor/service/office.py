"""Everything one running auditor holds together: settings, store, pipeline, corrections."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

import structlog

from auditor.acting.action import Action
from auditor.acting.execute import Executor, Limits
from auditor.checking import bridge, causes, policy, record
from auditor.checking.library import Library
from auditor.checking.open_hours import OpenHours
from auditor.clock import Clock, iso
from auditor.connectors.base import Connector
from auditor.connectors.writer import Writer
from auditor.errors import AuditorError, UsageError
from auditor.extract.progress import Progress, Silent
from auditor.service import backups, connections, queries, runbook
from auditor.service.decisions import Decision, decide
from auditor.service.pipeline import Auditor, AuditReport
from auditor.service.prove import Proofs, prove
from auditor.service.workbench import Workbench
from auditor.settings import Settings
from auditor.store.owner import Store

STOP_FILE = "STOP"
PATIENCE_SECONDS = 20.0
log = structlog.get_logger("auditor.office")


class Office(AbstractContextManager["Office"]):
    """Opens the store and the connections, and closes them again.

    Raises `StoreBusy` or `StoreError` when the store cannot be opened, `ConfigError` when a secret is missing.
    """

    def __init__(
        self, settings: Settings, clock: Clock, *, library: Library, transports: Mapping[str, Any] | None = None
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.library = library
        self.local_token: str | None = None
        self._auditing = threading.Lock()
        self.store = Store.open(settings.store_path, memory_limit=settings.store.memory_limit, clock=clock)
        try:
            self.connectors: list[Connector] = connections.connect(settings, clock, transports or {})
        except BaseException:
            self.store.close()
            raise
        self.auditor = Auditor(
            settings, clock, self.store, self.connectors, library, policy.from_settings(settings, library)
        )
        self.executor = Executor(
            self.store,
            clock,
            Limits(
                send=settings.actions.send,
                four_eyes_above=settings.actions.four_eyes_above,
                value_limit=settings.actions.value_limit,
                daily_limit=settings.actions.daily_limit,
                stop_file=settings.store_path.parent / STOP_FILE,
            ),
            self._writer,
            connections.observers(self.connectors),
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Log out everywhere and release the store; an audit that is nearly done may end first."""
        # Torn away under a running audit, the store could not be closed in order; what is cut off is only read again.
        if self._auditing.acquire(timeout=PATIENCE_SECONDS):
            self._auditing.release()
        for connector in self.connectors:
            connector.close()
        self.store.close()

    def audit(
        self, progress: Progress | None = None, channels: list[str] | None = None, *, only_due: bool = False
    ) -> AuditReport:
        """One audit, of feeds that are due when asked. Raises `UsageError` while another one runs in this process."""
        if not self._auditing.acquire(blocking=False):
            raise UsageError("An audit is running already; wait until it has ended.")
        try:
            return self.auditor.audit(progress or Silent(), channels, only_due=only_due)
        finally:
            self._auditing.release()

    def audit_due(self) -> None:
        """An audit by schedule: only feeds whose cadence has passed are read."""
        self.audit_quietly(only_due=True)

    def feeds(self) -> list[dict[str, Any]]:
        """How each feed stands, and until when its system is closed."""
        now = self.clock.now()
        hours = OpenHours.of(self.settings, now)
        return [
            feed | {"closed_until": None if opens is None else iso(opens)}
            for feed in self.store.read(queries.feeds)
            for opens in (hours.closed_until(feed["system"], now),)
        ]

    def audit_quietly(self, *, only_due: bool = False) -> None:
        """One audit that nobody waits for: what goes wrong is logged, and the next one tries again."""
        try:
            self.audit(only_due=only_due)
        except AuditorError as error:
            log.warning("audit did not run", reason=str(error))
        except Exception:
            log.exception("audit broke")

    def start_audit(self) -> bool:
        """Begin an audit in the background; False when one runs already."""
        if self.is_auditing():
            return False
        threading.Thread(target=self.audit_quietly, name="audit", daemon=True).start()
        return True

    def is_auditing(self) -> bool:
        return self._auditing.locked()

    def decide(self, finding_id: str, decision: Decision) -> None:
        """Carry out what a person decided on a finding. Raises `UsageError` when that is not possible."""
        self.store.write(lambda con: record.apply(con, finding_id, lambda finding: decide(finding, decision)))

    def approve(self, action_id: str, *, actor: str, reason: str | None) -> Action:
        """Approve a correction; its finding is then in action."""
        action = self.executor.approve(action_id, actor=actor, reason=reason)
        self.auditor.follow(action, actor)
        return action

    def reject(self, action_id: str, *, actor: str, reason: str) -> Action:
        """Say no to a correction; its finding is open again."""
        action = self.executor.reject(action_id, actor=actor, reason=reason)
        self.auditor.follow(action, actor)
        return action

    def run_action(self, action_id: str, *, actor: str) -> Action:
        """Send a correction; its finding then waits for the proof."""
        action = self.executor.run(action_id, actor=actor)
        self.auditor.follow(action, actor)
        return action

    @property
    def workbench(self) -> Workbench:
        """For judging beside the audits."""
        return Workbench(self.settings, self.clock, self.store, self.connectors, self.library)

    def prove(self) -> Proofs:
        """Plant faults into a copy of what is known and look whether the checks report them."""
        return prove(self.workbench, policy.from_settings(self.settings, self.library))

    def prove_quietly(self) -> None:
        """A proof that nobody waits for: what the checks miss and what goes wrong is logged."""
        try:
            proofs = self.prove()
        except AuditorError as error:
            log.warning("nothing was proved", reason=str(error))
        except Exception:
            log.exception("proof broke")
        else:
            for proof in proofs.failed:
                log.error("check does not report its fault", check=proof.check_id, reason=proof.reason)

    def night_quietly(self) -> None:
        """What is done while nobody waits for a page: a proof, and a copy of the store."""
        self.prove_quietly()
        try:
            backups.keep(self.store, self.clock.now().date(), self.settings.store.backups)
        except AuditorError as error:
            log.error("no backup was made", reason=str(error))

    def runbook(self) -> list[dict[str, Any]]:
        """Every check with what people need: title, why, where to look, how to fix, owner."""
        return [runbook.entry(check) for check in self.library]

    def causes(self) -> dict[str, Any]:
        """What stands open, grouped under what it comes from."""
        return causes.as_json(causes.group(self.store.read(causes.load)), self.library)

    def cause_above(self, finding_id: str) -> dict[str, Any] | None:
        """The cause under which a finding hangs or which it shares with others; None where it stands alone."""
        found = causes.group(self.store.read(causes.load)).of(finding_id)
        if found is None or (found.root is not None and found.root.finding_id == finding_id):
            return None
        return causes.entry(found, self.library, shown=0)

    def bridge(self, period: str | None, channel: str | None) -> dict[str, Any]:
        """How channel net sales became B1 revenue and payouts in a month (the newest by default)."""
        shown = self.store.read(lambda con: bridge.load(con, period, channel))
        titles = {check.check_id: check.header.title for check in self.library}
        for one in shown["bridges"]:
            for line in one["lines"]:
                line["title"] = titles.get(line["check_id"])
        return shown

    def _writer(self, channel: str, kind: str) -> Writer:
        for connector in self.connectors:
            if connector.system == channel:
                return connections.writer(connector, kind)
        raise UsageError(f"There is no channel '{channel}' any more, so its correction cannot be sent.")
