"""The HTTP API. The dashboard is one of its clients; everything a person does goes through here, with name and reason.

Every call needs `Authorization: Bearer <token>`, but for /api/health. Errors are `{"error": "<one sentence>"}`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Body, Depends, FastAPI, Header, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from auditor.acting import ledger
from auditor.checking import causes, record
from auditor.clock import iso, to_utc
from auditor.errors import AuditorError, RemoteError, StoreBusy
from auditor.service import access, queries
from auditor.service.access import Person
from auditor.service.action_view import action_json, events_json, listed_actions
from auditor.service.arrivals import take
from auditor.service.decisions import APPROVERS_DECIDE, Decision
from auditor.service.links import links_of
from auditor.service.office import Office

EVERY_SYMPTOM = 2_000
"""Symptoms that the page of one cause shows at most."""


PERIOD = r"^\d{4}-(0[1-9]|1[0-2])$"
"""A month: 2026-10."""


class Said(BaseModel):
    """What a person gives along with a decision."""

    model_config = ConfigDict(extra="forbid")
    reason: str = Field(min_length=3, max_length=500)
    until: datetime | None = None
    cap: Decimal | None = Field(default=None, ge=0)


class Approval(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: str | None = Field(default=None, max_length=500)


class Grant(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=100)
    role: str


def signed_in(request: Request, authorization: Annotated[str | None, Header()] = None) -> Person:
    """The person a request's token belongs to; 401 when there is none."""
    office: Office = request.app.state.office
    token = (authorization or "").removeprefix("Bearer ").strip()
    if token and office.local_token and hmac.compare_digest(token, office.local_token):
        return Person("local", "admin")
    person = office.store.read(lambda con: access.who(con, token)) if token else None
    if person is None:
        raise HTTPException(401, "Sign in first: this address needs a token ('auditor access grant NAME').")
    return person


def _needs(role: str) -> Callable[[Person], Person]:
    def check(person: Annotated[Person, Depends(signed_in)]) -> Person:
        if not person.may(role):
            raise HTTPException(403, f"{person.name} is a {person.role}; this needs the role {role}.")
        return person

    return check


Viewer = Annotated[Person, Depends(_needs("viewer"))]
Operator = Annotated[Person, Depends(_needs("operator"))]
Admin = Annotated[Person, Depends(_needs("admin"))]
Approver = Annotated[Person, Depends(_needs("approver"))]
Middleware = Annotated[Person, Depends(_needs(access.MIDDLEWARE))]


def make_api(office: Office) -> FastAPI:
    """The API over one office (store, auditor, executor)."""
    api = FastAPI(title="Auditor", version="1", docs_url="/docs", openapi_url="/openapi.json")
    api.state.office = office
    store = office.store

    @api.exception_handler(AuditorError)
    def _sentence(_request: Request, error: AuditorError) -> JSONResponse:
        status = 502 if isinstance(error, RemoteError) else 503 if isinstance(error, StoreBusy) else 409
        return JSONResponse({"error": str(error)}, status_code=status)

    @api.exception_handler(HTTPException)
    def _refused(_request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": error.detail}, status_code=error.status_code)

    @api.get("/health")
    def health() -> dict[str, Any]:
        return {"status": "ok", "now": iso(office.clock.now())}

    @api.get("/me")
    def me(person: Viewer) -> dict[str, Any]:
        return {
            "name": person.name,
            "role": person.role,
            "company": office.settings.company.name,
            "currency": office.settings.company.currency,
            "timezone": office.settings.company.timezone,
            "channels": [channel.id for channel in office.settings.channel],
        }

    @api.get("/overview")
    def overview(_person: Viewer) -> dict[str, Any]:
        shown = store.read(queries.overview)
        shown["titles"] = {check["check"]: check["title"] for check in office.runbook()}
        shown["audit_running"] = office.is_auditing()
        shown["now"] = iso(office.clock.now())
        return shown

    @api.get("/findings")
    def findings(
        _person: Viewer,
        state: str | None = None,
        check: str | None = None,
        owner: str | None = None,
        channel: str | None = None,
        severity: str | None = None,
        search: str | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> dict[str, Any]:
        return store.read(
            lambda con: queries.findings(
                con, state=state, check=check, owner=owner, channel=channel, severity=severity, search=search,
                limit=limit, offset=offset,
            )
        )  # fmt: skip

    @api.get("/findings.json")
    def findings_document(_person: Viewer, state: str | None = None, check: str | None = None) -> dict[str, Any]:
        return store.read(lambda con: record.document(con, state=state, check=check))

    @api.get("/causes")
    def shared_causes(_person: Viewer) -> dict[str, Any]:
        return office.causes()

    @api.get("/causes/{cause_id:path}")
    def shared_cause(cause_id: str, _person: Viewer) -> dict[str, Any]:
        known = causes.group(store.read(causes.load)).causes
        found = next((one for one in known if one.cause_id == cause_id), None)
        if found is None:
            raise HTTPException(404, f"There is no cause {cause_id} any more.")
        return causes.entry(found, office.library, shown=EVERY_SYMPTOM)

    @api.get("/bridge")
    def where_the_money_goes(
        _person: Viewer,
        period: Annotated[str | None, Query(pattern=PERIOD)] = None,
        channel: str | None = None,
    ) -> dict[str, Any]:
        return office.bridge(period, channel)

    @api.get("/findings/{finding_id}")
    def finding(finding_id: str, _person: Viewer) -> dict[str, Any]:
        found = store.read(lambda con: queries.finding(con, finding_id))
        if found is None:
            raise HTTPException(404, f"There is no finding {finding_id}.")
        found["check"] = next((check for check in office.runbook() if check["check"] == found["check_id"]), None)
        found["cause_above"] = office.cause_above(finding_id)
        found["links"] = links_of(office.settings, found["channel"], found["keys"])
        found["actions"] = [
            action_json(action) | {"events": events_json(office, action.action_id)}
            for action in store.read(lambda con: ledger.of_finding(con, finding_id))
        ]
        return found

    @api.post("/findings/{finding_id}/{kind}")
    def decide(finding_id: str, kind: str, said: Said, person: Operator) -> dict[str, Any]:
        if kind in APPROVERS_DECIDE and not person.may("approver"):
            raise HTTPException(403, f"{person.name} is a {person.role}; this needs the role approver.")
        until = None if said.until is None else to_utc(said.until)
        office.decide(
            finding_id, Decision(kind, person.name, said.reason, office.clock.now(), until=until, cap=said.cap)
        )
        return finding(finding_id, person)

    @api.get("/actions")
    def actions(_person: Viewer, state: str | None = None) -> list[dict[str, Any]]:
        return listed_actions(office, state)

    @api.get("/actions/{action_id}")
    def action(action_id: str, _person: Viewer) -> dict[str, Any]:
        return action_json(office.executor.get(action_id)) | {"events": events_json(office, action_id)}

    @api.get("/actions/{action_id}/simulation")
    def simulate(action_id: str, _person: Operator) -> dict[str, Any]:
        return office.executor.simulate(action_id)

    @api.post("/actions/{action_id}/approve")
    def approve(action_id: str, said: Approval, person: Approver) -> dict[str, Any]:
        return action_json(office.approve(action_id, actor=person.name, reason=said.reason))

    @api.post("/actions/{action_id}/reject")
    def reject(action_id: str, said: Said, person: Approver) -> dict[str, Any]:
        return action_json(office.reject(action_id, actor=person.name, reason=said.reason))

    @api.post("/actions/{action_id}/run")
    def run(action_id: str, person: Approver) -> dict[str, Any]:
        return action_json(office.run_action(action_id, actor=person.name))

    @api.get("/feeds")
    def feeds(_person: Viewer) -> list[dict[str, Any]]:
        return office.feeds()

    @api.get("/runs")
    def runs(_person: Viewer, limit: Annotated[int, Query(ge=1, le=500)] = 50) -> list[dict[str, Any]]:
        return store.read(lambda con: queries.runs(con, limit))

    @api.get("/checks")
    def checks(_person: Viewer) -> dict[str, Any]:
        return {"checks": office.runbook(), "outcomes": store.read(queries.outcomes)}

    @api.post("/audits", status_code=202)
    def audit(_person: Operator) -> dict[str, Any]:
        return {"started": office.start_audit()}

    @api.post("/sync-events", status_code=202)
    def sync_events(batch: Annotated[Any, Body()], _machine: Middleware) -> dict[str, int]:
        return {"events": take(office.connectors, batch)}

    @api.get("/access")
    def people(_person: Admin) -> list[dict[str, Any]]:
        return store.read(access.people)

    @api.post("/access")
    def grant(given: Grant, _person: Admin) -> dict[str, str]:
        return {"token": store.write(lambda con: access.grant(con, given.name, given.role, office.clock.now()))}

    @api.delete("/access/{name}")
    def revoke(name: str, _person: Admin) -> dict[str, str]:
        store.write(lambda con: access.revoke(con, name, office.clock.now()))
        return {"revoked": name}

    return api
