"""Which line of a bank statement a payout is: by its number, by its amount, or as one of several paid in together.

Pure: amounts and days in, pairs out. Rules, in order; a line and a payout are each used once:
reference  the line's text holds the payout's number and the amount is exact
amount     the amount is exact, a few working days apart, and as many lines as payouts have it
combined   two to ten payouts of one provider make up the line exactly, and no other choice of so few does
What is left is missing; a line that names a payout but bears another amount is told beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from auditor.clock import is_business_day
from auditor.money import ZERO

DAYS = 3
"""Working days between payout and bank within which the amount alone is believed."""
DAYS_BY_REFERENCE = 10
MOST_TOGETHER = 10
MOST_CANDIDATES = 30
"""Of more payouts that could be in one line, only those of the nearest days are tried."""
MOST_STEPS = 100_000
"""So many choices are tried for one line; then the search ends without a result."""
_SHORTEST_MARK = 4
_WORD = re.compile(r"[A-Z0-9_]+")

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Paid:
    """A payout. `marks`: in capitals, what the bank's text may hold; `payer`: who pays several in one transfer."""

    key: Key
    amount: Decimal
    currency: str
    day: date
    marks: tuple[str, ...]
    payer: str


@dataclass(frozen=True, slots=True)
class Credit:
    """A line of a statement; what went out is negative."""

    key: Key
    amount: Decimal
    currency: str
    day: date
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """The payouts that make up a line exactly."""

    credit: Credit
    payouts: tuple[Paid, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class Result:
    found: tuple[Found, ...]
    differing: dict[Key, Credit]
    """By payout: a line that names it and bears another amount."""
    several: frozenset[Key]
    """Payouts whose amount more or fewer lines bear than there are such payouts."""


def match(paid: Iterable[Paid], credits: Iterable[Credit], holidays: Collection[date] = ()) -> Result:
    """All rules in order; the same result whatever the order of what is passed in."""
    open_paid = {one.key: one for one in sorted(paid, key=lambda one: (one.day, one.key))}
    open_credits = {one.key: one for one in sorted(credits, key=lambda one: (one.day, one.key)) if one.amount}
    found: list[Found] = []

    def take(credit: Credit, payouts: Sequence[Paid], rule: str) -> None:
        found.append(Found(credit, tuple(payouts), rule))
        del open_credits[credit.key]
        for one in payouts:
            del open_paid[one.key]

    named = _by_mark(open_paid.values(), open_credits.values())
    for key, lines in named.items():
        exact = [line for line in lines if line.amount == open_paid[key].amount and line.key in open_credits]
        if exact:
            take(min(exact, key=lambda line: abs(line.day - open_paid[key].day)), [open_paid[key]], "reference")
    several: set[Key] = set()
    for payouts, lines in _by_amount(list(open_paid.values()), list(open_credits.values()), holidays):
        if len(payouts) == len(lines):
            for one, line in zip(payouts, lines, strict=True):
                take(line, [one], "amount")
        else:
            several.update(one.key for one in payouts)
    for line in list(open_credits.values()):
        chosen = together(line, list(open_paid.values()), holidays)
        if chosen:
            take(line, chosen, "combined")
    differing = {
        key: line
        for key, lines in named.items()
        for line in lines[:1]
        if key in open_paid and line.key in open_credits and line.amount != open_paid[key].amount
    }
    return Result(tuple(found), differing, frozenset(several & open_paid.keys()))


def _by_mark(paid: Iterable[Paid], credits: Iterable[Credit]) -> dict[Key, list[Credit]]:
    """The lines whose text names a payout of about the same days."""
    by_word: dict[str, list[Paid]] = defaultdict(list)
    for one in paid:
        for mark in one.marks:
            if len(mark) >= _SHORTEST_MARK:
                by_word[mark].append(one)
    named: dict[Key, list[Credit]] = defaultdict(list)
    for line in credits:
        for word in sorted(set(_WORD.findall(line.text))):
            for one in by_word.get(word, ()):
                near = abs((line.day - one.day).days) <= DAYS_BY_REFERENCE
                if near and line.currency == one.currency and line not in named[one.key]:
                    named[one.key].append(line)
    return {key: lines for key, lines in named.items() if lines}


def _by_amount(
    paid: Sequence[Paid], credits: Sequence[Credit], holidays: Collection[date]
) -> Iterator[tuple[list[Paid], list[Credit]]]:
    """Payouts and lines of the same amount that lie near each other, in groups that touch no other."""
    lines: dict[tuple[str, Decimal], list[Credit]] = defaultdict(list)
    for line in credits:
        lines[line.currency, line.amount].append(line)

    def amount(one: Paid) -> tuple[str, Decimal]:
        return one.currency, one.amount

    for key, group in groupby(sorted(paid, key=amount), key=amount):
        payouts = sorted(group, key=lambda one: (one.day, one.key))
        while payouts and lines.get(key):
            members, reached = _connected(payouts, lines[key], holidays)
            payouts = [one for one in payouts if one not in members]
            lines[key] = [line for line in lines[key] if line not in reached]
            if reached:
                yield members, reached


def _connected(
    payouts: Sequence[Paid], lines: Sequence[Credit], holidays: Collection[date]
) -> tuple[list[Paid], list[Credit]]:
    """The first payout with everything that is linked to it by nearness."""

    def near(one: Paid, line: Credit) -> bool:
        return is_near(one.day, line.day, holidays)

    members, reached = [payouts[0]], [line for line in lines if near(payouts[0], line)]
    while True:
        more = [one for one in payouts if one not in members and any(near(one, line) for line in reached)]
        further = [line for line in lines if line not in reached and any(near(one, line) for one in more + members)]
        if not more and not further:
            return sorted(members, key=lambda one: (one.day, one.key)), reached
        members += more
        reached = sorted(reached + further, key=lambda line: (line.day, line.key))


def is_near(one: date, other: date, holidays: Collection[date] = ()) -> bool:
    """At most so many working days apart; week-ends and holidays between them do not count."""
    first, last = min(one, other), max(one, other)
    days = (last - first).days
    if days > 2 * DAYS + 2 + len(holidays):  # so far apart that nothing makes up for it
        return False
    return sum(is_business_day(first + timedelta(days=count + 1), holidays) for count in range(days)) <= DAYS


def together(line: Credit, paid: Sequence[Paid], holidays: Collection[date]) -> tuple[Paid, ...]:
    """The payouts of one payer that make up the line; nothing where none or several choices of the fewest do."""
    choices: list[tuple[Paid, ...]] = []
    payers = sorted({one.payer for one in paid})
    for payer in payers:
        near = [
            one
            for one in paid
            if one.payer == payer
            and one.currency == line.currency
            and one.amount
            and is_near(one.day, line.day, holidays)
        ]
        near.sort(key=lambda one: (abs((one.day - line.day).days), one.key))
        choices += covering_sets(line.amount, near[:MOST_CANDIDATES])
    fewest = min((len(choice) for choice in choices), default=0)
    best = [choice for choice in choices if len(choice) == fewest]
    return best[0] if len(best) == 1 else ()


def covering_sets(amount: Decimal, candidates: Sequence[Paid]) -> list[tuple[Paid, ...]]:
    """Two at most of the smallest choices of two to ten candidates that add up to the amount exactly.

    Bounded: sums that can no longer be reached are left at once, and after `MOST_STEPS` the search ends with nothing.
    """
    ordered = sorted(candidates, key=lambda one: (-abs(one.amount), one.key))
    highest, lowest = [ZERO], [ZERO]  # what the candidates from here on can still add
    for one in reversed(ordered):
        highest.append(highest[-1] + max(one.amount, ZERO))
        lowest.append(lowest[-1] + min(one.amount, ZERO))
    highest.reverse()
    lowest.reverse()
    steps = 0
    for size in range(2, min(MOST_TOGETHER, len(ordered)) + 1):
        found: list[tuple[Paid, ...]] = []
        stack: list[tuple[int, Decimal, tuple[Paid, ...]]] = [(0, amount, ())]
        while stack:
            start, rest, chosen = stack.pop()
            steps += 1
            if steps > MOST_STEPS:
                return []
            if len(chosen) == size:
                if rest == ZERO:
                    found.append(chosen)
                    if len(found) == 2:
                        return found
                continue
            if len(ordered) - start < size - len(chosen) or not lowest[start] <= rest <= highest[start]:
                continue
            stack.append((start + 1, rest, chosen))
            stack.append((start + 1, rest - ordered[start].amount, (*chosen, ordered[start])))
        if found:
            return found
    return []
