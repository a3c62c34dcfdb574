"""A decision needs a person, a reason and a state that allows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from auditor.checking import people
from auditor.checking.life_cycle import advance
from auditor.errors import UsageError
from auditor.model import Finding, Resolution, State
from tests.checking.builders import HOUR, NOON, candidate, outcome

OPEN = advance({}, [outcome(candidate())], NOON, 1)[0][0]
WHO: dict[str, Any] = {"actor": "Ann", "reason": "Because.", "at": NOON}


def in_state(state: State) -> Finding:
    return replace(OPEN, state=state)


def test_every_decision_is_an_event_with_who_when_why_and_what_came_of_it() -> None:
    after, event = people.acknowledge(OPEN, actor=" Ann ", reason=" Mine. ", at=NOON)
    assert after.state is State.ACKNOWLEDGED
    assert (event.kind, event.actor, event.reason, event.happened_at) == ("acknowledged", "Ann", "Mine.", NOON)
    assert event.run_id is None
    assert event.after == after


@pytest.mark.parametrize("missing", [{"actor": " "}, {"reason": ""}])
def test_nobody_decides_without_a_name_and_a_reason(missing: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="A decision needs"):
        people.note(OPEN, **(WHO | missing))


@pytest.mark.parametrize(
    ("decide", "states"),
    [
        (people.acknowledge, {State.OPEN}),
        (people.resolve, {State.OPEN, State.ACKNOWLEDGED, State.ACCEPTED, State.SNOOZED, State.INHIBITED}),
        (people.reopen, {State.ACKNOWLEDGED, State.ACCEPTED, State.SNOOZED, State.RESOLVED}),
        (people.begin_action, {State.OPEN, State.ACKNOWLEDGED}),
        (people.action_ended, {State.IN_ACTION, State.AWAITING_VERIFICATION}),
        (people.note, set(State)),
    ],
)
def test_a_decision_is_possible_in_its_states_and_refused_with_a_sentence_in_all_others(
    decide: Callable[..., Any], states: set[State]
) -> None:
    for state in State:
        if state in states:
            decide(in_state(state), **WHO)
        else:
            with pytest.raises(UsageError, match=f"is {state} and cannot be .*; it would have to be: "):
                decide(in_state(state), **WHO)


def test_an_acceptance_needs_an_end_in_the_future() -> None:
    with pytest.raises(UsageError, match="An acceptance needs an end"):
        people.accept(OPEN, until=None, **WHO)
    with pytest.raises(UsageError, match="has passed already"):
        people.accept(OPEN, until=NOON, **WHO)


def test_an_acceptance_covers_at_least_what_is_at_risk_and_by_default_just_that() -> None:
    after, _ = people.accept(OPEN, until=NOON + HOUR, **WHO)
    assert (after.state, after.accepted_up_to, after.until_at) == (State.ACCEPTED, Decimal("5.00"), NOON + HOUR)
    with pytest.raises(UsageError, match="below the money at risk"):
        people.accept(OPEN, until=NOON + HOUR, up_to=Decimal("4.99"), **WHO)


def test_a_snooze_may_last_until_the_difference_changes() -> None:
    assert people.snooze(OPEN, until=None, **WHO)[0].until_at is None
    with pytest.raises(UsageError, match="has passed already"):
        people.snooze(OPEN, until=datetime(2020, 1, 1), **WHO)


def test_a_note_changes_nothing() -> None:
    after, event = people.note(OPEN, **WHO)
    assert after == OPEN
    assert event.kind == "note"


def test_what_was_never_confirmed_cannot_be_reopened() -> None:
    withdrawn = replace(OPEN, state=State.RESOLVED, resolution=Resolution.WITHDRAWN)
    with pytest.raises(UsageError, match="was never confirmed"):
        people.reopen(withdrawn, **WHO)


def test_a_correction_leads_from_open_to_waiting_for_its_proof() -> None:
    begun, _ = people.begin_action(OPEN, **WHO)
    waiting, _ = people.action_sent(begun, sent_at=NOON + HOUR, **WHO)
    assert (waiting.state, waiting.action_sent_at) == (State.AWAITING_VERIFICATION, NOON + HOUR)
    back, _ = people.action_ended(waiting, **WHO)
    assert (back.state, back.action_sent_at) == (State.OPEN, None)
