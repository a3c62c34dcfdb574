"""A correction is a contract: approved by somebody else, sent once, probed when the answer is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from auditor.acting import ledger
from auditor.acting.action import Action, ActionState
from auditor.acting.execute import Executor, Limits
from auditor.clock import FixedClock
from auditor.errors import OutcomeUnknown, Rejected, UsageError
from auditor.store.owner import Store

NOW = datetime(2026, 3, 2, 12)


class FakeChannel:
    """A channel with one order: remembers what was written, can lose its answer or refuse."""

    kind = "push_tracking"

    def __init__(self) -> None:
        self.tracking: list[str] = []
        self.sent = 0
        self.fails_with: Exception | None = None
        self.happens_anyway = False

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        return {"tracking": list(self.tracking)}

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        self.sent += 1
        if self.fails_with is None or self.happens_anyway:
            self.tracking.append(payload["tracking_number"])
        if self.fails_with is not None:
            raise self.fails_with
        return {"tracking": list(self.tracking)}

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        return {"tracking": self.tracking} if payload["tracking_number"] in self.tracking else None


class House:
    """A store with one proposed correction, and the executor over a fake channel."""

    def __init__(self, folder: Path, *, send: bool = True, money: str = "40", daily_limit: int = 50) -> None:
        self.clock = FixedClock(NOW)
        self.store = Store.in_memory(self.clock)
        self.channel = FakeChannel()
        self.stop_file = folder / "STOP"
        limits = Limits(send, Decimal(500), Decimal(10_000), daily_limit, self.stop_file)
        self.executor = Executor(self.store, self.clock, limits, lambda _channel, _kind: self.channel, {})
        self.propose("a1", money)

    def propose(self, action_id: str, money: str = "40") -> None:
        action = Action(
            action_id=action_id, kind="push_tracking", finding_id="f1", channel="shop", state=ActionState.PROPOSED,
            idempotency_key="k" + action_id, payload={"tracking_number": "T-" + action_id},
            before={"channel": self.channel.current({})}, answer=None, money=Decimal(money), currency="GBP",
            proposed_by="auditor", proposed_at=NOW,
        )  # fmt: skip
        self.store.write(lambda con: ledger.insert(con, action, "tracking is missing"))

    def states(self, action_id: str = "a1") -> list[str]:
        return [event.state for event in self.store.read(lambda con: ledger.events(con, action_id))]


def test_an_approved_correction_is_sent_once_and_confirmed(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.executor.approve("a1", actor="olga")
    action = house.executor.run("a1", actor="olga")
    assert action.state is ActionState.CONFIRMED
    assert house.channel.tracking == ["T-a1"]
    assert house.states() == ["proposed", "approved", "intent", "sent", "confirmed"]
    with pytest.raises(UsageError, match="only an approved one"):
        house.executor.run("a1", actor="olga")
    assert house.channel.sent == 1


def test_nothing_is_sent_without_approval(tmp_path: Path) -> None:
    house = House(tmp_path)
    with pytest.raises(UsageError, match="only an approved one"):
        house.executor.run("a1", actor="olga")
    assert house.channel.sent == 0


def test_the_proposer_is_never_the_approver(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ask a colleague"):
        House(tmp_path).executor.approve("a1", actor="auditor")


def test_above_the_limit_two_different_people_must_approve(tmp_path: Path) -> None:
    house = House(tmp_path, money="500.01")
    assert house.executor.approve("a1", actor="olga").state is ActionState.PROPOSED
    with pytest.raises(UsageError, match="second person"):
        house.executor.approve("a1", actor="olga")
    assert house.executor.approve("a1", actor="finn").state is ActionState.APPROVED


def test_exactly_at_the_limit_one_person_is_enough(tmp_path: Path) -> None:
    assert House(tmp_path, money="500").executor.approve("a1", actor="olga").state is ActionState.APPROVED


def test_it_is_refused_when_what_it_rests_on_has_changed(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.executor.approve("a1", actor="olga")
    house.channel.tracking.append("somebody else's")
    assert house.executor.run("a1", actor="olga").state is ActionState.REFUSED
    assert house.channel.sent == 0


@pytest.mark.parametrize("happened", [True, False])
def test_a_lost_answer_is_probed_and_never_sent_again_by_itself(tmp_path: Path, happened: bool) -> None:
    house = House(tmp_path)
    house.executor.approve("a1", actor="olga")
    house.channel.fails_with, house.channel.happens_anyway = OutcomeUnknown("no answer came"), happened
    assert house.executor.run("a1", actor="olga").state is ActionState.UNKNOWN
    house.channel.fails_with = None
    probed = house.executor.run("a1", actor="olga")
    assert probed.state is (ActionState.CONFIRMED if happened else ActionState.APPROVED)
    assert house.channel.sent == 1


def test_a_refusal_by_the_channel_is_an_end(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.executor.approve("a1", actor="olga")
    house.channel.fails_with = Rejected("the order is on hold")
    assert house.executor.run("a1", actor="olga").state is ActionState.REJECTED
    assert house.store.read(lambda con: ledger.events(con, "a1"))[-1].reason == "the order is on hold"


def test_an_intent_left_by_a_dead_process_becomes_unknown_not_sent_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    action = house.executor.approve("a1", actor="olga")
    house.store.write(lambda con: ledger.move(con, action, ActionState.INTENT, actor="olga", at=NOW, reason=None))
    assert [one.state for one in house.executor.recover()] == [ActionState.UNKNOWN]
    assert house.executor.run("a1", actor="olga").state is ActionState.APPROVED
    assert house.channel.sent == 0


def test_dry_run_is_the_default_and_sends_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, send=False)
    house.executor.approve("a1", actor="olga")
    assert house.executor.simulate("a1")["still_holds"]
    with pytest.raises(UsageError, match="only simulated"):
        house.executor.run("a1", actor="olga")
    assert house.channel.sent == 0


def test_the_stop_switch_stops(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.executor.approve("a1", actor="olga")
    house.stop_file.touch()
    with pytest.raises(UsageError, match="stop switch"):
        house.executor.run("a1", actor="olga")
    assert house.channel.sent == 0


def test_the_daily_limit_counts_what_was_sent_within_a_day(tmp_path: Path) -> None:
    house = House(tmp_path, daily_limit=1)
    house.executor.approve("a1", actor="olga")
    house.executor.run("a1", actor="olga")
    house.propose("a2")
    house.executor.approve("a2", actor="olga")
    with pytest.raises(UsageError, match="daily_limit"):
        house.executor.run("a2", actor="olga")
    house.clock.advance(timedelta(days=1, seconds=1))
    assert house.executor.run("a2", actor="olga").state is ActionState.CONFIRMED


def test_five_failures_in_a_row_open_the_circuit_breaker(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.channel.fails_with = Rejected("no")
    for number in range(2, 7):
        house.propose(f"a{number}")
        house.executor.approve(f"a{number}", actor="olga")
        house.executor.run(f"a{number}", actor="olga")
    house.executor.approve("a1", actor="olga")
    with pytest.raises(UsageError, match="went wrong"):
        house.executor.run("a1", actor="olga")
    assert house.channel.sent == 5
