"""One cause instead of its hundred symptoms: what stands open, grouped under what it comes from.

Two kinds of causes:

finding  a finding that others name as their parent: a common cause (`explains` in its check's header: a warehouse left
         out, an unmapped carrier, a stopped feed), or the heaviest of several on the same document. Its symptoms hang
         below it, however many steps deep, muted ones included.
shared   at least three findings of one check on one channel with the same cause and the same distinguishing key: one
         rounding setting, one tax code, one carrier. Where no key sets them apart, the cause alone is what they share.

A finding belongs to one cause at most, so that the sums of the causes and of what stands alone are the sum of all.
Amounts are exact, and of each currency apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import orjson

from auditor.checking.explain import CAUSES
from auditor.checking.library import Library
from auditor.checking.places import LOCATION_NAME
from auditor.clock import iso
from auditor.model import Severity
from auditor.money import ZERO, plain
from auditor.store.connection import Connection, selected

AT_LEAST = 3
"""Findings that make a shared cause."""
LIVE = ("open", "acknowledged", "in_action", "awaiting_verification")
DISTINGUISHING = (
    "mapping", "tax_code", "carrier", "warehouse", "location", "fee_type", "source_type", "country", "flow", "account",
    "bundle_sku", "item_code", "sku",
)  # fmt: skip
"""Keys by which findings with the same cause may still be of different ones; the first that a finding has counts."""
_SHOWN = 20

_STANDING = f"""
SELECT finding_id, check_id, channel, subject_id, keys, state, severity, owner, currency, money_at_risk, parent_id,
       cause, explanation, first_seen_at, {LOCATION_NAME}
FROM audit.finding WHERE state IN {(*LIVE, "inhibited")} ORDER BY finding_id
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding that stands, as far as grouping needs it."""

    finding_id: str
    check_id: str
    channel: str
    subject_id: str
    keys: Mapping[str, str]
    state: str
    severity: str
    owner: str
    currency: str | None
    money_at_risk: Decimal
    parent_id: str | None
    cause: str | None
    explanation: str
    first_seen_at: datetime
    location_name: str | None = None
    """What people call the location among its keys."""

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def as_json(self) -> dict[str, Any]:
        return {
            "finding_id": self.finding_id,
            "check_id": self.check_id,
            "subject_id": self.subject_id,
            "keys": dict(self.keys),
            "location_name": self.location_name,
            "state": self.state,
            "severity": self.severity,
            "owner": self.owner,
            "currency": self.currency,
            "money_at_risk": plain(self.money_at_risk),
            "first_seen_at": iso(self.first_seen_at),
        }


@dataclass(frozen=True, slots=True)
class Cause:
    """What several findings come from.

    root:    the finding that is the cause; None when it is shared
    members: the findings below it (of a shared cause: those that share it and what hangs below them), the dearest first
    key:     what sets a shared cause apart from others of its name
    """

    kind: Literal["finding", "shared"]
    check_id: str
    channel: str
    members: Sequence[Standing]
    root: Standing | None = None
    name: str | None = None
    key: Mapping[str, str] = field(default_factory=dict)

    @property
    def cause_id(self) -> str:
        """The same cause has the same id in every run."""
        if self.root is not None:
            return self.root.finding_id
        parts = [self.check_id, self.channel, self.name or "", *(f"{name}={text}" for name, text in self.key.items())]
        return "~".join(parts)

    @property
    def all(self) -> Sequence[Standing]:
        """The root and what hangs below it."""
        return [*([] if self.root is None else [self.root]), *self.members]


@dataclass(frozen=True, slots=True)
class Causes:
    """Everything that stands: causes, those of many findings first, and findings that stand alone."""

    causes: Sequence[Cause]
    alone: Sequence[Standing]

    def of(self, finding_id: str) -> Cause | None:
        """The cause to which a finding belongs."""
        return next((one for one in self.causes if any(each.finding_id == finding_id for each in one.all)), None)


def load(con: Connection) -> list[Standing]:
    """What stands now. `con` as `store.read` gives it."""
    names, found = selected(con, _STANDING)
    rows = (dict(zip(names, values, strict=True)) for values in found)
    return [Standing(**row | {"keys": orjson.loads(row["keys"])}) for row in rows]


def group(standing: Iterable[Standing]) -> Causes:
    """The causes of all that stand, each finding in one of them or alone."""
    everybody = {one.finding_id: one for one in standing}
    below: dict[str, list[Standing]] = {}
    tops: list[Standing] = []
    for one in everybody.values():
        top = _top(one, everybody)
        if top is one:
            tops.append(one)
        else:
            below.setdefault(top.finding_id, []).append(one)
    # What is muted without the finding that mutes it standing any more is nobody's business until it is judged again.
    tops = [one for one in tops if one.is_live or one.finding_id in below]
    shared, rest = _shared(tops)
    causes: list[Cause] = []
    for (check_id, channel, name, key), members in shared:
        everyone = [each for member in members for each in (member, *below.get(member.finding_id, ()))]
        causes.append(Cause("shared", check_id, channel, _dearest_first(everyone), name=name, key=dict(key)))
    alone: list[Standing] = []
    for one in rest:
        symptoms = below.get(one.finding_id)
        if symptoms:
            dear = _dearest_first(symptoms)
            causes.append(Cause("finding", one.check_id, one.channel, dear, root=one, name=one.cause))
        else:
            alone.append(one)
    return Causes(sorted(causes, key=_rank), _dearest_first(alone))


def as_json(causes: Causes, library: Library) -> dict[str, Any]:
    """What the API shows: the causes, and what they and the findings that stand alone add up to."""
    live = [each for one in causes.causes for each in one.all if each.is_live]
    return {
        "causes": [entry(one, library) for one in causes.causes],
        "covered": {"count": len(live), "money": _money(live)},
        "alone": {"count": len(causes.alone), "money": _money(causes.alone)},
        "total": {"count": len(live) + len(causes.alone), "money": _money([*live, *causes.alone])},
    }


def entry(cause: Cause, library: Library, *, shown: int = _SHOWN) -> dict[str, Any]:
    """One cause with its sums and its dearest symptoms."""
    everyone = cause.all
    check = library.get(cause.check_id)
    by_check: dict[str, int] = {}
    for each in cause.members:
        by_check[each.check_id] = by_check.get(each.check_id, 0) + 1
    return {
        "cause_id": cause.cause_id,
        "kind": cause.kind,
        "finding_id": None if cause.root is None else cause.root.finding_id,
        "check_id": cause.check_id,
        "title": cause.check_id.replace("_", " ") if check is None else check.header.title,
        "explains": check is not None and check.header.explains,
        "cause": cause.name,
        "meaning": _meaning(cause, library),
        "explanation": None if cause.root is None else cause.root.explanation,
        "subject_id": None if cause.root is None else cause.root.subject_id,
        "keys": dict(cause.key) if cause.root is None else dict(cause.root.keys),
        # a shared cause has a location only where all have the same
        "location_name": (cause.root or cause.members[0]).location_name,
        "channel": cause.channel,
        "owner": _owner(cause),
        "severity": max((Severity(each.severity) for each in everyone), key=lambda level: level.rank).value,
        "symptoms": len(cause.members),
        "count": sum(each.is_live for each in everyone),
        "muted": sum(not each.is_live for each in everyone),
        "money": _money([each for each in everyone if each.is_live]),
        "first_seen_at": iso(min(each.first_seen_at for each in everyone)),
        "by_check": [
            {"check_id": name, "count": count} for name, count in sorted(by_check.items(), key=lambda one: -one[1])
        ],
        "members": [each.as_json() for each in cause.members[:shown]],
    }


def _top(one: Standing, everybody: Mapping[str, Standing]) -> Standing:
    """The finding at the upper end of the chain of parents that stand."""
    seen = {one.finding_id}
    while one.parent_id is not None and one.parent_id in everybody and one.parent_id not in seen:
        one = everybody[one.parent_id]
        seen.add(one.finding_id)
    return one


_Group = tuple[str, str, str, tuple[tuple[str, str], ...]]


def _shared(tops: Sequence[Standing]) -> tuple[list[tuple[_Group, list[Standing]]], list[Standing]]:
    """Groups of enough findings with the same cause, and the findings that are in none."""
    taken: set[str] = set()
    found: list[tuple[_Group, list[Standing]]] = []
    for is_finest in (True, False):
        groups: dict[_Group, list[Standing]] = {}
        for one in tops:
            if one.cause is not None and one.is_live and one.finding_id not in taken:
                key = _distinguishing(one) if is_finest else ()
                groups.setdefault((one.check_id, one.channel, one.cause, key), []).append(one)
        for group_key, members in groups.items():
            if len(members) >= AT_LEAST:
                found.append((group_key, members))
                taken.update(member.finding_id for member in members)
    return found, [one for one in tops if one.finding_id not in taken]


def _distinguishing(one: Standing) -> tuple[tuple[str, str], ...]:
    name = next((name for name in DISTINGUISHING if name in one.keys), None)
    if name is None:
        return ()
    if name == "mapping" and "value" in one.keys:
        return (("mapping", one.keys["mapping"]), ("value", one.keys["value"]))
    return ((name, one.keys[name]),)


def _dearest_first(findings: Iterable[Standing]) -> list[Standing]:
    return sorted(findings, key=lambda one: (-Severity(one.severity).rank, -one.money_at_risk, one.finding_id))


def _rank(cause: Cause) -> tuple[bool, int, Decimal, int, str]:
    """Causes of many findings before those of one and its shadows, the worst and dearest first."""
    is_small = sum(each.is_live for each in cause.all) < AT_LEAST
    worst = max(Severity(each.severity).rank for each in cause.all)
    # For the order only: amounts of different currencies are never added, the greatest of them speaks for all.
    dearest = max((Decimal(one["money_at_risk"]) for one in _money(cause.all)), default=ZERO)
    return is_small, -worst, -dearest, -len(cause.members), cause.cause_id


def _money(findings: Iterable[Standing]) -> list[dict[str, str]]:
    sums: dict[str, Decimal] = {}
    for one in findings:
        if one.currency is not None:
            sums[one.currency] = sums.get(one.currency, ZERO) + one.money_at_risk
    return [{"currency": currency, "money_at_risk": plain(amount)} for currency, amount in sorted(sums.items())]


def _owner(cause: Cause) -> str:
    """Who owns the cause; of a shared one, who owns most of its findings."""
    if cause.root is not None:
        return cause.root.owner
    owners = [each.owner for each in cause.members]
    return max(sorted(set(owners)), key=owners.count)


def _meaning(cause: Cause, library: Library) -> str | None:
    """The cause in plain words."""
    if cause.name is None:
        return None
    check = library.get(cause.check_id)
    named = None if check is None else check.header.causes.get(cause.name)
    return named or CAUSES.get(cause.name) or cause.name.replace("_", " ")
