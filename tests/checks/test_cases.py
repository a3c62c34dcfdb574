"""Every case file of every check, run end to end: canonical rows, matching, facts, then the check as shipped.

A case file (`tests/checks/<area>/<check_id>.toml`) names the moment and its cases:

    as_of = 2026-03-02T12:00:00

    [[case]]
    kind = "fires"                 # fires | silent | boundary
    name = "a sentence about the trade"
    channel = {stock = {...}}      # optional: keys of [[channel]], [booking] (booking = ...) and of the map of SKUs
    given.sales_order = [{...}]    # rows of canonical tables, or instead of those in matching, fact and setting tables
    params = {minimum_skus = 2}    # optional: what policy.toml could say
    maintenance = [{...}]          # optional: hours in which a system is closed, as in auditor.toml
    expect = [{subject_id = "1001", money_at_risk = "12.00"}]

Rows say only what matters to the case (defaults.py fills the rest); expectations compare only what they name. Each case
is asked together with a channel without data, as a run asks of several. `make test` runs the first case of each kind of
each check, `make slow` the others, and those also alone.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from auditor.checking import open_hours, rounds
from auditor.checking.evidence import Proof
from auditor.checking.explain import explain
from auditor.checking.facts import compute_facts
from auditor.checking.feeds import make_tables
from auditor.checking.library import Check, Library, load
from auditor.checking.open_hours import OpenHours
from auditor.checking.question import Scope
from auditor.clock import FixedClock
from auditor.matching import fill_settings, match
from auditor.model import Candidate, CheckOutcome, Verdict
from auditor.store.connection import Connection
from auditor.store.owner import Store
from auditor.store.select_text import canonical_tables
from tests.checking.builders import run_check
from tests.checks.defaults import FEED_TABLES, complete, feeds, with_accounts
from tests.sentences import assert_reads_as_sentences
from tests.workspace import CHANNEL, insert, remember, settings

FOLDER = Path(__file__).parent
NOTHING = "(nothing)"
UNWRITTEN = re.compile(r"\[[\d .-]*[A-Z ]*\]|\d\.\d{4}")
"""A number in brackets that did not become an amount or a quantity, or one with more figures than people write."""
KINDS = {"fires", "silent", "boundary"}
KEYS = {"kind", "name", "channel", "booking", "maintenance", "given", "params", "judges", "now", "expect"}


@dataclass(frozen=True, slots=True)
class Case:
    check_id: str
    area: str
    as_of: datetime
    case: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.check_id}: {self.case['name']}"


def read_cases() -> Iterator[Case]:
    for path in sorted(FOLDER.rglob("*.toml")):
        raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        for case in raw["case"]:
            yield Case(path.stem, path.parent.name, raw["as_of"], case)


CASES = list(read_cases())


def _params() -> Iterator[Any]:
    """The first of each kind of each check, and all others marked slow."""
    seen: set[tuple[str, str]] = set()
    for case in CASES:
        kind = (case.check_id, case.case["kind"])
        yield pytest.param(case, id=case.id, marks=pytest.mark.slow if kind in seen else ())
        seen.add(kind)


@pytest.fixture(scope="module")
def library() -> Library:
    return load()


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    """One store for all cases, because making one takes time. Each case leaves the histories empty."""
    with Store.in_memory(FixedClock(datetime(2026, 3, 2))) as store:
        yield store


@pytest.fixture(scope="module")
def workspaces(store: Store) -> Iterator[Callable[[datetime], Connection]]:
    """The workspace of a moment, made once. Each case works in a transaction that is rolled back."""
    with ExitStack() as until_all_are_done:
        yield cache(lambda now: until_all_are_done.enter_context(store.workspace(now)))


@pytest.mark.parametrize("case", list(_params()))
def test_case(
    case: Case,
    library: Library,
    store: Store,
    workspaces: Callable[[datetime], Connection],
    request: pytest.FixtureRequest,
) -> None:
    check = library.named(case.check_id)
    now = case.case.get("now", case.as_of)
    given = with_accounts(complete(_without_nothing(case.case.get("given", {})), case.as_of))
    canonical = {name: rows for name, rows in given.items() if name in canonical_tables()}
    remember(store, canonical)
    request.addfinalizer(lambda: _forget(store, canonical))
    con = workspaces(now)
    con.execute("BEGIN")
    try:
        until = _prepare(con, case, check, given, now)
        params = {name: check.header.params[name].bound(value) for name, value in case.case.get("params", {}).items()}
        asked = Scope(case.case.get("judges", CHANNEL), until, params)
        with capture_logs() as said:
            nothing, outcome = run_check(con, check, [Scope("nobody", case.as_of - timedelta(hours=1)), asked], now=now)
        if request.node.get_closest_marker("slow"):
            assert_equal(outcome, *run_check(con, check, [asked], now=now))
    finally:
        con.execute("ROLLBACK")
    assert outcome.verdict is not Verdict.BROKEN, outcome.reason
    assert said == []  # not even that it had to be asked one by one
    assert nothing.verdict is Verdict.PASSED
    found = {candidate.subject_id: candidate for candidate in outcome.candidates}
    expected = {row["subject_id"]: row for row in case.case["expect"]}
    assert sorted(found) == sorted(expected)
    for candidate in outcome.candidates:
        told = explain(candidate, check.header, Proof(), library)
        assert_reads_as_sentences(told.text, candidate.channel)
        assert not [line for line in told.arithmetic if UNWRITTEN.search(line)]
    for subject_id, row in expected.items():
        seen = {name: _seen(found[subject_id], name) for name in row}
        assert seen == {name: _wanted(value) for name, value in row.items()}


@pytest.mark.parametrize("path", [check.path for check in load()], ids=lambda path: path.stem)
def test_each_check_has_cases_that_fire_that_stay_silent_and_that_sit_on_the_boundary(path: Path) -> None:
    kinds = {case.case.get("kind") for case in CASES if (case.area, case.check_id) == (path.parent.name, path.stem)}
    assert kinds == KINDS


def test_each_case_says_what_it_is_and_uses_no_word_that_nobody_reads() -> None:
    for case in CASES:
        assert set(case.case) <= KEYS, case.id
        assert case.case["kind"] in KINDS, case.id
        if case.case["kind"] == "fires":
            assert case.case["expect"], f"{case.id}: a case that fires expects something"
        if case.case["kind"] == "silent":
            assert case.case["expect"] == [], case.id


def test_case_names_are_unique() -> None:
    ids = [case.id for case in CASES]
    assert len(ids) == len(set(ids))


def assert_equal(together: CheckOutcome, alone: CheckOutcome) -> None:
    """Scope of two channels at once a check says of one what it says of it alone."""
    assert {each.subject_id: each for each in together.candidates} == {
        each.subject_id: each for each in alone.candidates
    }
    assert replace(together, candidates=()) == replace(alone, candidates=())


def _forget(store: Store, tables: Iterable[str]) -> None:
    def write(con: Connection) -> None:
        for table in tables:
            con.execute(f"DELETE FROM history.{table}")

    store.write(write)


def _prepare(
    con: Connection, case: Case, check: Check, given: Mapping[str, list[dict[str, Any]]], now: datetime
) -> datetime:
    """Up to when the check may judge."""
    company = settings(
        channel=case.case.get("channel"),
        booking=case.case.get("booking"),
        maintenance=case.case.get("maintenance", []),
    )
    hours = OpenHours.of(company, now)
    fill_settings(con, company)
    open_hours.fill(con, hours, [CHANNEL])
    _replace(con, "setting", given)
    if any(table.startswith(("matching.", "fact.")) for table in check.header.reads):
        match(con)
        _replace(con, "matching", given)
    make_tables(con)
    insert(con, "fact.feed", feeds(given.get("feed", []), case.as_of, hours))
    insert(con, "fact.feed_table", FEED_TABLES)
    compute_facts(con, now, wanted=check.header.reads)
    if check.header.after_findings:
        rounds.fill(con, Library([check]), [])  # nobody else has found anything, unless the case says so
    _replace(con, "fact", {name: rows for name, rows in given.items() if name != "feed"})
    left = _derived(given)
    for schema in ("setting", "matching", "fact") if left else ():
        left -= _tables(con, schema)
    assert not left, f"no such table: {sorted(left)}"
    return hours.judged_until(case.as_of, ("b1", CHANNEL), CHANNEL, check.header.grace)


def _derived(given: Mapping[str, list[dict[str, Any]]]) -> set[str]:
    """Tables a case fills that a run would make itself."""
    return set(given) - canonical_tables() - {"feed"}


def _replace(con: Connection, schema: str, given: Mapping[str, list[dict[str, Any]]]) -> None:
    if not _derived(given):
        return
    for table in sorted(_tables(con, schema) & set(given)):
        con.execute(f"DELETE FROM {schema}.{table}")
        insert(con, f"{schema}.{table}", given[table])


def _tables(con: Connection, schema: str) -> set[str]:
    rows = con.sql(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = $schema AND table_catalog = current_database()",
        params={"schema": schema},
    ).fetchall()
    return {row[0] for row in rows}


def _seen(candidate: Candidate, name: str) -> object:
    """A field of a candidate, one of its keys or notes, as it is written in a case file."""
    if name in candidate.keys:
        return candidate.keys[name]
    if name.startswith("note_"):
        return candidate.notes.get(name.removeprefix("note_"))
    value = getattr(candidate, name, None)
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return getattr(value, "value", value)


def _wanted(value: object) -> object:
    """TOML has no word for nothing."""
    return None if value == NOTHING else value


def _without_nothing(given: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [{name: _wanted(value) for name, value in row.items()} for row in rows] for table, rows in given.items()
    }
