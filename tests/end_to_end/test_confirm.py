"""Before something is said to be missing, its source is asked for it once more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor import settings as settings_file
from auditor.checking import library
from auditor.checking.confirm import EVIDENCE
from auditor.clock import iso
from auditor.extract.ask import Question, ask
from auditor.extract.progress import Silent
from auditor.model import Finding, State
from auditor.sandbox.host import Sandbox
from auditor.sandbox.shops import shops_named
from auditor.service import connections
from auditor.service.office import Office
from auditor.service.pipeline import AuditReport
from auditor.settings import Channel, Maintenance
from auditor.store.connection import Connection
from tests.end_to_end.conftest import BETWEEN, opened

MISSING = "order_missing_in_b1"
CHECKS = (MISSING, "refund_without_credit_memo", "payout_not_posted", "tracking_not_on_channel")
# An order that B1 has in order, whatever became of it.
BOOKED = """
SELECT o.reference FROM history.b1_order AS o
JOIN history.sales_order AS s ON ltrim(s.order_ref, '#') = ltrim(o.reference, '#') AND s.total = o.total
WHERE NOT o.is_cancelled AND NOT o.is_cancellation AND s.payment_status = 'paid' AND s.cancelled_at IS NULL
  AND s.is_test IS NOT TRUE
GROUP BY o.reference HAVING count(*) = 1 ORDER BY o.reference
"""


@pytest.fixture
def office(sandbox: Sandbox, tmp_path: Path) -> Iterator[Office]:
    with opened(sandbox, tmp_path, CHECKS) as office:
        yield office


def forget_order(con: Connection) -> str:
    """Take an order's documents out of the store as if no extract had ever brought them; returns its reference."""
    reference = str(con.sql(BOOKED).fetchall()[0][0])
    for table, stream in (("b1_order", "orders"), ("b1_delivery", "deliveries"), ("b1_invoice", "invoices")):
        for (doc_entry,) in con.sql(
            f"SELECT doc_entry FROM history.{table} WHERE reference = $reference", params={"reference": reference}
        ).fetchall():
            forget(con, table, stream, doc_entry)
    return reference


def forget(con: Connection, table: str, stream: str, doc_entry: int) -> None:
    con.execute(f"DELETE FROM history.{table} WHERE doc_entry = {doc_entry}")
    con.execute(f"DELETE FROM history.{table}_line WHERE doc_entry = {doc_entry}")
    con.execute(f"DELETE FROM raw.record WHERE system = 'b1' AND stream = '{stream}' AND record_key = '{doc_entry}'")


def of(report: AuditReport, check_id: str = MISSING) -> list[Finding]:
    return [finding for finding in report.findings if finding.check_id == check_id]


def test_what_the_source_has_after_all_never_opens_and_is_kept(office: Office) -> None:
    office.audit()
    reference = office.store.write(forget_order)
    report = office.auditor.check(ask=True)
    assert reference.lstrip("#") not in {finding.keys["order_ref"].lstrip("#") for finding in of(report)}
    known = office.store.read(
        lambda con: con.sql(
            "SELECT count(*) FROM history.b1_order WHERE reference = $r", params={"r": reference}
        ).fetchall()
    )
    assert known == [(1,)]
    targeted = "SELECT watermark FROM raw.extract WHERE status = 'targeted' AND stream = 'orders' AND rows_new > 0"
    assert office.store.read(lambda con: con.sql(targeted).fetchall()) == [(None,)]
    again = office.auditor.check_as_of(report.known_at)
    assert again.findings_json() == report.findings_json()


def test_what_the_source_does_not_have_opens_and_says_when_and_what_was_asked(office: Office) -> None:
    report = office.audit()
    found = of(report)
    assert found
    for finding in found:
        answer = finding.evidence[EVIDENCE]
        assert finding.state is State.OPEN
        assert answer["state"] == "confirmed"
        assert answer["asked_at"] == iso(office.clock.now())
        assert {(one["table"], one["by"], one["value"]) for one in answer["asked"]} == {
            (table, "order_ref", finding.keys["order_ref"]) for table in ("b1_order", "b1_invoice", "b1_draft")
        }
    again = office.auditor.check_as_of(report.known_at)
    assert again.findings_json() == report.findings_json()


@pytest.mark.slow
def test_a_finding_keeps_the_answer_with_which_it_opened_and_is_not_asked_again(
    sandbox: Sandbox, office: Office
) -> None:
    before = {finding.finding_id: finding.evidence[EVIDENCE] for finding in of(office.audit())}
    sandbox.advance(BETWEEN)
    after = {finding.finding_id: finding.evidence[EVIDENCE] for finding in of(office.audit())}
    assert before.items() <= after.items()
    asked = "SELECT count(*), count(DISTINCT finding_id) FROM audit.confirmation WHERE check_id = $check"
    ((rows, findings),) = office.store.read(lambda con: con.sql(asked, params={"check": MISSING}).fetchall())
    assert rows == findings


@pytest.mark.slow
def test_a_source_that_does_not_answer_keeps_suspects_waiting_and_others_go_on(
    sandbox: Sandbox, office: Office
) -> None:
    office.auditor.extract(Silent())
    office.auditor.shape()
    sandbox.failures.inject("server_error", system="b1", match="GET ", times=None)
    report = office.auditor.check(ask=True)
    waiting = of(report)
    assert waiting
    assert {finding.state for finding in waiting} == {State.PENDING}
    for finding in waiting:
        assert finding.evidence[EVIDENCE]["why"].startswith("The source could not be asked: B1 ")
    assert {finding.state for finding in of(report, "tracking_not_on_channel")} == {State.OPEN}
    sandbox.failures.clear()
    healed = office.auditor.check(ask=True)
    assert {finding.state for finding in of(healed)} == {State.OPEN}
    assert all(finding.evidence[EVIDENCE]["state"] == "confirmed" for finding in of(healed))


def test_a_run_without_the_network_asks_nobody_and_opens_nothing_that_must_be_asked(
    sandbox: Sandbox, office: Office
) -> None:
    office.auditor.extract(Silent())
    office.auditor.shape()
    sandbox.failures.inject("server_error", system="b1", match="", times=None)
    report = office.auditor.check()
    assert {finding.state for finding in of(report)} == {State.PENDING}
    assert not sandbox.failures.happened("server_error")


@pytest.mark.slow
def test_no_more_are_asked_in_a_run_than_allowed_and_the_dearest_come_first(sandbox: Sandbox, tmp_path: Path) -> None:
    settings = settings_file.load(sandbox.write_settings(tmp_path))
    few = settings.model_copy(update={"checks": settings.checks.model_copy(update={"ask_at_most": 2})})
    with Office(few, sandbox.clock, library=library.from_settings(few).only(CHECKS)) as office:
        report = office.audit()
        asked_of_b1 = [*of(report), *of(report, "refund_without_credit_memo"), *of(report, "payout_not_posted")]
        opened_now = [finding for finding in asked_of_b1 if finding.state is State.OPEN]
        waiting = [finding for finding in asked_of_b1 if finding.state is State.PENDING]
        assert len(opened_now) == 2
        assert waiting
        assert min(one.money_at_risk for one in opened_now) >= max(one.money_at_risk for one in waiting)
        sandbox.advance(BETWEEN)
        more = [finding for finding in office.audit().findings if finding.finding_id in {w.finding_id for w in waiting}]
        assert sum(finding.state is State.OPEN for finding in more) == min(2, len(waiting))


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    built = Sandbox.build(seed=5, orders=120, shops=shops_named([]))
    with built.serve(), opened(built, tmp_path_factory.mktemp("five")) as office:
        office.auditor.extract(Silent())
        office.auditor.shape()
        yield office


PLACES = [
    ("b1_order", "order_ref", "reference"), ("b1_invoice", "order_ref", "reference"),
    ("b1_delivery", "order_ref", "reference"), ("b1_credit_memo", "refund_id", "refund_id"),
    ("b1_journal", "payout_id", "payout_id"), ("sales_order", "order_id", "order_id"),
    ("sales_order", "order_ref", "order_ref"), ("refund", "order_id", "order_id"), ("shipment", "order_id", "order_id"),
    ("payout", "payout_id", "payout_id"),
]  # fmt: skip


def _condition(table: str, channel: Channel) -> str:
    """Rows of a channel: B1's documents by their business partner, its journals all alike."""
    if table == "b1_journal":
        return "payout_id NOT LIKE ' %'"
    return f"card_code = '{channel.card_code}'" if table.startswith("b1_") else f"channel = '{channel.id}'"


@pytest.mark.slow
@pytest.mark.parametrize(("table", "by", "column"), PLACES)
def test_what_is_there_is_found_at_its_source_in_the_form_in_which_it_is_read(
    five: Office, table: str, by: str, column: str
) -> None:
    asked = 0
    searchers = {one.system: connections.searcher(one) for one in five.connectors}
    for connector in five.connectors:
        searcher = searchers[connector.system]
        streams = [stream.name for stream in connector.streams if table in stream.tables]
        if searcher is None or not streams or not searcher.can_search(table, by):
            continue
        for channel in (
            five.settings.channel if connector.system == "b1" else [five.settings.channel_named(connector.system)]
        ):
            mine = _condition(table, channel)
            values = five.store.read(
                lambda con, mine=mine: con.sql(
                    f"SELECT DISTINCT {column} FROM history.{table} WHERE {mine} AND {column} IS NOT NULL "
                    f"ORDER BY {column} LIMIT 3"
                ).fetchall()
            )
            questions = [Question(connector.system, channel.id, table, by, value) for (value,) in values]
            answers = ask(five.store, {connector.system: searcher}, questions, five.clock)
            for question in questions:
                assert answers.of[question].problem is None
                assert answers.of[question].keys, question
            assert answers.news == 0, (connector.system, channel.id)
            asked += len(questions)
    assert asked


def test_a_closed_system_is_not_asked_and_suspects_wait_for_it(sandbox: Sandbox, tmp_path: Path) -> None:
    now = sandbox.clock.now()
    closed = Maintenance(system="b1", closes=now - timedelta(hours=1), opens=now + timedelta(hours=1))
    with opened(sandbox, tmp_path, CHECKS, [closed]) as office:
        waiting = of(office.audit())
    assert waiting
    assert {finding.state for finding in waiting} == {State.PENDING}
    assert {finding.evidence[EVIDENCE]["why"] for finding in waiting} == {
        "b1 is closed for maintenance, and is asked after it."
    }


def test_a_document_that_no_list_shows_is_found_by_the_gap_in_the_numbers(sandbox: Sandbox, tmp_path: Path) -> None:
    lately = "SELECT max(doc_entry) FROM history.b1_order WHERE status = 'closed' AND created_at < $day"
    with opened(sandbox, tmp_path, ("extract_incomplete",)) as office:
        assert of(office.audit(), "extract_incomplete") == []
        day = sandbox.clock.now() - timedelta(days=3)
        ((number,),) = office.store.read(lambda con: con.sql(lately, params={"day": day}).fetchall())
        office.store.write(lambda con: forget(con, "b1_order", "orders", number))
        (found,) = of(office.audit(), "extract_incomplete")
        again = "SELECT count(*) FROM history.b1_order WHERE doc_entry = $number"
        assert office.store.read(lambda con: con.sql(again, params={"number": number}).fetchall()) == [(1,)]
    assert (found.state, found.subject_id, found.cause) == (State.OPEN, "b1:orders:numbers", "left_out")
    assert found.explanation.startswith(
        f"The reading of b1 orders is not whole: the list left out 1 document(s) that were there when asked for by "
        f"number, the newest of them {number}. They are known from now on"
    )
