"""A stale or incomplete feed, and a middleware that says nothing: not judged, told once, and never a flood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from auditor.checking.facts import compute_facts
from auditor.checking.feeds import FeedSpec
from auditor.checking.judge import Judgement, judge
from auditor.checking.library import Library, load
from auditor.checking.policy import Policy
from auditor.clock import FixedClock
from auditor.matching import fill_settings, match
from auditor.model import Verdict
from auditor.store.owner import Store
from tests.checks.defaults import complete
from tests.workspace import CHANNEL, insert, remember, settings

NOW = datetime(2026, 3, 2, 12)
QUARTER = timedelta(minutes=15)
ORDERS = 40
SPECS = (
    FeedSpec("b1", None, "orders", ("b1_order", "b1_order_line"), QUARTER),
    FeedSpec("b1", None, "invoices", ("b1_invoice",), QUARTER),
    FeedSpec("b1", None, "drafts", ("b1_draft",), QUARTER),
    FeedSpec("b1", None, "items", ("b1_item", "b1_bom"), QUARTER),
    FeedSpec(CHANNEL, CHANNEL, "orders", ("sales_order", "sales_order_line"), QUARTER),
    FeedSpec("middleware", None, "sync_events", ("sync_event",), QUARTER),
)
CHECKS = ("order_missing_in_b1", "feed_stale", "extract_incomplete", "silent_success", "queue_backlog")


@pytest.fixture(scope="module")
def library() -> Library:
    return load().only(CHECKS)


def judged(library: Library, specs: Sequence[FeedSpec], b1: str = "complete", age: timedelta = QUARTER) -> Judgement:
    """Forty orders, none of them in B1, while B1's orders were last read in this way, so long ago."""
    given = complete({"sales_order": [{"order_id": str(number)} for number in range(ORDERS)]}, NOW - QUARTER)
    with Store.in_memory(FixedClock(NOW)) as store:
        remember(store, given)
        rows = []
        for number, spec in enumerate(specs, start=1):
            is_b1 = (spec.system, spec.stream) == ("b1", "orders")
            read_at = NOW - (age if is_b1 else QUARTER)
            row = {"extract_id": number, "system": spec.system, "stream": spec.stream, "cut_off": read_at}
            row |= {"started_at": read_at, "finished_at": read_at, "status": "complete", "watermark": read_at}
            rows.append(row | {"shaped_at": read_at})
            if is_b1 and b1 != "complete":
                later = {"extract_id": number + 100, "status": b1, "watermark": None, "reason": "no answer."}
                rows.append(row | later | {"finished_at": NOW - timedelta(minutes=1), "shaped_at": None})
        store.write(lambda con: insert(con, "raw.extract", rows))
        with store.workspace(NOW) as con:
            fill_settings(con, settings())
            match(con)
            compute_facts(con, NOW)
            return judge(
                con, library, policy=Policy(), specs=specs, channels=[CHANNEL], known_at=NOW, clock=FixedClock(NOW),
                previous={},
            )  # fmt: skip


def found(judgement: Judgement) -> dict[str, list[str]]:
    return {
        outcome.check_id: [candidate.subject_id for candidate in outcome.candidates]
        for outcome in judgement.outcomes
        if outcome.candidates
    }


def verdict(judgement: Judgement, check: str, channel: str = CHANNEL) -> tuple[Verdict, str]:
    outcome = next(one for one in judgement.outcomes if (one.check_id, one.channel) == (check, channel))
    return outcome.verdict, outcome.reason or ""


def test_with_everything_read_each_missing_order_is_found(library: Library) -> None:
    assert {check: len(subjects) for check, subjects in found(judged(library, SPECS)).items()} == {
        "order_missing_in_b1": ORDERS
    }


def test_behind_a_stale_feed_nothing_is_missing_and_the_feed_is_told_once(library: Library) -> None:
    judgement = judged(library, SPECS, age=timedelta(hours=3))
    assert found(judgement) == {"feed_stale": ["b1:orders"]}
    said, reason = verdict(judgement, "order_missing_in_b1")
    assert said is Verdict.NOT_JUDGED
    assert "b1 orders is stale" in reason


def test_behind_an_incomplete_feed_nothing_is_missing_and_the_feed_is_told_once(library: Library) -> None:
    judgement = judged(library, SPECS, b1="incomplete")
    assert found(judgement) == {"extract_incomplete": ["b1:orders"]}
    said, reason = verdict(judgement, "order_missing_in_b1")
    assert said is Verdict.NOT_JUDGED
    assert "has not been read completely since" in reason
    assert "no answer" in reason


def test_where_no_middleware_tells_anything_its_checks_are_not_judged(library: Library) -> None:
    without = [spec for spec in SPECS if spec.system != "middleware"]
    judgement = judged(library, without)
    for check in ("silent_success", "queue_backlog"):
        said, reason = verdict(judgement, check)
        assert said is Verdict.NOT_JUDGED
        assert reason.startswith(f"{CHANNEL} tells no sync event")


def test_a_middleware_that_fell_silent_is_a_stale_feed_and_no_proof(library: Library) -> None:
    seldom = [replace(spec, cadence=timedelta(minutes=1)) if spec.system == "middleware" else spec for spec in SPECS]
    judgement = judged(library, seldom)
    assert found(judgement)["feed_stale"] == ["middleware:sync_events"]
    assert verdict(judgement, "silent_success")[0] is Verdict.NOT_JUDGED
