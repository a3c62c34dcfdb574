"""How values look on Shopify's wire, and how a node is kept in memory: compact bytes, decoded on access.

Decimals are kept as the text they were, instants as `2026-03-02T12:00:00Z` (whole seconds, as Shopify has them).
"""

from __future__ import annotations

import zlib
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson

Node = dict[str, Any]

_OPTIONS = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


def dumps(node: Any) -> bytes:
    """JSON text of a node; decimals become text, naive datetimes are UTC, tuples become lists."""
    return orjson.dumps(node, default=_text, option=_OPTIONS)


def _text(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"a node cannot hold a {type(value).__name__}")


def normal(node: Node) -> Node:
    """The node as it reads back from memory: only JSON values."""
    return orjson.loads(dumps(node))  # type: ignore[no-any-return]  # an object goes in, an object comes out


def pack(node: Node) -> bytes:
    """Compact bytes of a node. Level 1: an order shrinks to a sixth and costs microseconds."""
    return zlib.compress(dumps(node), 1)


def unpack(packed: bytes) -> Node:
    return orjson.loads(zlib.decompress(packed))  # type: ignore[no-any-return]  # only nodes are packed


def instant(value: datetime | str) -> str:
    """Wire text of an instant; text is taken as it is."""
    if isinstance(value, str):
        return value
    return value.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def moment(text: str) -> datetime:
    """Naive UTC of a wire instant."""
    return datetime.fromisoformat(text.removesuffix("Z"))


@lru_cache(maxsize=1 << 16)
def decimal_text(text: str) -> str:
    """`29.99`, `10.0`, `0.0`: the scalar Decimal has as many decimals as it needs, but at least one."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"


@lru_cache(maxsize=1 << 14)
def money_text(text: str) -> str:
    """`29.99`, `10.00`: the older scalar Money always has two decimals or more."""
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def number_of(gid: str) -> int:
    """The number in a gid: `gid://shopify/Order/501` -> 501. Raises ValueError when there is none."""
    return int(gid.rpartition("/")[2].partition("?")[0])


def kind_of(gid: str) -> str:
    """The type in a gid: `gid://shopify/Order/501` -> `Order`. Raises ValueError when it is no gid."""
    parts = gid.split("/")
    if len(parts) != 5 or parts[:3] != ["gid:", "", "shopify"]:
        raise ValueError(f"Invalid global id '{gid}'")
    return parts[3]


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def reference(value: Any) -> str | None:
    """The id of a node that is given as a gid or as an object with an id."""
    if isinstance(value, dict):
        found = value.get("id")
        return found if isinstance(found, str) else None
    return value if isinstance(value, str) else None
