"""Findings and events are kept in one transaction, and any past moment can be rebuilt as it was shown then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.checking import people, record
from auditor.checking.life_cycle import advance
from auditor.errors import UsageError
from auditor.model import CheckOutcome, Finding, State, Verdict
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checking.builders import HOUR, NOON, candidate, outcome, store
from tests.checking.test_life_cycle import LISTS, UNJUDGED


@pytest.fixture
def opened() -> Iterator[Store]:
    with store() as one:
        yield one


def run(opened: Store, number: int, *outcomes: CheckOutcome) -> dict[str, Finding]:
    """Record a run, an hour after the one before, on data of its hour; returns how findings stand afterwards."""
    at = NOON + number * HOUR
    fresh = [replace(each, as_of=at) if each.is_judged else each for each in outcomes]
    recorded = opened.write(lambda con: record.record_run(con, fresh, at=at, run_id=number))
    kept = opened.read(record.load_current)
    assert recorded.findings == kept
    return kept


def act(opened: Store, finding: Finding, number: int) -> None:
    at = NOON + number * HOUR + HOUR / 2
    decide = partial(people.acknowledge, actor="Ann", reason="Mine.", at=at)
    opened.write(lambda con: record.apply(con, finding.finding_id, decide))


def as_of(opened: Store, number: float, before_run: int | None = None) -> dict[str, Finding]:
    moment = NOON + number * HOUR
    return opened.read(lambda con: record.load_as_of(con, moment, before_run))


def events(opened: Store) -> list[tuple[str, str, int | None, str | None]]:
    return opened.read(
        lambda con: con.sql("SELECT kind, actor, run_id, reason FROM audit.finding_event ORDER BY event_id").fetchall()
    )


def test_a_finding_is_kept_exactly_as_it_was_concluded(opened: Store) -> None:
    evidence = {"documents": [{"title": "Order 1001", "fields": {"Total": "100.00 GBP"}}], "arithmetic": ["1 + 1"]}
    found = candidate(evidence=evidence, cause="x", deadline_at=NOON, notes={"a": "b"})
    (kept,) = run(opened, 1, outcome(found)).values()
    (change,) = advance({}, [outcome(found, as_of=NOON + HOUR)], NOON + HOUR, 1)
    assert kept == change[0]
    assert as_of(opened, 1) == {kept.finding_id: kept}


def test_events_say_what_happened_and_who_did_it(opened: Store) -> None:
    (finding,) = run(opened, 1, outcome(candidate())).values()
    act(opened, finding, 1)
    run(opened, 2, outcome(candidate()))
    run(opened, 3, outcome())
    assert events(opened) == [
        ("opened", "auditor", 1, None),
        ("acknowledged", "Ann", None, "Mine."),
        ("resolved", "auditor", 3, None),
    ]


def test_an_identical_run_writes_no_event(opened: Store) -> None:
    run(opened, 1, outcome(candidate()))
    before = events(opened)
    run(opened, 2, outcome(candidate()))
    assert events(opened) == before


def test_every_outcome_of_a_check_is_kept(opened: Store) -> None:
    run(opened, 1, outcome(candidate()), outcome(check_id="tax", verdict=Verdict.BROKEN))
    kept = opened.read(
        lambda con: con.sql(
            "SELECT run_id, check_id, outcome, as_of, rows_found, reason, judged_at FROM audit.check_run "
            "ORDER BY check_id"
        ).fetchall()
    )
    at = NOON + HOUR
    assert kept == [
        (1, "order_total_mismatch", "failed", at, 1, None, at),
        (1, "tax", "broken", None, 0, "Why not.", at),
    ]


def test_what_somebody_did_while_a_run_was_on_its_way_is_not_overwritten(opened: Store) -> None:
    (finding,) = run(opened, 1, outcome(candidate())).values()
    act(opened, finding, 1)
    (after,) = run(opened, 2, outcome(candidate())).values()
    assert after.state is State.ACKNOWLEDGED


def test_a_failed_write_keeps_nothing(opened: Store) -> None:
    def half(con: Connection) -> None:
        record.record_run(con, [outcome(candidate())], at=NOON, run_id=1)
        raise ValueError("the power went out")

    with pytest.raises(ValueError, match="power"):
        opened.write(half)
    assert opened.read(record.load_current) == {}
    assert events(opened) == []


def test_an_unknown_finding_is_named(opened: Store) -> None:
    with pytest.raises(UsageError, match="There is no finding nothing"):
        opened.write(lambda con: record.apply(con, "nothing", partial(people.note, actor="A", reason="B", at=NOON)))


def test_the_past_is_shown_as_it_was_shown_then(opened: Store) -> None:
    shown = {1: run(opened, 1, outcome(candidate(), candidate("1002")))}
    act(opened, next(iter(shown[1].values())), 1)
    acknowledged = opened.read(record.load_current)
    shown[2] = run(opened, 2, outcome(candidate(), candidate("1002")))
    shown[3] = run(opened, 3, outcome(verdict=Verdict.NOT_JUDGED))
    shown[4] = run(opened, 4, outcome(candidate("1002", actual="1.00")))
    for number, then in shown.items():
        assert as_of(opened, number) == then
        assert as_of(opened, number + 1, before_run=number + 1) == (acknowledged if number == 1 else then)
    assert as_of(opened, 0) == {}


def _empty(con: Connection, table: str) -> None:
    con.execute(f"DELETE FROM audit.{table}")


STEPS = st.lists(
    st.tuples(LISTS, st.booleans()).map(lambda pair: outcome(*pair[0], consecutive=2 if pair[1] else 1)) | UNJUDGED,
    min_size=1,
    max_size=5,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, decided_after=st.sets(st.integers(1, 5)))
def test_any_past_run_can_be_rebuilt(opened: Store, steps: list[CheckOutcome], decided_after: set[int]) -> None:
    for name in ("finding", "finding_event", "check_run"):
        opened.write(partial(_empty, table=name))
    shown: dict[int, dict[str, Finding]] = {}
    for number, step in enumerate(steps, 1):
        shown[number] = run(opened, number, step)
        if number in decided_after:
            for finding in shown[number].values():
                if finding.state is State.OPEN:
                    act(opened, finding, number)
    for number, then in shown.items():
        assert as_of(opened, number) == then


def test_the_document_lists_the_worst_first_and_leaves_out_what_is_settled(opened: Store) -> None:
    run(opened, 1, outcome(candidate("gone")))
    run(
        opened,
        2,
        outcome(candidate("small", money_at_risk=Decimal("1.5")), candidate("big", money_at_risk=Decimal(900))),
        outcome(candidate("wait", check_id="stock_drift"), check_id="stock_drift", consecutive=2),
    )
    shown = opened.read(record.document)
    assert (shown["schema"], shown["as_of"]) == (1, "2026-03-02T14:00:00Z")
    assert [(each["keys"]["order_id"], each["money_at_risk"]) for each in shown["findings"]] == [
        ("big", "900.00"),
        ("small", "1.50"),
    ]
    everything = opened.read(lambda con: record.document(con, state="all"))["findings"]
    assert {each["state"] for each in everything} == {"resolved", "open", "pending"}
    only = opened.read(lambda con: record.document(con, state="pending", check="stock_drift"))["findings"]
    assert [each["check"] for each in only] == ["stock_drift"]
    with pytest.raises(UsageError, match="'opne' is not a state"):
        opened.read(lambda con: record.document(con, state="opne"))


def test_many_findings_are_kept_completely(opened: Store) -> None:
    many = outcome(*(candidate(str(number)) for number in range(2_000)))
    assert len(run(opened, 1, many)) == 2_000
    after = run(opened, 2, many)
    assert {finding.seen_count for finding in after.values()} == {2}
    assert len(events(opened)) == 2_000
    assert as_of(opened, 2) == after


if __name__ == "__main__":
    evidence = {
        "documents": [{"title": "x", "fields": {f"Label {n}": "100.00 GBP" for n in range(15)}} for _ in range(2)],
        "watermarks": [{"feed": "shopify-uk orders", "watermark": "2026-03-02T12:00:00Z"}] * 4,
    }
    with store() as trial:
        many = [outcome(*(candidate(str(number), evidence=evidence) for number in range(10_000)))]
        for number, title in ((1, "10,000 new"), (2, "10,000 seen again"), (3, "10,000 resolved")):
            run_now = [replace(each, as_of=NOON + number * HOUR) for each in (many if number < 3 else [outcome()])]
            began = time.process_time()
            trial.write(partial(record.record_run, outcomes=run_now, at=NOON + timedelta(hours=number), run_id=number))
            print(f"{title}: {time.process_time() - began:.2f} s")
