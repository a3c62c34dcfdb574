"""The life of a finding: what opens it, what closes it, what brings it back, and what touches nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checking import people
from auditor.checking.life_cycle import Change, advance
from auditor.model import CheckOutcome, Finding, Resolution, State, Verdict, identity_of
from tests.checking.builders import CHANNEL, HOUR, NOON, candidate, outcome

ID = identity_of("order_total_mismatch", CHANNEL, "1001")
MONDAY = NOON


class Life:
    """Findings through several runs, an hour apart; each run's data is as fresh as the run unless told otherwise."""

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        self.runs = 0

    @property
    def now(self) -> datetime:
        return MONDAY + self.runs * HOUR

    def run(self, *outcomes: CheckOutcome, keep_as_of: bool = False) -> list[str]:
        """Kinds of events of a run."""
        self.runs += 1
        fresh = [each if keep_as_of or not each.is_judged else replace(each, as_of=self.now) for each in outcomes]
        return self.take(advance(self.findings, fresh, self.now, self.runs))

    def take(self, changes: Iterable[Change]) -> list[str]:
        kinds = []
        for finding, event in changes:
            self.findings[finding.finding_id] = finding
            if event is not None:
                assert event.after == finding
                kinds.append(event.kind)
        return kinds

    @property
    def one(self) -> Finding:
        return self.findings[ID]


def opened(**fields: object) -> Life:
    life = Life()
    assert life.run(outcome(candidate(**fields))) == ["opened"]
    return life


def test_a_difference_opens_a_finding_with_all_that_is_known() -> None:
    found = opened().one
    assert (found.finding_id, found.state, found.seen_count) == (ID, State.OPEN, 1)
    assert (found.first_seen_at, found.last_seen_at, found.last_run_id) == (MONDAY + HOUR, MONDAY + HOUR, 1)
    assert (found.expected, found.actual, found.money_at_risk) == ("100.00", "95.00", Decimal("5.00"))


def test_the_same_difference_again_is_seen_again_without_an_event() -> None:
    life = opened()
    assert life.run(outcome(candidate())) == []
    assert (life.one.seen_count, life.one.last_seen_at, life.one.last_run_id) == (2, MONDAY + 2 * HOUR, 2)


def test_a_difference_that_is_gone_in_a_complete_run_is_resolved() -> None:
    life = opened()
    assert life.run(outcome()) == ["resolved"]
    assert (life.one.state, life.one.resolution, life.one.resolved_at) == (State.RESOLVED, Resolution.SILENT, life.now)


def test_a_run_that_could_not_judge_touches_nothing() -> None:
    life = opened()
    before = life.one
    assert life.run(outcome(verdict=Verdict.NOT_JUDGED), outcome(verdict=Verdict.BROKEN)) == []
    assert life.one == before


def test_another_check_or_channel_resolves_nothing() -> None:
    life = opened()
    assert life.run(outcome(channel="shopify-de"), outcome(check_id="stock_drift")) == []
    assert life.one.state is State.OPEN


def test_data_older_than_the_finding_says_nothing_about_it() -> None:
    life = opened()
    assert life.run(outcome(as_of=MONDAY), keep_as_of=True) == []
    assert life.one.state is State.OPEN


def test_a_check_that_wants_two_runs_opens_on_the_second_with_newer_data() -> None:
    life = Life()
    assert life.run(outcome(candidate(), consecutive=2)) == ["pending"]
    same_data = outcome(candidate(), consecutive=2, as_of=life.one.as_of)
    assert life.run(same_data, keep_as_of=True) == []
    assert life.one.state is State.PENDING
    assert life.run(outcome(candidate(), consecutive=2)) == ["opened"]


def test_what_goes_before_it_was_confirmed_is_withdrawn_and_starts_anew() -> None:
    life = Life()
    life.run(outcome(candidate(), consecutive=2))
    assert life.run(outcome(consecutive=2)) == ["withdrawn"]
    assert life.run(outcome(candidate(), consecutive=2)) == ["pending"]
    assert life.one.first_seen_at == life.now
    assert not life.one.is_regressed


def test_changed_figures_are_an_event() -> None:
    life = opened()
    assert life.run(outcome(candidate(actual="90.00", difference="-10.00", money_at_risk=Decimal(10)))) == ["changed"]
    assert life.one.money_at_risk == 10


def test_fresher_watermarks_alone_are_no_news() -> None:
    life = Life()
    life.run(outcome(candidate(evidence={"documents": [1], "watermarks": [1], "as_of": "a"})))
    assert life.run(outcome(candidate(evidence={"documents": [1], "watermarks": [2], "as_of": "b"}))) == []
    assert life.one.evidence["watermarks"] == [1]
    assert life.run(outcome(candidate(evidence={"documents": [2], "watermarks": [3], "as_of": "c"}))) == ["changed"]
    assert life.one.evidence["watermarks"] == [3]


def test_a_difference_that_comes_back_on_newer_evidence_is_regressed() -> None:
    life = opened()
    life.run(outcome())
    assert life.run(outcome(candidate(source_updated_at=life.now + timedelta(minutes=1)))) == ["regressed"]
    assert life.one.is_regressed
    assert life.one.first_seen_at == MONDAY + HOUR
    assert (life.one.resolved_at, life.one.resolution) == (None, None)


def test_a_difference_that_comes_back_with_other_figures_is_regressed() -> None:
    life = opened()
    life.run(outcome())
    assert life.run(outcome(candidate(actual="1.00"))) == ["regressed"]


def test_the_same_evidence_shown_again_is_back_but_not_regressed() -> None:
    life = opened()
    life.run(outcome())
    assert life.run(outcome(candidate())) == ["returned"]
    assert not life.one.is_regressed


def test_what_a_person_resolved_stays_resolved_until_there_is_newer_evidence() -> None:
    life = opened()
    life.take([people.resolve(life.one, actor="Ann", reason="Agreed with the customer.", at=life.now)])
    assert life.run(outcome(candidate())) == []
    assert life.one.state is State.RESOLVED
    assert life.run(outcome(candidate(source_updated_at=life.now))) == ["regressed"]


def test_an_acceptance_holds_while_the_difference_stays_the_same() -> None:
    life = opened()
    accept(life, up_to=Decimal(5))
    assert life.run(outcome(candidate())) == []
    assert life.one.state is State.ACCEPTED


def accept(life: Life, up_to: Decimal) -> None:
    until = MONDAY + 10 * HOUR
    life.take([people.accept(life.one, actor="Ann", reason="Known.", at=life.now, until=until, up_to=up_to)])


def test_an_acceptance_is_void_when_the_difference_changes() -> None:
    life = opened()
    accept(life, up_to=Decimal(50))
    assert life.run(outcome(candidate(actual="94.00"))) == ["acceptance_void"]
    assert (life.one.state, life.one.until_at, life.one.accepted_up_to) == (State.OPEN, None, None)


def test_an_acceptance_is_void_when_the_money_exceeds_its_limit_and_not_on_it() -> None:
    life = opened()
    accept(life, up_to=Decimal(6))
    assert life.run(outcome(candidate(money_at_risk=Decimal(6)))) == ["changed"]
    assert life.run(outcome(candidate(money_at_risk=Decimal("6.01")))) == ["acceptance_void"]


def test_an_acceptance_ends_with_its_time() -> None:
    life = opened()
    accept(life, up_to=Decimal(5))
    life.runs = 8
    assert life.run(outcome(candidate())) == []
    assert life.run(outcome(candidate())) == ["acceptance_void"]


def test_an_accepted_difference_that_is_gone_is_resolved() -> None:
    life = opened()
    accept(life, up_to=Decimal(5))
    assert life.run(outcome()) == ["resolved"]
    assert life.one.accepted_up_to is None


def test_a_snoozed_finding_wakes_when_its_time_is_over_or_when_it_changes() -> None:
    for until, change in ((MONDAY + 3 * HOUR, candidate()), (None, candidate(actual="94.00"))):
        life = opened()
        life.take([people.snooze(life.one, actor="Ann", reason="Later.", at=life.now, until=until)])
        assert life.run(outcome(candidate())) == []
        assert life.run(outcome(change)) == ["woken"]
        assert life.one.state is State.OPEN


def test_a_muted_finding_is_inhibited_and_opens_when_what_mutes_it_is_gone() -> None:
    life = Life()
    assert life.run(outcome(candidate(inhibited_by="missing order"))) == ["inhibited"]
    assert life.one.state is State.INHIBITED
    assert life.run(outcome(candidate())) == ["unmuted"]
    assert life.run(outcome(candidate(inhibited_by="missing order"))) == ["inhibited"]
    assert life.run(outcome()) == ["resolved"]


def test_muting_takes_nothing_from_somebody_who_works_on_it() -> None:
    life = opened()
    life.take([people.acknowledge(life.one, actor="Ann", reason="Mine.", at=life.now)])
    assert life.run(outcome(candidate(inhibited_by="missing order"))) == ["changed"]
    assert life.one.state is State.ACKNOWLEDGED


def sent() -> Life:
    """A finding whose correction was sent half an hour after its first run."""
    life = opened()
    life.take([people.begin_action(life.one, actor="Ann", reason="Approved.", at=life.now)])
    moment = life.now + HOUR / 2
    life.take([people.action_sent(life.one, actor="auditor", reason="Sent.", at=moment, sent_at=moment)])
    return life


def test_silence_on_data_newer_than_the_correction_proves_it() -> None:
    life = sent()
    assert life.run(outcome()) == ["verified"]
    assert life.one.resolution is Resolution.VERIFIED


def test_silence_on_data_as_old_as_the_correction_proves_nothing() -> None:
    life = sent()
    before = life.one
    for data in (outcome(as_of=before.action_sent_at), outcome(candidate(), as_of=before.action_sent_at)):
        assert life.run(data, keep_as_of=True) == []
        assert life.one == before


def test_a_difference_that_outlives_its_correction_failed_to_be_fixed() -> None:
    life = sent()
    assert life.run(outcome(candidate())) == ["failed_to_fix"]
    assert (life.one.state, life.one.action_sent_at) == (State.OPEN, None)


def test_a_person_may_reopen_what_was_resolved() -> None:
    life = opened()
    life.run(outcome())
    life.take([people.reopen(life.one, actor="Ann", reason="It is still there.", at=life.now)])
    assert life.run(outcome(candidate())) == []
    assert life.one.state is State.OPEN


CANDIDATES = st.builds(
    candidate,
    subject_id=st.sampled_from(["1", "2", "3"]),
    actual=st.sampled_from(["95.00", "90.00"]),
    money_at_risk=st.sampled_from([Decimal(5), Decimal(10)]),
    inhibited_by=st.sampled_from([None, "missing order"]),
    source_updated_at=st.sampled_from([None, MONDAY, MONDAY + 5 * HOUR]),
)
LISTS = st.lists(CANDIDATES, max_size=3, unique_by=lambda each: each.subject_id)
OUTCOMES = st.builds(
    lambda found, hours, twice: outcome(*found, as_of=MONDAY + hours * HOUR, consecutive=2 if twice else 1),
    LISTS,
    st.integers(0, 8),
    st.booleans(),
)
UNJUDGED = st.sampled_from([outcome(verdict=Verdict.NOT_JUDGED), outcome(verdict=Verdict.BROKEN)])


@st.composite
def decisions(draw: st.DrawFn) -> list[CheckOutcome | str]:
    """Runs and, between them, what people do."""
    step = OUTCOMES | st.sampled_from(["acknowledge", "accept", "snooze", "resolve", "reopen", "act", "send"])
    return draw(st.lists(step, max_size=8))


def lived(steps: Iterable[CheckOutcome | str]) -> Life:
    life = Life()
    for step in steps:
        if isinstance(step, str):
            for finding in list(life.findings.values()):
                life.take(decide(step, finding, life.now))
        else:
            life.run(step, keep_as_of=True)
    return life


def decide(step: str, finding: Finding, at: datetime) -> list[Change]:
    who = {"actor": "Ann", "reason": "Because.", "at": at}
    allowed = {
        "acknowledge": lambda: people.acknowledge(finding, **who),
        "accept": lambda: people.accept(finding, until=at + 2 * HOUR, **who),
        "snooze": lambda: people.snooze(finding, until=at + 2 * HOUR, **who),
        "resolve": lambda: people.resolve(finding, **who),
        "reopen": lambda: people.reopen(finding, **who),
        "act": lambda: people.begin_action(finding, **who),
        "send": lambda: people.action_sent(finding, sent_at=at, **who),
    }
    try:
        return [allowed[step]()]
    except people.UsageError:
        return []


@settings(max_examples=150, deadline=None)
@given(decisions(), OUTCOMES)
def test_the_same_outcomes_once_more_change_nothing(steps: list[CheckOutcome | str], last: CheckOutcome) -> None:
    life = lived(steps)
    life.run(last, keep_as_of=True)
    before = dict(life.findings)
    assert advance(before, [last], life.now, life.runs) == []
    later = advance(before, [last], life.now + timedelta(seconds=1), life.runs + 1)
    timed_out = {"acceptance_void", "woken"}
    assert all(event is None or event.kind in timed_out for _, event in later)


@settings(max_examples=100, deadline=None)
@given(decisions(), st.lists(UNJUDGED, max_size=4))
def test_no_run_that_could_not_judge_ever_changes_anything(
    steps: list[CheckOutcome | str], unjudged: list[CheckOutcome]
) -> None:
    life = lived(steps)
    before = dict(life.findings)
    for each in unjudged:
        assert life.run(each) == []
    assert life.findings == before


@settings(max_examples=100, deadline=None)
@given(decisions())
def test_a_finding_is_resolved_exactly_when_it_says_how_and_when(steps: list[CheckOutcome | str]) -> None:
    for finding in lived(steps).findings.values():
        assert (
            (finding.state is State.RESOLVED) == (finding.resolution is not None) == (finding.resolved_at is not None)
        )
        assert (finding.state is State.AWAITING_VERIFICATION) == (finding.action_sent_at is not None)
        assert finding.state in (State.ACCEPTED, State.SNOOZED) or finding.until_at is None
