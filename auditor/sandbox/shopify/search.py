"""Shopify's search syntax: `updated_at:>='2026-11-20T00:00:00Z' (sku:'A-1' OR sku:'A-2') -test:true`.

As in the real store an unquoted timestamp counts only as its day, an unknown or malformed filter is ignored, and a
comparison with nothing is an internal error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from auditor.sandbox.shopify.wire import instant

Predicate = Callable[[Any], bool]


class EmptyComparison(Exception):
    """`updated_at:>` without a value: the real service answers with an internal error."""


@dataclass(frozen=True, slots=True)
class Field:
    """A filter: how its values compare, and how a row gives its value (for `words` a collection of words)."""

    kind: Literal["time", "id", "text", "words", "flag", "amount"]
    of: Callable[[Any], Any]


_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\)) | (?P<both>AND\b) | (?P<either>OR\b) | (?P<not>NOT\b|-(?=[A-Za-z(]))
    | (?P<name>[A-Za-z_][A-Za-z_.]*):(?P<compare>>=|<=|>|<)?
        (?:(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<bare>[^\s()]*))
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\s()]+)
    )""",
    re.VERBOSE,
)


def compile_search(query: str | None, fields: Mapping[str, Field]) -> Predicate | None:
    """A predicate over rows; None when there is nothing to filter."""
    if not query or not query.strip():
        return None
    tokens = [match for match in _TOKEN.finditer(query) if match.group().strip()]
    return _Parser(tokens, fields).either()


class _Parser:
    def __init__(self, tokens: list[re.Match[str]], fields: Mapping[str, Field]) -> None:
        self._tokens = tokens
        self._fields = fields
        self._at = 0

    def either(self) -> Predicate:
        branches = [self._both()]
        while self._next_is("either"):
            self._at += 1
            branches.append(self._both())
        return branches[0] if len(branches) == 1 else lambda row: any(branch(row) for branch in branches)

    def _both(self) -> Predicate:
        terms: list[Predicate] = []
        while self._at < len(self._tokens) and not self._next_is("either") and not self._next_is("close"):
            if self._next_is("both"):
                self._at += 1
                continue
            terms.append(self._term())
        return terms[0] if len(terms) == 1 else lambda row: all(term(row) for term in terms)

    def _term(self) -> Predicate:
        token = self._tokens[self._at]
        self._at += 1
        if token["not"]:
            if self._at >= len(self._tokens):
                return _anything
            inner = self._term()
            return lambda row: not inner(row)
        if token["open"]:
            inner = self.either()
            self._at += 1
            return inner
        if token["name"]:
            return self._filter(token)
        return self._free_text(token["text"] or "")

    def _filter(self, token: re.Match[str]) -> Predicate:
        field = self._fields.get(token["name"].lower())
        is_quoted = token["quoted"] is not None
        value = _unquote(token["quoted"]) if is_quoted else token["bare"]
        if token["compare"] and not value:
            raise EmptyComparison
        if field is None or not value:
            return _anything
        compare = token["compare"] or "="
        if field.kind == "time":
            return _time(field, compare, value, is_quoted)
        if field.kind == "id":
            return _number(field, compare, value.rpartition("/")[2], int)
        if field.kind == "amount":
            return _number(field, compare, value, Decimal)
        if field.kind == "flag":
            return lambda row: field.of(row) is (value.lower() == "true")
        choices = [value] if is_quoted else value.split(",")
        return _words(field, [choice.lower() for choice in choices])

    def _free_text(self, text: str) -> Predicate:
        field = self._fields.get("default")
        return _words(field, [_unquote(text).lower()]) if field else _anything

    def _next_is(self, group: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at][group] is not None


def _anything(row: Any) -> bool:
    return True


def _unquote(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _time(field: Field, compare: str, value: str, is_quoted: bool) -> Predicate:
    try:
        point = datetime.fromisoformat(value)
    except ValueError:
        return _anything
    if point.tzinfo is not None:
        point = point.astimezone(UTC)
    if not is_quoted:
        point = datetime(point.year, point.month, point.day)
        if compare == "=":
            day = instant(point)[:10]
            return lambda row: (field.of(row) or "")[:10] == day
    return _ordered(field, compare, instant(point))


def _number(field: Field, compare: str, value: str, parse: Callable[[str], Any]) -> Predicate:
    try:
        wanted = [parse(part) for part in value.split(",")]
    except (ValueError, InvalidOperation):
        return _anything
    if compare == "=":
        return lambda row: field.of(row) in wanted
    return _ordered(field, compare, wanted[0])


def _ordered(field: Field, compare: str, limit: Any) -> Predicate:
    """Comparison of strings, numbers and instants alike: wire instants sort as text."""
    of = field.of

    def holds(row: Any) -> bool:
        value = of(row)
        if value is None:
            return False
        if compare == ">=":
            return bool(value >= limit)
        if compare == ">":
            return bool(value > limit)
        if compare == "<=":
            return bool(value <= limit)
        if compare == "<":
            return bool(value < limit)
        return bool(value == limit)

    return holds


def _words(field: Field, choices: list[str]) -> Predicate:
    """Equality without case; `ABC*` is a prefix."""
    exact = {choice for choice in choices if not choice.endswith("*")}
    prefixes = tuple(choice[:-1] for choice in choices if choice.endswith("*"))

    def holds(row: Any) -> bool:
        value = field.of(row)
        words = value if field.kind == "words" else (value,)
        lowered = [str(word).lower() for word in words if word is not None]
        return any(word in exact or (bool(prefixes) and word.startswith(prefixes)) for word in lowered)

    return holds
