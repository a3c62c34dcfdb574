"""Checks that are judged after the findings see what the others found in the same run, and count nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from auditor.checking import bridge
from auditor.checking.facts import compute_facts
from auditor.checking.facts.acceptances import fill_acceptances
from auditor.checking.feeds import FeedSpec, fill
from auditor.checking.judge import judge
from auditor.checking.library import Library, load, load_file
from auditor.checking.life_cycle import advance
from auditor.checking.policy import Policy
from auditor.clock import FixedClock
from auditor.errors import ConfigError
from auditor.matching import fill_settings, match
from auditor.model import Candidate, Finding, State
from auditor.store.owner import Store
from tests.checking.builders import HEADER, SELECT, write_check
from tests.checking_facts.test_bridge import finding
from tests.checks.defaults import complete
from tests.workspace import CHANNEL, insert, remember, settings

NOW = datetime(2026, 3, 10, 12)
QUARTER = timedelta(minutes=15)
SPECS = (
    FeedSpec("b1", None, "books", (
        "b1_order", "b1_order_line", "b1_invoice", "b1_invoice_line", "b1_credit_memo", "b1_draft", "b1_journal",
        "b1_payment", "b1_period",
    ), QUARTER),
    FeedSpec(CHANNEL, CHANNEL, "orders", (
        "sales_order", "sales_order_line", "refund", "payout", "payout_line",
    ), QUARTER),
)  # fmt: skip
FIRST = {"order_id": "1000", "placed_at": datetime(2026, 1, 20, 12)}
"""Of January: there the history begins, so February is the first month that is tied out."""
SALE = {"order_id": "1001", "placed_at": datetime(2026, 2, 10, 12), "total": Decimal(1200), "tax": Decimal(200)}
BOOKED = [{"doc_entry": 8, "reference": "#1000", "doc_on": date(2026, 1, 21)}]
Rows = Mapping[str, list[dict[str, Any]]]


def judged(rows: Rows, *only: str, previous: Mapping[str, Finding] | None = None) -> dict[str, Candidate]:
    """What these shipped checks say, by check; every feed was read a quarter of an hour ago."""
    return {one.check_id: one for one in all_of(rows, load().only(only), previous or {})[0]}


def all_of(
    rows: Rows, library: Library, previous: Mapping[str, Finding]
) -> tuple[list[Candidate], list[Finding], list[bridge.Row]]:
    """Candidates, the findings that come of them, and the bridge that is built with these."""
    read_at = NOW - QUARTER
    with Store.in_memory(FixedClock(NOW)) as store:
        remember(store, complete({name: list(given) for name, given in rows.items()}, NOW))
        extracts = [
            {"extract_id": number, "system": one.system, "stream": one.stream, "cut_off": read_at,
             "started_at": read_at, "finished_at": read_at, "status": "complete", "watermark": read_at,
             "shaped_at": read_at}
            for number, one in enumerate(SPECS)
        ]  # fmt: skip
        store.write(lambda con: insert(con, "raw.extract", extracts))
        with store.workspace(NOW) as con:
            fill_settings(con, settings())
            match(con)
            fill(con, SPECS, NOW)
            fill_acceptances(con, [(one, NOW, "ann", "the bank will pay") for one in previous])
            compute_facts(con, NOW)
            outcomes = judge(
                con, library, policy=Policy(), specs=SPECS, channels=[CHANNEL], known_at=NOW, clock=FixedClock(NOW),
                previous=previous,
            ).outcomes  # fmt: skip
            assert [one.reason for one in outcomes if not one.is_judged] == []
            findings = {one.finding_id: one for one, _ in advance(previous, outcomes, NOW, 1)}
            known = list((dict(previous) | findings).values())
            rows_of_bridge = bridge.build(bridge.read(con), known, ZoneInfo("Europe/London"))
    return [candidate for outcome in outcomes for candidate in outcome.candidates], known, rows_of_bridge


def test_what_another_check_finds_in_the_same_run_explains_the_month() -> None:
    rows = {"sales_order": [FIRST, SALE], "b1_invoice": BOOKED}
    assert set(judged(rows, "revenue_tieout", "vat_tieout", "order_missing_in_b1")) == {"order_missing_in_b1"}


def test_where_nobody_finds_it_the_month_does_not_tie_out() -> None:
    rows = {"sales_order": [FIRST, SALE], "b1_invoice": BOOKED}
    found = judged(rows, "revenue_tieout", "vat_tieout")
    assert {check: one.money_at_risk for check, one in found.items()} == {
        "revenue_tieout": Decimal(1000),
        "vat_tieout": Decimal(200),
    }
    told = found["revenue_tieout"]
    assert told.explanation.startswith(
        "shopify-uk has net sales of £1,000.00 in 2026-02 and SAP Business One has revenue of £0.00."
    )
    assert "Nothing explains £1,000.00: order #1001 (-£1,000.00)." in told.explanation
    titles = [document["title"] for document in told.evidence["documents"]]
    assert titles[0] == "Net sales of 2026-02, by the day of the sale or refund"
    assert "Revenue of 2026-02, by the dates of the documents" in titles


def test_a_finding_of_before_explains_as_long_as_it_stands() -> None:
    rows = {"sales_order": [FIRST, SALE], "b1_invoice": BOOKED}
    stood = finding(keys={"order_id": "1001"}, money_at_risk=Decimal(1200), state=State.ACCEPTED)
    assert judged(rows, "revenue_tieout", previous={stood.finding_id: stood}) == {}
    gone = replace(stood, state=State.RESOLVED)
    assert set(judged(rows, "revenue_tieout", previous={gone.finding_id: gone})) == {"revenue_tieout"}


def test_a_payout_with_a_finding_of_its_own_keeps_its_money_and_each_pound_stands_once_on_the_bridge() -> None:
    rows = {
        "payout": [
            {"payout_id": "OLD", "issued_at": datetime(2026, 2, 20, 12), "net": Decimal(500)},
            {"payout_id": "ODD", "issued_at": datetime(2026, 2, 27, 12), "net": Decimal(70)},
        ],
        "payout_line": [
            {"payout_id": name, "line_id": name, "gross": net, "fee": Decimal(0), "net": net}
            for name, net in (("OLD", Decimal(500)), ("ODD", Decimal(70)))
        ],
        "sales_order": [FIRST],
        "b1_draft": [{"reference": "by hand", "object_code": "13", "doc_on": date(2026, 2, 25), "total": Decimal(30)}],
    }
    library = load().only(["payout_not_posted", "unposted_documents", "revenue_tieout"])
    candidates, findings, lines = all_of(rows, library, {})
    money = {(one.check_id, one.subject_id): one.money_at_risk for one in candidates}
    assert money == {
        ("payout_not_posted", "OLD"): Decimal(500),
        ("payout_not_posted", "ODD"): Decimal(70),
        ("unposted_documents", "2026-02:GBP"): Decimal(30),
    }
    (month,) = [one for one in candidates if one.check_id == "unposted_documents"]
    assert month.actual == "600.00"
    assert "2 payouts and 1 draft" in month.explanation
    assert sum(line.money_at_risk for line in lines) == sum(one.money_at_risk for one in findings)


def test_what_was_accepted_counts_against_the_month_in_which_it_happened() -> None:
    def accepted(number: int, day: datetime) -> Finding:
        return finding(
            finding_id=f"f{number}", subject_id=f"o{number}", keys={"order_id": f"o{number}"}, occurred_at=day,
            money_at_risk=Decimal(800), state=State.ACCEPTED, until_at=NOW + timedelta(days=30),
        )  # fmt: skip

    february = datetime(2026, 2, 10)
    known = {one.finding_id: one for one in (accepted(1, february), accepted(2, february), accepted(3, NOW))}
    found = judged({}, "acceptance_budget", previous=known)["acceptance_budget"]
    assert (found.channel, found.subject_id, found.money_at_risk) == ("b1", "2026-02:GBP", Decimal(600))
    assert "£1,600.00 that happened in 2026-02 are accepted, 2 findings; the limit is £1,000.00" in found.explanation


def test_only_a_check_that_is_judged_after_the_findings_may_read_what_is_known_then(tmp_path: Path) -> None:
    text = HEADER.replace('["canonical.sales_order"]', '["canonical.sales_order", "fact.standing"]') + SELECT
    with pytest.raises(ConfigError, match="which is filled after the findings; write after_findings = true"):
        load_file(write_check(tmp_path, "too_early", text))
    late = text.replace("---*/", "after_findings = true\n---*/")
    assert load_file(write_check(tmp_path, "late_enough", late)).header.after_findings
