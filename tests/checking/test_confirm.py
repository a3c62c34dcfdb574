"""Who is looked up at the source before a finding opens, and what the answers do to the finding."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from auditor.checking import library
from auditor.checking.confirm import EVIDENCE, Confirmation, Place, places_of, settle, suspects
from auditor.checking.library import Library
from auditor.checking.life_cycle import advance
from auditor.errors import ConfigError
from auditor.model import Candidate, CheckOutcome, Finding, State, Verdict, identity_of
from tests.checking.builders import NOON, candidate

CHECK = "order_missing_in_b1"
SHIPPED = library.shipped_folder()
LIBRARY = Library(
    library.load_file(SHIPPED / area / f"{name}.sql") for area, name in (("orders", CHECK), ("stock", "stock_drift"))
)
CONFIRMED = Confirmation("confirmed", NOON, [{"system": "b1", "answer": []}])


def missing(subject_id: str = "o1", **more: object) -> Candidate:
    return replace(candidate(check_id=CHECK, subject_id=subject_id), **more)  # type: ignore[arg-type]


def outcome(*candidates: Candidate, consecutive: int = 1, minutes: int = 0) -> CheckOutcome:
    found = candidates[0]
    as_of = NOON + timedelta(minutes=minutes)
    return CheckOutcome(found.check_id, found.channel, Verdict.FAILED, None, as_of, candidates, consecutive)


def lived(known: dict[str, Finding], judged: CheckOutcome, answers: dict[str, Confirmation]) -> dict[str, Finding]:
    """The findings after a run with these answers."""
    settled = settle([judged], LIBRARY, known, answers, otherwise="Nobody asked.")
    changes = advance(known, settled, judged.as_of or NOON, 1)
    return known | {finding.finding_id: finding for finding, _ in changes}


def id_of(one: Candidate) -> str:
    return identity_of(one.check_id, one.channel, one.subject_id)


def test_a_header_says_where_and_by_which_key() -> None:
    assert places_of(["canonical.b1_order by order_ref"]) == (Place("b1_order", "order_ref"),)


def test_new_candidates_of_checks_that_want_it_are_suspects_the_dearest_first() -> None:
    cheap, dear = missing("a", money_at_risk=Decimal(1)), missing("b", money_at_risk=Decimal(9))
    drift = candidate(check_id="stock_drift")
    found = suspects([outcome(cheap, dear), outcome(drift)], LIBRARY, {})
    assert [one.candidate.subject_id for one in found] == ["b", "a"]
    assert [one.candidate.subject_id for one in suspects([outcome(cheap, dear)], LIBRARY, {}, at_most=1)] == ["b"]


def test_what_is_muted_or_waits_for_a_second_reading_or_was_not_judged_is_not_asked() -> None:
    assert not suspects([outcome(missing(inhibited_by="f9"))], LIBRARY, {})
    assert not suspects([outcome(missing(), consecutive=2)], LIBRARY, {})
    unjudged = replace(outcome(missing()), verdict=Verdict.NOT_JUDGED)
    assert not suspects([unjudged], LIBRARY, {})


def test_a_confirmed_suspect_opens_and_keeps_its_answer_though_it_is_not_asked_again() -> None:
    one = missing()
    known = lived({}, outcome(one), {id_of(one): CONFIRMED})
    assert known[id_of(one)].state is State.OPEN
    assert known[id_of(one)].evidence[EVIDENCE]["state"] == "confirmed"
    assert not suspects([outcome(one, minutes=15)], LIBRARY, known)
    again = lived(known, outcome(one, minutes=15), {})
    assert again[id_of(one)].evidence == known[id_of(one)].evidence


def test_without_an_answer_a_suspect_waits_says_why_and_is_asked_again() -> None:
    one = missing()
    known = lived({}, outcome(one), {})
    assert known[id_of(one)].state is State.PENDING
    assert known[id_of(one)].evidence[EVIDENCE] == {
        "state": "waiting", "asked_at": None, "asked": [], "why": "Nobody asked.",
    }  # fmt: skip
    assert suspects([outcome(one)], LIBRARY, known), "even on the same data"
    assert lived(known, outcome(one), {id_of(one): CONFIRMED})[id_of(one)].state is State.OPEN


def test_waiting_once_more_for_the_same_reason_is_no_news() -> None:
    one = missing()
    known = lived({}, outcome(one), {})
    settled = settle([outcome(one, minutes=15)], LIBRARY, known, {}, otherwise="Nobody asked.")
    assert [event for _, event in advance(known, settled, NOON, 2)] == [None]


def test_what_cannot_be_asked_opens_by_the_proof_of_its_feeds_alone() -> None:
    one = missing()
    unaskable = Confirmation("unaskable", why="Nobody can be asked for one of them.")
    assert lived({}, outcome(one), {id_of(one): unaskable})[id_of(one)].state is State.OPEN


def test_a_suspect_that_turned_up_is_withdrawn_without_ever_having_been_open() -> None:
    one = missing()
    known = lived({}, outcome(one), {})
    silent = replace(outcome(one, minutes=15), candidates=(), verdict=Verdict.PASSED)
    gone = lived(known, silent, {})[id_of(one)]
    assert (gone.state, str(gone.resolution)) == (State.RESOLVED, "withdrawn")


def test_what_comes_back_after_it_was_settled_is_asked_anew() -> None:
    one = missing()
    known = lived({}, outcome(one), {id_of(one): CONFIRMED})
    silent = replace(outcome(one, minutes=15), candidates=(), verdict=Verdict.PASSED)
    settled = lived(known, silent, {})
    assert suspects([outcome(one, minutes=30)], LIBRARY, settled)
    assert lived(settled, outcome(one, minutes=30), {})[id_of(one)].state is State.PENDING


def test_what_was_muted_is_asked_before_it_opens() -> None:
    one = missing()
    muted = lived({}, outcome(replace(one, inhibited_by="f9", parent_id="f9")), {})
    assert muted[id_of(one)].state is State.INHIBITED
    assert lived(muted, outcome(one, minutes=15), {})[id_of(one)].state is State.INHIBITED
    free = lived(muted, outcome(one, minutes=15), {id_of(one): CONFIRMED})
    assert free[id_of(one)].state is State.OPEN


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("canonical.b1_orders by order_ref", "does not"),
        ("canonical.b1_order by number", "no key of findings"),
        ("canonical.b1_order by batch", "does not give"),
        ("b1_order by order_ref", "confirm"),
    ],
)
def test_a_place_that_nobody_can_look_at_is_refused(tmp_path: Path, place: str, told: str) -> None:
    text = (SHIPPED / "orders" / f"{CHECK}.sql").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("confirm")]
    lines.insert(1, f'confirm = ["{place}"]')
    (tmp_path / f"{CHECK}.sql").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        library.load_file(tmp_path / f"{CHECK}.sql", area="orders")
