"""A command's way to findings and corrections: the store itself, or the service that holds it.

Commands that only look or decide work in both cases; commands that read the sources need the store for themselves
and say which process holds it.
"""

from __future__ import annotations

import getpass
from types import TracebackType
from typing import Any

from auditor.checking import library, record
from auditor.clock import Clock
from auditor.errors import AuditorError, RemoteError, StoreBusy, UsageError
from auditor.service import access, queries
from auditor.service.action_view import action_json, events_json, listed_actions
from auditor.service.announcement import running_service
from auditor.service.office import Office
from auditor.settings import Settings
from dashboards.client import ApiProblem, AuditorClient

_SAID: dict[int | None, type[AuditorError]] = {502: RemoteError, 503: StoreBusy}
"""What the service answered, as the error that the same command would meet by itself."""


class Desk:
    """Findings and corrections, wherever they are kept. Use as a context manager."""

    def __init__(self, office: Office | None, client: AuditorClient | None) -> None:
        self._office = office
        self._client = client
        self._actor = getpass.getuser()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._office is not None:
            self._office.close()
        if self._client is not None:
            self._client.__exit__(kind, error, trace)
        if isinstance(error, ApiProblem):
            raise _SAID.get(error.status, AuditorError)(str(error)) from None

    def office(self) -> Office:
        """The open store; only asked for by commands that opened it themselves."""
        if self._office is None:
            raise UsageError("This command needs the store for itself; stop the service first.")
        return self._office

    def findings(self, *, state: str, check: str | None, limit: int) -> dict[str, Any]:
        if self._client:
            return self._client.findings(state=state, check=check, limit=limit)
        return self.office().store.read(lambda con: queries.findings(con, state=state, check=check, limit=limit))

    def findings_json(self, *, state: str, check: str | None) -> dict[str, Any]:
        """The document of `auditor findings --json`; state 'live' is everything that is not settled."""
        wanted = None if state == "live" else state
        if self._client:
            return self._client.findings_document(state=wanted, check=check)
        return self.office().store.read(lambda con: record.document(con, state=wanted, check=check))

    def bridge(self, period: str | None, channel: str | None) -> dict[str, Any]:
        """How channel net sales became B1 revenue and payouts in a month (the newest by default)."""
        return self._client.bridge(period, channel) if self._client else self.office().bridge(period, channel)

    def causes(self) -> dict[str, Any]:
        """What stands open, grouped under what it comes from."""
        return self._client.causes() if self._client else self.office().causes()

    def finding(self, finding_id: str) -> dict[str, Any] | None:
        """One finding in full; None when there is none with this id."""
        if self._client is None:
            return self.office().store.read(lambda con: queries.finding(con, finding_id))
        try:
            return self._client.finding(finding_id)
        except ApiProblem as problem:
            if problem.status == 404:
                return None
            raise

    def actions(self, state: str | None) -> list[dict[str, Any]]:
        if self._client:
            return self._client.actions(state)
        return listed_actions(self.office(), state)

    def action(self, action_id: str) -> dict[str, Any]:
        if self._client:
            return self._client.action(action_id)
        return action_json(self.office().executor.get(action_id)) | {"events": events_json(self.office(), action_id)}

    def simulate(self, action_id: str) -> dict[str, Any]:
        return self._client.simulate(action_id) if self._client else self.office().executor.simulate(action_id)

    def approve(self, action_id: str, reason: str | None) -> dict[str, Any]:
        if self._client:
            return self._client.approve(action_id, reason)
        return action_json(self.office().approve(action_id, actor=self._actor, reason=reason))

    def reject(self, action_id: str, reason: str) -> dict[str, Any]:
        if self._client:
            return self._client.reject(action_id, reason)
        return action_json(self.office().reject(action_id, actor=self._actor, reason=reason))

    def people(self) -> list[dict[str, Any]]:
        return self._client.people() if self._client else self.office().store.read(access.people)

    def grant(self, name: str, role: str) -> str:
        """The person's new token."""
        if self._client:
            return str(self._client.grant(name, role)["token"])
        office = self.office()
        return office.store.write(lambda con: access.grant(con, name, role, office.clock.now()))

    def revoke(self, name: str) -> None:
        if self._client:
            self._client.revoke(name)
            return
        office = self.office()
        office.store.write(lambda con: access.revoke(con, name, office.clock.now()))

    def run(self, action_id: str) -> dict[str, Any]:
        if self._client:
            return self._client.run(action_id)
        return action_json(self.office().run_action(action_id, actor=self._actor))


def open_desk(settings: Settings, clock: Clock, *, api_is_fine: bool) -> Desk:
    """The store, or the running service when it holds the store and the command can work through it."""
    try:
        return Desk(Office(settings, clock, library=library.from_settings(settings)), None)
    except StoreBusy as busy:
        service = running_service(settings.store_path.parent)
        if not api_is_fine or service is None:
            raise
        client = AuditorClient(*service)
        try:
            client.me()
        except ApiProblem as problem:
            client.__exit__(None, None, None)
            # service.json is left over from a service that died; the store is held by somebody else.
            raise busy from problem
        return Desk(None, client)
