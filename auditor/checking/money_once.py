"""Each pound is counted once: which finding carries the money, which one only points to it, and which one is muted.

Several checks may touch the same order, refund, payout or stock key. The heaviest of them (see `_WEIGHT`) keeps the
money; a lighter one becomes its child with nothing at risk, "in parent", provided that the parent's amount contains
the child's: money that is not in the parent stays where it is. Line and reference findings stand beside the order's
total, because their amounts are left out of it by definition.

A check may name the parent itself (parent_check, parent_subject_id); then the child's money goes to nothing as well,
except where the parent only explains a common cause (`explains` in its header) and leaves the money with its children.

An order that is missing in B1 mutes its delivery, tracking, refund and payout findings: they follow from it. Whatever
else a finding follows from, its check names in its header (`muted_by`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from auditor.checking.life_cycle import stays_resolved
from auditor.model import Candidate, CheckOutcome, Finding, State, identity_of
from auditor.money import ZERO

MISSING_ORDER = "order_missing_in_b1"
MUTED_AREAS = frozenset({"fulfilment", "refunds", "payouts"})
_AREA_WEIGHT = {"payouts": 0, "refunds": 1, "tax": 4, "fulfilment": 5, "stock": 6}
_CHECK_WEIGHT: dict[str, int] = {
    MISSING_ORDER: 2,
    "order_duplicate_in_b1": 2,
    "order_cancelled_still_open_b1": 2,
    "order_cancelled_after_dispatch": 2,
    "order_blocked_document": 2,
    "order_total_mismatch": 3,
    "order_edited_after_post": 3,
    "order_currency_mismatch": 3,
    "order_payment_unapplied": 4,
}

_TOUCHES = (
    "refund_id",
    "payout_id",
    "package_id",
    "order_id",
    "sku",
    "bundle_sku",
    "carrier",
    "dispute_id",
    "return_id",
)
"""Keys by which one finding can follow from another."""

Leg = tuple[str, str, str]
"""What a finding's money belongs to: (channel, kind, key)."""


@dataclass(frozen=True, slots=True)
class _Claim:
    """A finding that carries its money and may carry that of lighter ones."""

    finding_id: str
    weight: int
    currency: str | None
    money: Decimal


class _Books:
    """Who is there, who mutes, and who carries what; filled from the heaviest finding to the lightest."""

    def __init__(
        self, outcomes: Sequence[CheckOutcome], previous: Mapping[str, Finding], explainers: Collection[str]
    ) -> None:
        self.present: set[str] = set()
        self.explainers = explainers
        self.by_touch: dict[tuple[str, Leg], str] = {}
        self.by_leg: dict[Leg, list[_Claim]] = {}
        self._previous = previous
        for outcome in outcomes:
            for candidate in outcome.candidates:
                finding_id = _id_of(candidate)
                if not self.is_settled(candidate):
                    self._enter(finding_id, candidate.check_id, candidate.channel, candidate.keys)
        judged = {(outcome.check_id, outcome.channel) for outcome in outcomes if outcome.is_judged}
        for finding in previous.values():
            # A finding whose check said nothing this time stands as it stood.
            if finding.state in (State.RESOLVED, State.PENDING) or (finding.check_id, finding.channel) in judged:
                continue
            self._enter(finding.finding_id, finding.check_id, finding.channel, finding.keys)
            if finding.parent_id is None:
                self.claim(finding, finding.finding_id)

    def is_settled(self, candidate: Candidate) -> bool:
        """A person resolved it and nothing is newer, so it neither mutes nor carries."""
        return stays_resolved(self._previous.get(_id_of(candidate)), candidate)

    def claim(self, finding: Finding | Candidate, finding_id: str) -> None:
        """Let a finding carry money on the legs it touches."""
        weight = weight_of(finding.check_id, finding.area)
        if weight is None or finding.check_id in self.explainers:
            return
        claim = _Claim(finding_id, weight, finding.currency, finding.money_at_risk)
        for leg in legs_of(finding.channel, finding.keys):
            self.by_leg.setdefault(leg, []).append(claim)

    def _enter(self, finding_id: str, check_id: str, channel: str, keys: Mapping[str, str]) -> None:
        self.present.add(finding_id)
        # What is said of a SKU at one location says nothing of it elsewhere.
        is_local = "sku" in keys and "location" in keys
        for leg in touched(channel, keys):
            if not (is_local and leg[1] == "sku"):
                self.by_touch.setdefault((check_id, leg), finding_id)

    def muting(self, candidate: Candidate) -> str | None:
        """The finding that this candidate only follows from."""
        for check_id in candidate.muted_by:
            for leg in touched(candidate.channel, candidate.keys):
                if (check_id, leg) in self.by_touch:
                    return self.by_touch[check_id, leg]
        if candidate.area in MUTED_AREAS and "order_id" in candidate.keys:
            return self.by_touch.get((MISSING_ORDER, (candidate.channel, "order_id", candidate.keys["order_id"])))
        return None


def weigh(
    outcomes: Iterable[CheckOutcome], previous: Mapping[str, Finding], explainers: Collection[str] = ()
) -> list[CheckOutcome]:
    """The outcomes with parent, muting and money settled for every candidate.

    previous:   findings so far; those of checks that could not judge this time still carry and still mute.
    explainers: checks whose findings are common causes and leave the money with their children.
    """
    outcomes = list(outcomes)
    books = _Books(outcomes, previous, explainers)
    settled: dict[str, Candidate] = {}
    candidates = (candidate for outcome in outcomes for candidate in outcome.candidates)
    for candidate in sorted(candidates, key=lambda each: (_order(each), _id_of(each))):
        after = _settled(candidate, books)
        settled[_id_of(candidate)] = after
        if after.parent_id is None and not books.is_settled(candidate):
            books.claim(after, _id_of(candidate))
    return [
        replace(outcome, candidates=tuple(settled[_id_of(candidate)] for candidate in outcome.candidates))
        for outcome in outcomes
    ]


def weight_of(check_id: str, area: str) -> int | None:
    """The rank of a check's money, 0 the heaviest; None for checks whose money stands beside the others'."""
    return _CHECK_WEIGHT.get(check_id, _AREA_WEIGHT.get(area))


def touched(channel: str, keys: Mapping[str, str]) -> list[Leg]:
    """What a finding with these keys is about, as far as another finding may be about the same."""
    legs = [(channel, name, keys[name]) for name in _TOUCHES if name in keys]
    if "sku" in keys and "location" in keys:
        legs.append((channel, "stock", f"{keys['sku']}@{keys['location']}"))
    return legs


def legs_of(channel: str, keys: Mapping[str, str]) -> list[Leg]:
    """What the money of a finding with these keys belongs to."""
    legs: list[Leg] = []
    for kind, key in (("order", "order_id"), ("refund", "refund_id"), ("payout", "payout_id")):
        if key in keys:
            legs.append((channel, kind, keys[key]))
    if "sku" in keys and "location" in keys:
        legs.append((channel, "stock", f"{keys['sku']}@{keys['location']}"))
    return legs


def _id_of(candidate: Candidate) -> str:
    return identity_of(candidate.check_id, candidate.channel, candidate.subject_id)


def _order(candidate: Candidate) -> int:
    weight = weight_of(candidate.check_id, candidate.area)
    return -1 if weight is None else weight


def _settled(candidate: Candidate, books: _Books) -> Candidate:
    muting = books.muting(candidate)
    if muting is not None:
        return replace(candidate, inhibited_by=muting, parent_id=muting, money_at_risk=ZERO)
    if candidate.parent_check is not None and candidate.parent_subject_id is not None:
        parent = identity_of(candidate.parent_check, candidate.channel, candidate.parent_subject_id)
        # A parent that is not there, because its check could not judge, carries nothing.
        if parent in books.present:
            keeps = candidate.parent_check in books.explainers
            return replace(candidate, parent_id=parent, money_at_risk=candidate.money_at_risk if keeps else ZERO)
    heavier = _heaviest_above(candidate, books)
    if heavier is not None:
        return replace(candidate, parent_id=heavier.finding_id, money_at_risk=ZERO)
    return candidate


def _heaviest_above(candidate: Candidate, books: _Books) -> _Claim | None:
    weight = weight_of(candidate.check_id, candidate.area)
    if weight is None or candidate.money_at_risk == ZERO:
        return None
    found = [
        claim
        for leg in legs_of(candidate.channel, candidate.keys)
        for claim in books.by_leg.get(leg, ())
        if claim.weight < weight and claim.currency == candidate.currency and claim.money >= candidate.money_at_risk
    ]
    return min(found, key=lambda claim: (claim.weight, -claim.money, claim.finding_id), default=None)
