"""A check runs, or is broken with one sentence; it never takes the others down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.checking import feeds, library, runner
from auditor.checking.feeds import Feeds, FeedSpec
from auditor.checking.policy import Entry, Policy
from auditor.checking.question import Scope
from auditor.checking.runner import run_checks
from auditor.clock import FixedClock
from auditor.model import Candidate, CheckOutcome, Feed, Owner, Severity, Verdict
from auditor.store.connection import Connection, SqlError
from tests.checking.builders import CHANNEL, HEADER, NOON, SELECT, put, run_check, store, write_check

ORDER = {"channel": CHANNEL, "order_id": "7", "order_ref": "#1007", "currency": "GBP", "placed_at": NOON}


@pytest.fixture
def con() -> Iterator[Connection]:
    with store() as opened:
        opened.write(lambda con: put(con, "sales_order", ORDER | {"total": Decimal("12.345")}))
        with opened.workspace(NOON) as con:
            yield con


def row(**columns: str) -> str:
    """A SELECT of one row; columns are SQL expressions."""
    given = {
        "subject_id": "'1'", "currency": "'GBP'", "expected": "NULL", "actual": "NULL", "money_at_risk": "1.00",
        "occurred_at": "NULL",
    } | columns  # fmt: skip
    return "SELECT " + ", ".join(f"{text} AS {name}" for name, text in given.items() if text)


def run(con: Connection, tmp_path: Path, sql: str, header: str = HEADER, **options: float) -> CheckOutcome:
    check = library.load_file(write_check(tmp_path, "my_check", header + sql))
    (outcome,) = run_check(con, check, [Scope(CHANNEL, NOON)], **options)
    return outcome


def only(outcome: CheckOutcome) -> Candidate:
    assert outcome.reason is None
    (candidate,) = outcome.candidates
    return candidate


def test_a_returned_row_becomes_a_candidate_with_exact_money(con: Connection, tmp_path: Path) -> None:
    outcome = run(con, tmp_path, SELECT)
    found = only(outcome)
    assert outcome.verdict is Verdict.FAILED
    assert outcome.as_of == NOON
    assert found.money_at_risk == Decimal("12.35")
    assert (found.subject_id, found.expected, found.actual) == ("7", "12.345", None)
    assert found.keys == {"order_id": "7", "order_ref": "#1007"}
    assert (found.owner, found.severity, found.area, found.subject) == (Owner.FIN, Severity.LOW, "orders", "order")


def test_no_row_means_passed(con: Connection, tmp_path: Path) -> None:
    assert run(con, tmp_path, SELECT.replace("WHERE", "WHERE o.total > 1000 AND")).verdict is Verdict.PASSED


def test_everything_a_row_may_say_is_kept(con: Connection, tmp_path: Path) -> None:
    found = only(
        run(
            con,
            tmp_path,
            row(
                expected="CAST(10 AS DECIMAL(19,6))", actual="CAST(7.5 AS DECIMAL(19,6))", owner="'OPS'",
                severity="'high'", cause="'why'", deadline_at="TIMESTAMP '2026-03-02 13:00:00'",
                source_updated_at="DATE '2026-03-01'", parent_check="'other'", parent_subject_id="'9'",
                doc_entry="42", note_sum="'1 + 1 = 2'", note_none="NULL", sku="NULL",
            ),
        )
    )  # fmt: skip
    assert (found.expected, found.actual, found.difference) == ("10.00", "7.50", "-2.50")
    assert (found.owner, found.severity, found.cause) == (Owner.OPS, Severity.HIGH, "why")
    assert found.deadline_at == datetime(2026, 3, 2, 13)
    assert found.source_updated_at == datetime(2026, 3, 1)
    assert (found.parent_check, found.parent_subject_id) == ("other", "9")
    assert found.keys == {"doc_entry": "42"}
    assert found.notes == {"sum": "1 + 1 = 2"}


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CAST(-7570.26 AS DECIMAL(19,6))", "-£7,570.26"),
        ("'of [-7570.260000 GBP] and [8.500000 EUR]'", "of -£7,570.26 and €8.50"),
        ("CONCAT('[', CAST(-8.5 AS DECIMAL(19,6)), ' ', 'GBP', ']')", "-£8.50"),
        ("'[1200.400000 JPY], [1200.40 CHF]'", "¥1,200, 1,200.40 CHF"),
        ("CONCAT('[', CAST(1.5 AS DECIMAL(19,6)), ' ', CAST(NULL AS VARCHAR), ']')", "1.50"),
        ("'on hand [12.000000], moved -[0.500000], [-3.00], [-0.00]'", "on hand 12, moved -0.5, -3, 0"),
        ("'[0.004 GBP], [-0.004 GBP]'", "£0.00, £0.00"),
        ("'mug [3], [3 GBP], [12 PCS], [new], []'", "mug [3], [3 GBP], [12 PCS], [new], []"),
        ("'[1.5 kg], [1.50  GBP], [+1.5], [.5], [1.], [1,5], [1.2.3], [1e9], [ 1.5]'",
         "[1.5 kg], [1.50  GBP], [+1.5], [.5], [1.], [1,5], [1.2.3], [1e9], [ 1.5]"),
        ("'[[1.50 GBP]] ]1.5['", "[£1.50] ]1.5["),
        ("'[٣.٥], [' || repeat('9', 40) || '.0 GBP]'", "[٣.٥], [" + "9" * 40 + ".0 GBP]"),
        ("'[' || repeat('9', 15) || '.999999999999 KWD]'", "1,000,000,000,000,000.000 KWD"),
    ],
)  # fmt: skip
def test_a_note_says_amounts_and_quantities_as_people_write_them(
    con: Connection, tmp_path: Path, sql: str, text: str
) -> None:
    assert only(run(con, tmp_path, row(note_it=sql))).notes == {"it": text}


def test_an_amount_without_a_currency_is_told_without_one(con: Connection, tmp_path: Path) -> None:
    found = only(run(con, tmp_path, row(currency="CAST(NULL AS VARCHAR)", note_it="CAST(1.5 AS DECIMAL(19,6))")))
    assert found.notes == {"it": "1.50"}


def test_quantities_read_without_pennies(con: Connection, tmp_path: Path) -> None:
    header = HEADER.replace("look ", 'measure = "quantity"\nlook ')
    found = only(run(con, tmp_path, row(expected="CAST(10 AS DECIMAL(19,6))", actual="7"), header))
    assert (found.expected, found.actual, found.difference) == ("10", "7", "-3")


def test_money_that_nobody_can_tell_is_nothing_and_says_so(con: Connection, tmp_path: Path) -> None:
    found = only(run(con, tmp_path, row(money_at_risk="NULL")))
    assert found.money_at_risk == 0
    assert "cannot be told" in found.notes["money_at_risk"]


@pytest.mark.parametrize(
    ("sql", "sentence"),
    [
        (row() + " UNION ALL " + row(), "returned the subject '1' twice"),
        (row(subject_id="NULL"), "returned a row without subject_id"),
        (row(money_at_risk="1.0 / 3"), "gives money_at_risk as a floating-point number"),
        (row(money_at_risk="-0.01"), "returned negative money at risk for '1'"),
        (row(money_at_risk="'x'"), "gives money_at_risk 'x' for '1', which is not a number"),
        (row(expected="1.0 / 3"), "gives expected as a floating-point number"),
        (row(occurred_at="'soon'"), "gives occurred_at 'soon', which is neither a day nor an instant"),
        (row(owner="'FINN'"), "gives the owner 'FINN' for '1'"),
        (row(severity="'bad'"), "gives the severity 'bad' for '1'"),
        (
            SELECT.replace("o.order_ref", "o.nothing AS order_ref"),
            'could not run: Values list "o" does not have a column',
        ),
        (row(expected="CAST(upper('a') AS DECIMAL(19,6))"), "could not run: Could not convert"),
        ("SELECT * FROM canonical.sales_order", "its SELECT gives no column 'subject_id'"),
    ],
)
def test_a_check_that_breaks_its_contract_is_broken_with_a_sentence(
    con: Connection, tmp_path: Path, sql: str, sentence: str
) -> None:
    outcome = run(con, tmp_path, sql)
    assert outcome.verdict is Verdict.BROKEN
    assert outcome.reason is not None
    assert f"my_check on {CHANNEL} {sentence}" in outcome.reason
    assert outcome.reason.endswith(".")
    assert "\n" not in outcome.reason
    assert outcome.candidates == ()


def test_a_check_that_takes_too_long_is_stopped_and_the_connection_still_works(con: Connection, tmp_path: Path) -> None:
    endless = (
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n > 0) "
        "SELECT CAST(sum(n) AS VARCHAR) AS subject_id, NULL AS currency, NULL AS expected, NULL AS actual, "
        "0 AS money_at_risk, NULL AS occurred_at FROM r"
    )
    outcome = run(con, tmp_path, endless, time_limit=0.2)
    assert outcome.reason == f"my_check on {CHANNEL} took longer than 0.2 s and was stopped."
    assert run(con, tmp_path, SELECT).verdict is Verdict.FAILED


def test_parameters_come_from_the_policy_then_from_the_header(con: Connection, tmp_path: Path) -> None:
    header = HEADER.replace("---*/", "[params]\nlimit = {type = 'decimal', default = 50, why = 'x'}\n---*/")
    sql = SELECT.replace("WHERE", "WHERE o.total > $limit AND o.placed_at <= CAST($as_of AS TIMESTAMP) AND")
    checks = library.load(
        shipped=write_check(tmp_path, "my_check", header + sql).parents[1],
    )
    lenient = Policy()
    strict = Policy({("my_check", CHANNEL, "limit"): Entry(Decimal(1), "x")})
    assert verdicts(con, checks, lenient) == [Verdict.PASSED]
    assert verdicts(con, checks, strict) == [Verdict.FAILED]


FRESH = Feeds([Feed(CHANNEL, "orders", timedelta(minutes=15), ("sales_order",), NOON, "complete", channel=CHANNEL)])


def verdicts(con: Connection, checks: library.Library, policy: Policy) -> list[Verdict]:
    found = run_checks(con, checks, [CHANNEL], FRESH, policy, now=NOON, clock=FixedClock(NOON))
    return [outcome.verdict for outcome in found]


def test_a_broken_check_takes_no_other_down(con: Connection, tmp_path: Path) -> None:
    write_check(tmp_path, "a_broken", HEADER + row(money_at_risk="1.0 / 3"))
    write_check(tmp_path, "b_good", HEADER + SELECT)
    write_check(tmp_path, "c_unfed", HEADER.replace("sales_order", "b1_order") + row())
    assert verdicts(con, library.load(shipped=tmp_path), Policy()) == [
        Verdict.BROKEN,
        Verdict.FAILED,
        Verdict.NOT_JUDGED,
    ]


def test_a_check_whose_neighbour_took_the_memory_is_asked_again_with_nothing_beside_it(
    con: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_check(tmp_path, "a_good", HEADER + SELECT)
    write_check(tmp_path, "b_starved", HEADER + SELECT)
    answers, asked = runner._answers, []

    def starving(own: Connection, check: library.Check, *rest: Any) -> list[CheckOutcome]:
        asked.append((check.check_id, own is con))
        if check.check_id == "b_starved" and own is not con:
            raise SqlError("Out of Memory Error: could not allocate block")
        return answers(own, check, *rest)

    monkeypatch.setattr(runner, "_answers", starving)
    assert verdicts(con, library.load(shipped=tmp_path), Policy()) == [Verdict.FAILED, Verdict.FAILED]
    assert sorted(asked[:2]) == [("a_good", False), ("b_starved", False)]
    assert asked[2:] == [("b_starved", True)]


def test_a_check_of_systems_runs_once_for_each_and_for_b1(con: Connection, tmp_path: Path) -> None:
    text = HEADER.replace("look ", 'judges = "system"\nlook ').replace("canonical.sales_order", "fact.feed")
    sql = (
        "SELECT f.system || ':' || f.stream AS subject_id, NULL AS currency, NULL AS expected, f.watermark AS actual, "
        "0 AS money_at_risk, f.watermark AS occurred_at, f.system, f.stream FROM fact.feed AS f "
        "WHERE f.system = $channel AND f.is_complete = FALSE ORDER BY 1"
    )
    write_check(tmp_path, "late_feed", text + sql, area="health")
    specs = [FeedSpec("b1", None, "orders", ("b1_order",), timedelta(minutes=15))]
    filled = feeds.fill(con, specs, NOON)
    outcomes = run_checks(
        con, library.load(shipped=tmp_path), [CHANNEL], filled, Policy(), now=NOON, clock=FixedClock(NOON)
    )
    assert [(each.channel, each.verdict) for each in outcomes] == [("b1", Verdict.FAILED), (CHANNEL, Verdict.PASSED)]
    assert outcomes[0].candidates[0].keys == {"system": "b1", "stream": "orders"}


def test_a_day_is_the_beginning_of_that_day(con: Connection, tmp_path: Path) -> None:
    found = only(run(con, tmp_path, row(occurred_at="DATE '2026-03-01'")))
    assert found.occurred_at == datetime.combine(date(2026, 3, 1), datetime.min.time())


OTHER = "magento-uk"
BOTH = [Scope(CHANNEL, NOON), Scope(OTHER, NOON - timedelta(hours=1))]


def asked_of_both(
    con: Connection, tmp_path: Path, sql: str, header: str = HEADER, **options: float
) -> list[CheckOutcome]:
    check = library.load_file(write_check(tmp_path, "my_check", header + sql))
    return run_check(con, check, BOTH, **options)


def test_channels_asked_together_each_get_their_own_rows(con: Connection, tmp_path: Path) -> None:
    mine, others = asked_of_both(con, tmp_path, SELECT)
    assert (mine.channel, mine.as_of, only(mine).subject_id) == (CHANNEL, NOON, "7")
    assert (others.channel, others.as_of, others.verdict) == (OTHER, NOON - timedelta(hours=1), Verdict.PASSED)


def test_each_channel_is_asked_as_of_its_own_moment_and_with_its_own_tolerances(
    con: Connection, tmp_path: Path
) -> None:
    header = HEADER.replace("---*/", "[params]\nlimit = {type = 'decimal', default = 50, why = 'x'}\n---*/")
    sql = row(
        subject_id="'$limit, $channel'", expected="CAST($limit AS DECIMAL(19,6))", note_channel="$channel",
        occurred_at="CAST($as_of AS TIMESTAMP)", note_now="$now /* $channel */",
    ) + " FROM canonical.sales_order -- of $channel"  # fmt: skip
    check = library.load_file(write_check(tmp_path, "my_check", header + sql))
    asked = [BOTH[0], Scope(OTHER, BOTH[1].as_of, {"limit": Decimal("0.5")})]
    mine, others = (only(outcome) for outcome in run_check(con, check, asked))
    assert (mine.expected, mine.notes["channel"], mine.occurred_at) == ("50.00", CHANNEL, NOON)
    assert (others.expected, others.notes["channel"], others.occurred_at) == ("0.50", OTHER, BOTH[1].as_of)
    assert mine.notes["now"] == others.notes["now"]
    assert mine.subject_id == others.subject_id == "$limit, $channel"


def test_what_is_wrong_on_one_channel_is_broken_there_only(con: Connection, tmp_path: Path) -> None:
    for wrong in ("CAST(-1 AS DECIMAL(9,2))", "CAST($channel AS DECIMAL(9,2))"):
        sql = row(money_at_risk=f"CASE WHEN $channel = '{CHANNEL}' THEN {wrong} ELSE 1 END")
        mine, others = asked_of_both(con, tmp_path, sql)
        assert mine.verdict is Verdict.BROKEN
        assert (others.verdict, only(others).money_at_risk) == (Verdict.FAILED, 1)


def test_a_check_that_never_ends_on_one_channel_is_stopped_there_only(con: Connection, tmp_path: Path) -> None:
    sql = (
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n > 0 "
        f"AND $channel = '{CHANNEL}') " + row(subject_id="CAST(sum(n) AS VARCHAR)") + " FROM r"
    )
    mine, others = asked_of_both(con, tmp_path, sql, time_limit=0.3)
    assert mine.reason == f"my_check on {CHANNEL} took longer than 0.3 s and was stopped."
    assert only(others).subject_id == "1"
