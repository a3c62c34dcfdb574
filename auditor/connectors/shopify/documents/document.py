"""What a document is, and the fields that many of them share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One operation: its name, its text, and the page size (`$first`) or number of ids (`$ids`) it starts with.

    Of a bulk query `kinds` are the types of its lines: a node, then those of the connections below it. `adds` are
    fields that are not asked for but added to its records.

    `size` keeps the estimated cost below the 1,000 points that a single query may cost; where the provider disagrees,
    it is halved.
    """

    name: str
    text: str
    size: int = 1
    kinds: tuple[str, ...] = ()
    adds: tuple[str, ...] = ()


MONEY = "{ amount currencyCode }"
BAG = f"{{ shopMoney {MONEY} presentmentMoney {MONEY} }}"
PAGE = "pageInfo { hasNextPage endCursor }"
TAX = f"{{ title rate channelLiable priceSet {BAG} }}"
