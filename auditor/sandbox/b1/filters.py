"""The `$filter` language: text to a tree, the tree to a predicate over keys, and the tree to bounds of one property.

Comparisons follow SQL, as behind the real server: a missing value satisfies neither `eq` nor `ne`, except against
`null`. Dates lose their time of day, times lose their seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from auditor.sandbox.b1.collection import Collection, Key
from auditor.sandbox.b1.errors import Refused, malformed
from auditor.sandbox.b1.properties import ENUMS, enum_member

Operator = Literal["eq", "ne", "gt", "ge", "lt", "le"]
Predicate = Callable[[Key], bool | None]

_TOKEN = re.compile(
    r"\s*(?:(?P<text>(?:datetime|time)?'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?(?![\w.-]))|"
    r"(?P<word>[A-Za-z_][A-Za-z0-9_/]*)|(?P<mark>[(),]))"
)
_FUNCTIONS = ("startswith", "endswith", "contains", "substringof")


@dataclass(frozen=True, slots=True)
class Compare:
    name: str
    operator: Operator
    value: Any
    """str, int, Decimal or None, as written in the filter."""


@dataclass(frozen=True, slots=True)
class Match:
    function: str
    name: str
    part: str


@dataclass(frozen=True, slots=True)
class Both:
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Either:
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node


Node = Compare | Match | Both | Either | Not


def parse(text: str) -> Node:
    """The tree of a filter; a text that is none is refused as malformed."""
    tokens = list(_tokens(text))
    node, rest = _either(tokens)
    if rest:
        raise malformed(f"Query string error: unexpected '{rest[0][1]}' in $filter")
    return node


def names_in(node: Node) -> set[str]:
    if isinstance(node, Compare | Match):
        return {node.name}
    if isinstance(node, Not):
        return names_in(node.inner)
    return names_in(node.left) | names_in(node.right)


_Tokens = list[tuple[str, str]]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise malformed(f"Query string error: cannot read $filter at '{text[at : at + 20]}'")
        at = found.end()
        yield str(found.lastgroup), found.group(str(found.lastgroup))


def _either(tokens: _Tokens) -> tuple[Node, _Tokens]:
    left, tokens = _both(tokens)
    while tokens and tokens[0] == ("word", "or"):
        right, tokens = _both(tokens[1:])
        left = Either(left, right)
    return left, tokens


def _both(tokens: _Tokens) -> tuple[Node, _Tokens]:
    left, tokens = _factor(tokens)
    while tokens and tokens[0] == ("word", "and"):
        right, tokens = _factor(tokens[1:])
        left = Both(left, right)
    return left, tokens


def _factor(tokens: _Tokens) -> tuple[Node, _Tokens]:
    if not tokens:
        raise malformed("Query string error: $filter ends too early")
    kind, text = tokens[0]
    if (kind, text) == ("word", "not"):
        inner, rest = _factor(tokens[1:])
        return Not(inner), rest
    if (kind, text) == ("mark", "("):
        inner, rest = _either(tokens[1:])
        return inner, _expect(rest, ")")
    if kind == "word" and text in _FUNCTIONS:
        return _function(text, tokens[1:])
    if kind != "word" or len(tokens) < 3 or tokens[1][1] not in ("eq", "ne", "gt", "ge", "lt", "le"):
        raise malformed(f"Query string error: '{text}' does not begin a comparison")
    operator: Any = tokens[1][1]
    return Compare(text, operator, _literal(tokens[2])), tokens[3:]


def _function(name: str, tokens: _Tokens) -> tuple[Node, _Tokens]:
    tokens = _expect(tokens, "(")
    if len(tokens) < 3:
        raise malformed(f"Query string error: {name} needs two arguments")
    first, second = tokens[0], tokens[2]
    rest = _expect(_expect(tokens[1:2], ",") + tokens[3:], ")")
    if name == "substringof":
        first, second = second, first
    if rest[:2] == [("word", "eq"), ("word", "true")]:
        rest = rest[2:]
    return Match(name, first[1], str(_literal(second))), rest


def _expect(tokens: _Tokens, mark: str) -> _Tokens:
    if not tokens or tokens[0] != ("mark", mark):
        raise malformed(f"Query string error: '{mark}' expected in $filter")
    return tokens[1:]


def _literal(token: tuple[str, str]) -> Any:
    kind, text = token
    if kind == "text":
        return text[text.index("'") + 1 : -1].replace("''", "'")
    if kind == "number":
        return Decimal(text) if "." in text else int(text)
    if (kind, text) == ("word", "null"):
        return None
    raise malformed(f"Query string error: '{text}' is no literal")


def day_literal(text: str) -> str:
    """`2026-03-01`, `20260301`, either with a time of day that does not count -> as stored."""
    found = re.match(r"(\d{4})-?(\d\d)-?(\d\d)(?:$|[T ].*)", text)
    if found is None:
        raise Refused(400, -1, f"'{text}' is not a valid date")
    return "-".join(found.groups()) + "T00:00:00Z"


def minute_literal(text: str) -> str:
    """`18:38`, `183800`, `18:38:42` -> `18:38`: seconds do not count."""
    found = re.match(r"(\d\d):?(\d\d)(?::?\d\d)?$", text)
    if found is None:
        raise Refused(400, -1, f"'{text}' is not a valid time")
    return ":".join(found.groups())


def typed(node: Node, kinds: dict[str, str]) -> Node:
    """The tree with each literal turned into what the property holds: days, minutes, enum members, numbers."""
    if isinstance(node, Both):
        return Both(typed(node.left, kinds), typed(node.right, kinds))
    if isinstance(node, Either):
        return Either(typed(node.left, kinds), typed(node.right, kinds))
    if isinstance(node, Not):
        return Not(typed(node.inner, kinds))
    if isinstance(node, Match) or node.value is None:
        return node
    kind = kinds.get(node.name, "")
    return Compare(node.name, node.operator, _typed_literal(node, kind))


def _typed_literal(node: Compare, kind: str) -> Any:
    value = node.value
    if kind.startswith("["):
        raise malformed(f"Query string error: '{node.name}' is a collection")
    if kind == "date":
        return day_literal(str(value))
    if kind == "time":
        return minute_literal(str(value))
    if kind in ("I", "D"):
        try:
            return int(value) if kind == "I" else Decimal(str(value))
        except (ValueError, ArithmeticError):
            raise Refused(400, -1, f"'{value}' is not a number ({node.name})") from None
    if kind in ENUMS:
        member = enum_member(kind, str(value))
        if member is None:
            raise Refused(400, -1, f"Enum value '{value}' of '{node.name}' is invalid")
        return member
    if kind == "S" and not isinstance(value, str):
        raise malformed(f"Query string error: '{node.name}' is compared with {value} without quotes")
    return value


def predicate(node: Node, collection: Collection, kinds: dict[str, str]) -> Predicate:
    """A function of the key: True, False, or None where SQL would say unknown. Takes a `typed` tree."""
    if isinstance(node, Both):
        left, right = predicate(node.left, collection, kinds), predicate(node.right, collection, kinds)
        return lambda key: _and(left(key), right, key)
    if isinstance(node, Either):
        left, right = predicate(node.left, collection, kinds), predicate(node.right, collection, kinds)
        return lambda key: _or(left(key), right, key)
    if isinstance(node, Not):
        inner = predicate(node.inner, collection, kinds)
        return lambda key: None if (answer := inner(key)) is None else not answer
    read = _reader(collection, node.name)
    if isinstance(node, Match):
        part = node.part
        if node.function == "startswith":
            return lambda key: None if (v := read(key)) is None else str(v).startswith(part)
        if node.function == "endswith":
            return lambda key: None if (v := read(key)) is None else str(v).endswith(part)
        return lambda key: None if (v := read(key)) is None else part in str(v)
    return _comparison(node, read, kinds.get(node.name) == "time")


def _and(left: bool | None, right: Predicate, key: Key) -> bool | None:
    if left is False:
        return False
    answer = right(key)
    return answer if left or answer is False else None


def _or(left: bool | None, right: Predicate, key: Key) -> bool | None:
    if left:
        return True
    answer = right(key)
    return answer if left is False or answer else None


def _reader(collection: Collection, name: str) -> Callable[[Key], Any]:
    if collection.entity_set.keys == (name,):
        return lambda key: key
    return collection.column(name).get


def _comparison(node: Compare, read: Callable[[Key], Any], to_minutes: bool) -> Predicate:
    literal, operator = node.value, node.operator
    if literal is None:
        if operator not in ("eq", "ne"):
            raise malformed("Query string error: null can only be compared with eq and ne")
        return (lambda key: read(key) is None) if operator == "eq" else (lambda key: read(key) is not None)
    if to_minutes:
        whole = read

        def read(key: Key) -> Any:
            value = whole(key)
            return None if value is None else value[:5]

    tests: dict[str, Predicate] = {
        "eq": lambda key: None if (v := read(key)) is None else v == literal,
        "ne": lambda key: None if (v := read(key)) is None else v != literal,
        "gt": lambda key: None if (v := read(key)) is None else v > literal,
        "ge": lambda key: None if (v := read(key)) is None else v >= literal,
        "lt": lambda key: None if (v := read(key)) is None else v < literal,
        "le": lambda key: None if (v := read(key)) is None else v <= literal,
    }
    return tests[operator]


Bounds = tuple[Any, Any]
"""Closed interval; None is an open end."""


def bounds(node: Node, name: str) -> Bounds:
    """The interval in which `name` must lie for the (typed) tree to be true; (None, None) when anything goes."""
    if isinstance(node, Compare) and node.name == name and node.value is not None:
        if node.operator == "eq":
            return node.value, node.value
        if node.operator in ("gt", "ge"):
            return node.value, None
        if node.operator in ("lt", "le"):
            return None, node.value
    if isinstance(node, Both):
        (low, high), (other_low, other_high) = bounds(node.left, name), bounds(node.right, name)
        lows = [end for end in (low, other_low) if end is not None]
        highs = [end for end in (high, other_high) if end is not None]
        return max(lows, default=None), min(highs, default=None)
    if isinstance(node, Either):
        (low, high), (other_low, other_high) = bounds(node.left, name), bounds(node.right, name)
        return (
            None if low is None or other_low is None else min(low, other_low),
            None if high is None or other_high is None else max(high, other_high),
        )
    return None, None
