"""Which warehouses a channel's figures were summed over, when it was not all of them.

A warehouse forgotten in a mapping, or one that did not answer, shows the same way on every item: the channel's figure
is exactly that of the remaining warehouses. At most twelve warehouses are tried in every combination (4,094 subsets).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

MOST_WAREHOUSES = 12
MOST_SKUS = 2000
"""A location with more wrong figures than this is explained by its first ones."""


@dataclass(frozen=True, slots=True)
class Level:
    """One SKU at one location: what the channel shows, and B1's figure per warehouse in the order of the warehouses."""

    sku: str
    available: Decimal
    figures: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`warehouses` alone give the channel's figure for each of `skus`."""

    warehouses: tuple[str, ...]
    skus: Mapping[str, Decimal]


def explain(levels: Sequence[Level], warehouses: Sequence[str], share: Decimal, buffer: Decimal) -> Explanation | None:
    """The proper subset that explains most SKUs; of equals the one that leaves out least. None when none does."""
    count = len(warehouses)
    if not 2 <= count <= MOST_WAREHOUSES:
        return None
    everything = (1 << count) - 1
    hits: Counter[int] = Counter()
    by_level: list[tuple[Level, set[int]]] = []
    for level in levels[:MOST_SKUS]:
        sums = subset_sums(level.figures)
        fitting = {
            chosen
            for chosen in range(1, everything)
            if sums[chosen] != sums[everything] and shown(sums[chosen], share, buffer) == level.available
        }
        hits.update(fitting)
        by_level.append((level, fitting))
    if not hits:
        return None
    best = max(hits, key=lambda chosen: (hits[chosen], chosen.bit_count(), -chosen))
    names = tuple(name for number, name in enumerate(warehouses) if best >> number & 1)
    return Explanation(names, {level.sku: level.available for level, fitting in by_level if best in fitting})


def subset_sums(figures: Sequence[Decimal]) -> list[Decimal]:
    """The sum of each subset; bit n of the index says whether figure n is in it."""
    sums = [Decimal(0)]
    for figure in figures:
        sums += [value + figure for value in sums]
    return sums


def shown(total: Decimal, share: Decimal, buffer: Decimal) -> Decimal:
    """What a channel shows of a total: its share, less the buffer, whole units, never below zero."""
    return max(Decimal(0), (total * share - buffer).to_integral_value(rounding=ROUND_FLOOR))
