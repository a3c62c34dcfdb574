"""A service with findings in it, on a loopback port, without any system behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from auditor import settings as settings_file
from auditor.acting import ledger
from auditor.acting.action import Action, ActionState
from auditor.checking import bridge, library, record
from auditor.checking.bridge import Row
from auditor.clock import FixedClock
from auditor.model import Candidate, CheckOutcome, Owner, Severity, Verdict
from auditor.service import access
from auditor.service.api import make_api
from auditor.service.init_file import TEMPLATE
from auditor.service.office import Office
from dashboards.client import AuditorClient

NOW = datetime(2026, 3, 2, 12)


def candidate(check_id: str, subject_id: str, money: str, **more: Any) -> Candidate:
    """What a check would have returned."""
    known: dict[str, Any] = {
        "area": "orders", "subject": "order", "owner": Owner.INT, "severity": Severity.HIGH, "currency": "GBP",
        "expected": "120.00", "actual": None, "occurred_at": NOW - timedelta(hours=5),
        "keys": {"order_id": f"gid://shopify/Order/{subject_id}", "order_ref": f"#{subject_id}"},
        "explanation": f"Order #{subject_id} was paid and is not in SAP Business One.",
        "evidence": {
            "documents": [
                {"side": "channel", "system": "shopify-uk", "title": f"Order #{subject_id}", "found": True,
                 "fields": {"Total": "120.00 GBP", "Placed": "2026-03-02T07:00:00Z"}},
                {"side": "b1", "system": "SAP Business One", "title": "Nothing found in SAP Business One",
                 "found": False, "fields": {}, "read_to": "2026-03-02T11:55:00Z"},
            ],
            "watermarks": [{"feed": "b1 orders", "watermark": "2026-03-02T11:55:00Z", "cadence_minutes": 15}],
            "grace": "60 minutes", "arithmetic": ["120.00 on the channel, nothing in B1"], "as_of": None,
        },
    }  # fmt: skip
    return Candidate(check_id, "shopify-uk", subject_id, Decimal(money), **(known | more))


@dataclass
class Service:
    """A running API and the tokens of its people."""

    office: Office
    address: str
    tokens: dict[str, str]

    def client(self, name: str) -> AuditorClient:
        return AuditorClient(self.address, self.tokens[name])


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setenv("B1_PASSWORD", "not-used")
    monkeypatch.setenv("SHOPIFY_TOKEN", "not-used")
    path = tmp_path / "auditor.toml"
    path.write_text(TEMPLATE, encoding="utf-8")

    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"nothing may be sent here: {request.url}")

    transport = httpx.MockTransport(refuse)
    settings = settings_file.load(path)
    transports = {"b1": transport, "shopify-uk": transport}
    with Office(settings, FixedClock(NOW), library=library.load(), transports=transports) as opened:
        opened.store.write(fill)
        yield opened


def fill(con: Any) -> None:
    """Two findings, of which one has a proposed correction."""
    missing = candidate("order_missing_in_b1", "1001", "120")
    tracking = candidate(
        "tracking_not_on_channel", "1002", "80", area="fulfilment", owner=Owner.OPS, severity=Severity.MEDIUM
    )
    outcomes = [
        CheckOutcome("order_missing_in_b1", "shopify-uk", Verdict.FAILED, None, NOW, (missing,)),
        CheckOutcome("tracking_not_on_channel", "shopify-uk", Verdict.FAILED, None, NOW, (tracking,)),
        CheckOutcome("stock_drift", "shopify-uk", Verdict.NOT_JUDGED, "The feed b1 stock was not read."),
    ]
    recorded = record.record_run(con, outcomes, at=NOW, run_id=1)
    con.execute(
        "INSERT INTO audit.run VALUES (1, $now, $now, $now, $summary)",
        {"now": NOW, "summary": '{"opened": 2, "resolved": 0, "not_judged": 1, "broken": 0}'},
    )
    finding = next(one for one, _ in recorded.changes if one.check_id == "tracking_not_on_channel")
    action = Action(
        action_id="act1", kind="push_tracking", finding_id=finding.finding_id, channel="shopify-uk",
        state=ActionState.PROPOSED, idempotency_key="k", before={"channel": {}}, answer=None, money=Decimal(80),
        payload={"order_id": "gid://shopify/Order/1002", "tracking_number": "1Z9", "carrier": "UPS"},
        currency="GBP", proposed_by="auditor", proposed_at=NOW,
    )  # fmt: skip
    ledger.insert(con, action, "Proposed by the audit.")


def rounded(con: Any) -> None:
    """Three differences of a penny that share their cause."""
    found = tuple(
        candidate(
            "tax_rounding_document", str(2001 + number), "0.01", area="tax", owner=Owner.FIN, severity=Severity.INFO,
            cause="rounding_method", keys={"order_ref": f"#{2001 + number}", "tax_code": "O1"},
        )
        for number in range(3)
    )  # fmt: skip
    outcome = CheckOutcome("tax_rounding_document", "shopify-uk", Verdict.FAILED, None, NOW, found)
    record.record_run(con, [outcome], at=NOW, run_id=1)


def drifted(con: Any) -> None:
    """Three items of which one location shows too many; the location was renamed a day ago."""
    at = "gid://shopify/Location/1"
    renamed, open_end = "TIMESTAMP '2026-03-01 12:00:00'", "TIMESTAMP '9999-12-31 00:00:00'"
    con.execute(
        "INSERT INTO history.channel_location BY NAME SELECT 'shopify-uk' AS channel, $at AS location, name, "
        "'shopify-uk/locations' AS feed, '1' AS record_key, known_from, known_to FROM (VALUES "
        f"('Old shop', TIMESTAMP '2026-01-01 00:00:00', {renamed}), ('London', {renamed}, {open_end})"
        ") AS t(name, known_from, known_to)",
        {"at": at},
    )
    found = tuple(
        candidate(
            "stock_drift", f"MUG-{number}@{at}", "5", area="stock", subject="sku", owner=Owner.OPS,
            cause="rounding_method", keys={"sku": f"MUG-{number}", "location": at},
        )
        for number in range(3)
    )  # fmt: skip
    outcome = CheckOutcome("stock_drift", "shopify-uk", Verdict.FAILED, None, NOW, found)
    record.record_run(con, [outcome], at=NOW, run_id=1)


def bridged(con: Any) -> None:
    """A month of sales, of which one order is missing and a penny is unexplained; one is booked in euros."""

    def row(
        position: int, step: str, kind: Any, amount: str, check: str | None = None, money: str = "0", coin: str = "GBP"
    ) -> Row:
        counted = int(check is not None)
        place = ("shopify-uk", "2026-02", coin)
        return Row(*place, position, step, kind, check, Decimal(amount), counted, Decimal(money))

    steps = [
        row(0, "sold", "known", "220"), row(1, "net_sales", "level", "220"),
        row(2, "not_in_b1", "finding", "-120", "order_missing_in_b1", "120"),
        row(3, "booked_differs", "unexplained", "-0.01"), row(4, "booked", "level", "99.99"),
        row(5, "invoiced", "level", "99.99"), row(6, "tax", "known", "-16.67"), row(7, "revenue", "level", "83.32"),
        row(8, "tax_back", "known", "16.67"), row(9, "not_paid_out_yet", "timing", "-99.99"),
        row(10, "paid_out", "level", "0"), row(11, "paid_out_in_books", "level", "0"),
        row(12, "beside", "beside", "0", "tracking_not_on_channel", "80"),
        row(0, "net_sales", "level", "0", coin="EUR"),
        row(1, "booked_differs", "finding", "12", "order_currency_mismatch", coin="EUR"),
        *(row(place, level, "level", "12", coin="EUR")
          for place, level in enumerate(("booked", "invoiced", "revenue", "paid_out", "paid_out_in_books"), 2)),
    ]  # fmt: skip
    bridge.save(con, steps, 1)


def looked_up(con: Any) -> None:
    """A finding that opened after its source had been asked."""
    found = candidate("order_missing_in_b1", "3001", "10")
    asked = {"system": "b1", "table": "b1_order", "by": "order_ref", "value": "#3001", "answer": []}
    told = {"state": "confirmed", "asked_at": "2026-03-02T11:59:00Z", "asked": [asked], "why": None}
    found = replace(found, evidence={**found.evidence, "confirmation": told})
    outcome = CheckOutcome("order_missing_in_b1", "shopify-uk", Verdict.FAILED, None, NOW, (found,))
    record.record_run(con, [outcome], at=NOW, run_id=1)


@pytest.fixture
def service(office: Office) -> Iterator[Service]:
    tokens = {
        role: office.store.write(lambda con, role=role: access.grant(con, role, role, NOW)) for role in access.ROLES
    }
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=[Mount("/api", make_api(office))]), port=0, log_config=None, lifespan="off")
    )
    thread = threading.Thread(target=server.run, daemon=True)
    ready = threading.Event()
    original = server.startup

    async def startup(sockets: Any = None) -> None:
        await original(sockets)
        ready.set()

    server.startup = startup  # type: ignore[method-assign]  # the only hook that tells when the port is known
    thread.start()
    assert ready.wait(30)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Service(office, f"http://127.0.0.1:{port}/api", tokens)
    server.should_exit = True
    thread.join(30)
