"""`auditor prove`: every check must report the faults that are planted into a copy of what is known now.

One workspace shows what is there, and gives the victims: orders, refunds, payouts and items about which no check says
anything. Another one of the same moment has the faults made in it, all at once because no two share a victim, and is
judged as an audit judges. Nothing but the outcome is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from auditor.checking.feeds import Feeds, NotJudged
from auditor.checking.library import Check, shipped_folder
from auditor.checking.policy import Policy
from auditor.model import B1, Candidate, CheckOutcome
from auditor.proving import planting, plants
from auditor.proving.planting import Planted, Taken
from auditor.proving.plants import Plant
from auditor.service.workbench import Workbench
from auditor.store.connection import Connection


class Proved(StrEnum):
    PROVED = "proved"
    MISSED = "missed"
    WRONG = "wrong"
    NO_VICTIM = "no_victim"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Proof:
    """What one plant on one channel showed. `reason` is one sentence; None when it was proved."""

    check_id: str
    channel: str
    plant: str
    outcome: Proved
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """All proofs of one moment. `without`: checks for which no plant exists."""

    known_at: datetime
    proofs: Sequence[Proof]
    without: Sequence[str]

    @property
    def proved_checks(self) -> set[str]:
        """Checks that reported a planted fault somewhere and missed or mistold none."""
        failed = {proof.check_id for proof in self.failed}
        return {proof.check_id for proof in self.proofs if proof.outcome is Proved.PROVED} - failed

    @property
    def failed(self) -> list[Proof]:
        return [proof for proof in self.proofs if proof.outcome in (Proved.MISSED, Proved.WRONG)]

    def count(self) -> Counter[Proved]:
        return Counter(proof.outcome for proof in self.proofs)


def prove(bench: Workbench, policy: Policy) -> Proofs:
    """Plant, judge, compare; keeps the outcome in the store."""
    known_at = bench.store.known_now()
    every = [plant for plant in plants.load(shipped_folder()) if plant.check_id in bench.library]
    with bench.store.workspace(known_at) as con:
        feeds = bench.prepare(con, known_at)
        taken = Taken(_candidates(bench.run(con, bench.library, feeds, policy, known_at)))
        planted, unplanted = _choose(bench, con, every, feeds, known_at, taken)
    proofs = [*unplanted, *_judged(bench, planted, policy, known_at)]
    proofs.sort(key=lambda proof: (proof.check_id, proof.channel, proof.plant))
    owned = {plant.check_id for plant in every}
    result = Proofs(known_at, proofs, [check.check_id for check in bench.library if check.check_id not in owned])
    bench.store.write(lambda con: _keep(con, result, bench.clock.now()))
    return result


def _choose(
    bench: Workbench, con: Connection, every: Iterable[Plant], feeds: Feeds, known_at: datetime, taken: Taken
) -> tuple[list[Planted], list[Proof]]:
    planted: list[Planted] = []
    unplanted: list[Proof] = []
    for plant in every:
        check = bench.library[plant.check_id]
        channels = bench.channels if check.header.judges == "channel" else [B1, *bench.channels]
        for channel in channels:
            standing = feeds.judge(check, channel, known_at)
            if isinstance(standing, NotJudged):
                unplanted.append(_proof(plant, channel, Proved.NOT_JUDGED, standing.reason))
                continue
            victim = planting.choose(con, plant, channel, standing, known_at, taken)
            if victim is None:
                reason = f"{channel} holds nothing that this could happen to and that nothing is said of already."
                unplanted.append(_proof(plant, channel, Proved.NO_VICTIM, reason))
            else:
                planted.append(victim)
    return planted, unplanted


def _judged(bench: Workbench, planted: Sequence[Planted], policy: Policy, known_at: datetime) -> list[Proof]:
    owning = bench.library.only(sorted({one.plant.check_id for one in planted}))
    # What findings explain is only known where all of them can be found.
    judging = bench.library if any(check.header.after_findings for check in owning) else owning
    with bench.store.workspace(known_at) as con:
        planting.copy_tables(con, [one.plant for one in planted])
        planting.change(con, planted, "canonical")
        feeds = bench.prepare(con, known_at)
        planting.change(con, planted, "fact")
        outcomes = {(one.check_id, one.channel): one for one in bench.run(con, judging, feeds, policy, known_at)}
    return [_compared(one, outcomes[one.plant.check_id, one.channel], owning[one.plant.check_id]) for one in planted]


def _compared(planted: Planted, outcome: CheckOutcome, check: Check) -> Proof:
    plant, channel = planted.plant, planted.channel
    if not outcome.is_judged:
        return _proof(plant, channel, Proved.MISSED, outcome.reason)
    found = next((one for one in outcome.candidates if one.subject_id == planted.subject_id), None)
    if found is None:
        reason = f"{plant.check_id} on {channel} says nothing of {planted.subject_id}, although {plant.note}."
        return _proof(plant, channel, Proved.MISSED, reason)
    told = [
        f"{what} {said}, not {expected}"
        for what, said, expected in (
            ("owner", found.owner.value, planted.owner or check.header.owner.value),
            ("money at risk", found.money_at_risk, planted.money_at_risk),
            ("cause", found.cause, planted.cause or found.cause),
        )
        if said != expected
    ]
    if told:
        reason = f"{plant.check_id} on {channel} tells of {planted.subject_id}: {' and '.join(told)}."
        return _proof(plant, channel, Proved.WRONG, reason)
    return _proof(plant, channel, Proved.PROVED)


def _proof(plant: Plant, channel: str, outcome: Proved, reason: str | None = None) -> Proof:
    return Proof(plant.check_id, channel, plant.note, outcome, reason)


def _candidates(outcomes: Iterable[CheckOutcome]) -> Iterable[Candidate]:
    return (candidate for outcome in outcomes for candidate in outcome.candidates)


def _keep(con: Connection, result: Proofs, at: datetime) -> None:
    for proof in result.proofs:
        con.execute(
            "INSERT INTO audit.proof VALUES (?, ?, ?, ?, ?, ?, ?)",
            [at, result.known_at, proof.check_id, proof.channel, proof.plant, proof.outcome.value, proof.reason],
        )
