"""The bridge from channel net sales to B1 revenue to payouts, with the findings that explain each of its steps.

`fact.bridge_item` says what differs and by how much; findings say why. `build` puts the two together: each finding's
contribution to its step, what findings leave of a difference (the unexplained remainder), and the money of findings
that are no step at all (`beside`). What always holds, per channel, month and currency:

* level + its steps = the next level, to the penny; where it would not, the gap itself is a step that says so;
* every finding that stands open has its money at risk in exactly one row, so the rows add up to all money at risk;
* currencies are never added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl

from auditor.checking.bridge_steps import (
    ABOUT_AMOUNTS,
    BESIDE,
    BESIDE_WORDS,
    LENIENT,
    LEVELS,
    STEPS,
    TAKES_THE_REST,
)
from auditor.clock import local_day
from auditor.model import Finding, State
from auditor.money import ZERO, plain
from auditor.store.connection import Connection, shown

LIVE = frozenset({State.OPEN, State.ACKNOWLEDGED, State.IN_ACTION, State.AWAITING_VERIFICATION})
_EXPLAINS = LIVE | {State.ACCEPTED, State.SNOOZED, State.INHIBITED}
TOLERANCE = Decimal("0.10")
"""The most that a document may differ unexplained: a penny for each of ten lines or more (tol_doc)."""
_EXACT_STEPS = frozenset({"payout_adds_up_wrong", "not_in_books"})
PAYOUT_BREAKS = "payout_identity_break"
_OUTSIDE = frozenset({"stock", "fulfilment", "health", "master_data"})
_GAP = "does_not_add_up"
_COLUMNS: dict[str, pl.DataType] = {
    **dict.fromkeys(("channel", "period", "currency"), pl.String()),
    "position": pl.Int64(),
    **dict.fromkeys(("step", "kind", "check_id"), pl.String()),
    "amount": pl.Decimal(19, 6),
    "findings": pl.Int64(),
    "money_at_risk": pl.Decimal(19, 6),
}
WORDS: Mapping[str, str] = {
    **{step.name: step.words for step in STEPS.values()},
    **{level.name: level.words for level in LEVELS},
    BESIDE: BESIDE_WORDS,
    _GAP: "The steps do not add up",
}

RowKind = Literal["level", "known", "timing", "finding", "tolerated", "unexplained", "beside"]
LineKey = tuple[RowKind, str | None]
Place = tuple[str, str, str]
"""Channel, month and currency."""


@dataclass(frozen=True, slots=True)
class Item:
    """One movement that one side has and the other has not."""

    channel: str
    period: str
    currency: str
    step: str
    order_id: str | None
    refund_id: str | None
    payout_id: str | None
    b1_object: str | None
    doc_entry: int | None
    amount: Decimal

    @property
    def place(self) -> Place:
        return self.channel, self.period, self.currency


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run's workspace says: heights of levels, sums of steps that explain themselves, single open items."""

    heights: Mapping[tuple[Place, str], Decimal]
    sums: Mapping[tuple[Place, str], Decimal]
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the bridge. amount: signed; of a level the height. findings: how many (unexplained: how many items)."""

    channel: str
    period: str
    currency: str
    position: int
    step: str
    kind: RowKind
    check_id: str | None
    amount: Decimal
    findings: int = 0
    money_at_risk: Decimal = ZERO


def read(con: Connection, steps: Collection[str] = ()) -> Facts:
    """The facts of a workspace. steps: only the items of these, when not all of them are needed; no item explains
    another."""
    heights: dict[tuple[Place, str], Decimal] = {}
    sums: dict[tuple[Place, str], Decimal] = {}
    for channel, period, currency, step, is_level, amount in con.sql(
        "SELECT channel, period, currency, step, is_level, amount FROM fact.bridge ORDER BY ALL"
    ).fetchall():
        (heights if is_level else sums)[(channel, _written(period), currency), step] = amount
    open_steps = tuple(step.name for step in STEPS.values() if step.kind == "open" and step.name in (steps or STEPS))
    items = con.sql(
        "SELECT channel, period, currency, step, order_id, refund_id, payout_id, b1_object, doc_entry, amount "
        f"FROM fact.bridge_item WHERE step IN {open_steps} ORDER BY ALL"
    ).fetchall()
    return Facts(heights, sums, [Item(channel, _written(period), *rest) for channel, period, *rest in items])


def _written(period: int) -> str:
    """`2026-03` of 202603."""
    return f"{period // 100:04}-{period % 100:02}"


def build(facts: Facts, findings: Iterable[Finding], zone: ZoneInfo) -> list[Row]:
    """All lines of the bridge. findings: all that are not resolved; zone: the company's."""
    return _Builder(facts, findings, zone).rows()


def unexplained(facts: Facts, findings: Iterable[Finding], zone: ZoneInfo) -> list[tuple[Item, Decimal]]:
    """The items of which findings leave something, each with what they leave. findings, zone: as for `build`."""
    return _Builder(facts, findings, zone).left()


class _Lines:
    """Amounts, findings and money of the lines of one place and step, by kind and check."""

    def __init__(self) -> None:
        self.amount: dict[LineKey, Decimal] = defaultdict(lambda: ZERO)
        self.findings: dict[LineKey, set[str]] = defaultdict(set)
        self.money: dict[LineKey, Decimal] = defaultdict(lambda: ZERO)


class _Builder:
    def __init__(self, facts: Facts, findings: Iterable[Finding], zone: ZoneInfo) -> None:
        self._facts = facts
        self._zone = zone
        self._findings = sorted(
            (one for one in findings if one.state in _EXPLAINS), key=lambda one: (-one.money_at_risk, one.finding_id)
        )
        self._by_key: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
        for finding in self._findings:
            if finding.area not in _OUTSIDE or finding.check_id in ABOUT_AMOUNTS:
                for key in _keys(finding):
                    self._by_key[(finding.channel, *key)].append(finding)
        self._lines: dict[tuple[Place, str], _Lines] = defaultdict(_Lines)
        self._told: set[str] = set()
        """Findings whose money stands in a line."""
        self._left: list[tuple[Item, Decimal]] = []

    def left(self) -> list[tuple[Item, Decimal]]:
        self._explain_items()
        return self._left

    def rows(self) -> list[Row]:
        self._explain_items()
        for finding in self._findings:
            if finding.state in LIVE and finding.currency is not None and finding.money_at_risk > ZERO:
                self._beside(finding)
        places = {place for place, _ in self._facts.heights} | {place for place, _ in self._lines}
        return [row for place in sorted(places) for row in self._of(place)]

    def _explain_items(self) -> None:
        order = {name: place for place, name in enumerate(STEPS)}
        for item in sorted(self._facts.items, key=lambda one: (order[one.step], one.period, one.channel)):
            self._explain(item)

    def _explain(self, item: Item) -> None:
        """Shares an item among the findings about it."""
        step = STEPS[item.step]
        about = [
            one
            for name, value in _item_keys(item)
            for one in self._by_key.get((item.channel, name, value), ())
            # Of an order's money in a payout, only a payout that does not add up says anything.
            if name != "payout_id" or item.order_id is None or one.check_id == PAYOUT_BREAKS
        ]
        about = list({one.finding_id: one for one in about}.values())
        exact = [one for one in about if one.check_id in step.checks]
        rest = item.amount
        for finding in exact:
            if finding.check_id in TAKES_THE_REST or finding.money_at_risk == ZERO or finding.currency != item.currency:
                continue
            share = finding.money_at_risk * _sign(finding, item, len(exact))
            self._add(item, finding, share)
            rest -= share
        if rest == ZERO:
            return
        takers = [one for one in exact if one.money_at_risk == ZERO or one.check_id in TAKES_THE_REST]
        if not exact:
            takers = about
        if takers:
            self._add(item, takers[0], rest)
        elif item.step in LENIENT or (abs(rest) <= TOLERANCE and item.step not in _EXACT_STEPS):
            self._lines[item.place, item.step].amount["tolerated", None] += rest
        else:
            lines = self._lines[item.place, item.step]
            lines.amount["unexplained", None] += rest
            self._left.append((item, rest))
            # Of what nothing explains the items are counted, each by its place.
            lines.findings["unexplained", None].add(str(len(self._left)))

    def _add(self, item: Item, finding: Finding, amount: Decimal) -> None:
        """A finding's contribution to a step; its money stands where it contributes first."""
        lines = self._lines[item.place, item.step]
        key: LineKey = ("finding", finding.check_id)
        lines.amount[key] += amount
        lines.findings[key].add(finding.finding_id)
        is_live = finding.state in LIVE and finding.currency == item.currency
        if is_live and finding.finding_id not in self._told:
            lines.money[key] += finding.money_at_risk
            self._told.add(finding.finding_id)

    def _beside(self, finding: Finding) -> None:
        if finding.finding_id in self._told or finding.currency is None:
            return
        moment: datetime = finding.occurred_at or finding.first_seen_at
        place = finding.channel, f"{local_day(moment, self._zone):%Y-%m}", finding.currency
        lines = self._lines[place, BESIDE]
        key: LineKey = ("beside", finding.check_id)
        lines.amount[key] += ZERO
        lines.findings[key].add(finding.finding_id)
        lines.money[key] += finding.money_at_risk
        self._told.add(finding.finding_id)

    def _of(self, place: Place) -> list[Row]:
        """The lines of one place in their order, each level checked against what it is made of."""
        rows: list[Row] = []
        reached = ZERO
        for level in LEVELS:
            height = sum(
                (sign * self._facts.heights.get((place, name), ZERO) for name, sign in level.heights.items()), ZERO
            )
            for step in level.steps:
                found = self._step(place, step.name, len(rows))
                rows += found
                reached += sum((row.amount for row in found), ZERO)
            if reached != height:
                rows.append(Row(*place, len(rows), _GAP, "unexplained", None, height - reached, 1))
                reached = height
            rows.append(Row(*place, len(rows), level.name, "level", None, height))
        return rows + self._step(place, BESIDE, len(rows))

    def _step(self, place: Place, name: str, position: int) -> list[Row]:
        step = STEPS.get(name)
        if step is not None and step.kind != "open":
            amount = self._plain(place, name)
            return [Row(*place, position, name, step.kind, None, amount)] if amount else []
        lines = self._lines.get((place, name))
        if lines is None:
            return []
        order = ("finding", "beside", "tolerated", "unexplained")
        keys = sorted(lines.amount, key=lambda key: (order.index(key[0]), -lines.money[key], key[1] or ""))
        return [
            Row(
                *place, position + number, name, kind, check_id, lines.amount[kind, check_id],
                len(lines.findings[kind, check_id]), lines.money[kind, check_id],
            )
            for number, (kind, check_id) in enumerate(keys)
        ]  # fmt: skip

    def _plain(self, place: Place, name: str) -> Decimal:
        """The amount of a step that explains itself."""
        heights, sums = self._facts.heights, self._facts.sums
        if name in ("sold", "refunded"):
            return heights.get((place, name), ZERO)
        if name == "tax":
            return -heights.get((place, "tax"), ZERO) - sums.get((place, "tax_differs"), ZERO)
        if name == "tax_back":
            return heights.get((place, "tax"), ZERO)
        return sums.get((place, name), ZERO)


def _keys(finding: Finding) -> list[tuple[str, str]]:
    """What a finding is about, as items name it."""
    keys = [(name, finding.keys[name]) for name in ("order_id", "refund_id", "payout_id") if name in finding.keys]
    if "b1_object" in finding.keys and "doc_entry" in finding.keys:
        keys.append(("document", f"{finding.keys['b1_object']}:{finding.keys['doc_entry']}"))
    return keys


def _item_keys(item: Item) -> list[tuple[str, str]]:
    """What an item is about, the closest first."""
    document = None if item.doc_entry is None else f"{item.b1_object}:{item.doc_entry}"
    found = (
        ("refund_id", item.refund_id), ("document", document), ("order_id", item.order_id),
        ("payout_id", item.payout_id),
    )  # fmt: skip
    return [(name, value) for name, value in found if value is not None]


def _sign(finding: Finding, item: Item, several: int) -> int:
    """The direction of a finding's share: that of the item, unless several findings may point in different ones."""
    if several > 1 and finding.difference is not None:
        try:
            difference = Decimal(finding.difference)
        except ArithmeticError:
            difference = ZERO
        if difference:
            return 1 if difference > 0 else -1
    return 1 if item.amount > 0 else -1


def save(con: Connection, rows: Sequence[Row], run_id: int) -> None:
    """Keep the bridge as this run saw it, instead of the one before."""
    con.execute("DELETE FROM audit.bridge")
    if not rows:
        return
    table = pl.DataFrame({name: [getattr(row, name) for row in rows] for name in _COLUMNS}, _COLUMNS)
    with shown(con, "bridge_rows", table):
        con.execute("INSERT INTO audit.bridge BY NAME SELECT $run_id AS run_id, * FROM bridge_rows", {"run_id": run_id})


def load(con: Connection, period: str | None = None, channel: str | None = None) -> dict[str, Any]:
    """The bridge as the last run saw it: of one month (the newest by default) and of one channel or all."""
    periods = [row[0] for row in con.sql("SELECT DISTINCT period FROM audit.bridge ORDER BY period DESC").fetchall()]
    wanted = period or (periods[0] if periods else None)
    rows = con.sql(
        "SELECT channel, currency, position, step, kind, check_id, amount, findings, money_at_risk FROM audit.bridge "
        "WHERE period = $period AND ($channel IS NULL OR channel = $channel) ORDER BY channel, currency, position",
        params={"period": wanted, "channel": channel},
    ).fetchall()
    bridges: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for channel_id, currency, _, step, kind, check_id, amount, findings, money in rows:
        bridges.setdefault((channel_id, currency), []).append(
            {
                "step": step,
                "words": WORDS.get(step, step),
                "kind": kind,
                "check_id": check_id,
                "amount": plain(amount),
                "findings": findings,
                "money_at_risk": plain(money),
            }
        )
    return {
        "period": wanted,
        "periods": periods,
        "bridges": [
            {"channel": channel_id, "currency": currency, "lines": lines, **_sums(lines)}
            for (channel_id, currency), lines in bridges.items()
        ],
    }


def _sums(lines: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    unexplained = sum((Decimal(line["amount"]) for line in lines if line["kind"] == "unexplained"), ZERO)
    money = sum((Decimal(line["money_at_risk"]) for line in lines), ZERO)
    return {"unexplained": plain(unexplained), "money_at_risk": plain(money)}
