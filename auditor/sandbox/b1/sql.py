"""The little SQL that SQLQueries need: one SELECT over the allowed tables, parsed. `sql_run` runs it.

Understood: `select [distinct] [top n] columns [as alias]`, `sum min max avg count`, inner and left joins, `where` with
comparisons, `in`, `between`, `like`, `is null`, `and or not`, `:parameters`, `group by` and `order by`. Refused as on
the real server: `*`, `case`, `coalesce`, arithmetic (701) and tables that are not accessible (702).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from auditor.sandbox.b1 import sql_tables
from auditor.sandbox.b1.errors import Refused

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<parameter>:[A-Za-z_]\w*)|"
    r"(?P<word>\"?[A-Za-z_@]\w*\"?(?:\.\"?[A-Za-z_]\w*\"?)?)|(?P<mark><=|>=|<>|!=|\|\||[=<>(),*+/-]))"
)
_AGGREGATES = ("sum", "min", "max", "count", "avg")
_COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=")
_WORDS = frozenset(
    {"select", "distinct", "top", "from", "inner", "left", "outer", "join", "on", "where", "and", "or", "not", "is"}
    | {"null", "in", "between", "like", "group", "by", "order", "asc", "desc", "as", "having", "union"}
)


def syntax_error(near: str) -> Refused:
    return Refused(400, 701, f"Invalid SQL syntax: near '{near}'")


def not_permitted() -> Refused:
    return Refused(403, -6006, "You are not permitted to perform this action")


@dataclass(frozen=True, slots=True)
class Column:
    alias: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    value: Any


Operand = Column | Parameter | Constant


@dataclass(frozen=True, slots=True)
class Condition:
    """`operator`: and, or, not, one of the comparisons, in, between, like, null."""

    operator: str
    parts: tuple[Condition | Operand, ...]


@dataclass(frozen=True, slots=True)
class Output:
    operand: Operand | None
    """None: count(*)."""
    aggregate: str | None
    name: str


@dataclass(frozen=True, slots=True)
class Join:
    table: str
    alias: str
    is_left: bool
    on: Condition | None


@dataclass(slots=True)
class Select:
    outputs: list[Output] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    """The first is the FROM table, without condition."""
    where: Condition | None = None
    groups: list[Column] = field(default_factory=list)
    order: list[tuple[Column, bool]] = field(default_factory=list)
    """Column or output alias, and whether descending."""
    distinct: bool = False
    top: int | None = None


def parse(text: str) -> Select:
    """The query's structure; 701 when it is not of the understood kind, 702 for tables that are not accessible."""
    return _Parser(text).select()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        at, text = 0, text.strip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise syntax_error(text[at : at + 10])
            at = found.end()
            kind = str(found.lastgroup)
            self._tokens.append((kind, found.group(kind)))
        self._at = 0

    def select(self) -> Select:
        select = Select()
        self._need("select")
        select.distinct = self._take("distinct")
        if self._take("top"):
            select.top = int(self._next("number"))
        select.outputs.append(self._output())
        while self._take(","):
            select.outputs.append(self._output())
        self._need("from")
        select.joins.append(self._table(is_left=False, with_condition=False))
        while self._peek() in ("inner", "left", "join"):
            is_left = self._take("left")
            self._take("outer")
            self._take("inner")
            self._need("join")
            select.joins.append(self._table(is_left=is_left, with_condition=True))
        if self._take("where"):
            select.where = self._either()
        if self._take("group"):
            self._need("by")
            select.groups.append(self._column())
            while self._take(","):
                select.groups.append(self._column())
        if self._take("order"):
            self._need("by")
            select.order.append(self._order())
            while self._take(","):
                select.order.append(self._order())
        if self._at < len(self._tokens):
            raise syntax_error(self._tokens[self._at][1])
        if len({output.name.lower() for output in select.outputs}) < len(select.outputs):
            raise syntax_error("column names must be unique; use an alias")
        return select

    def _output(self) -> Output:
        aggregate = None
        operand: Operand | None
        if self._peek() in _AGGREGATES and self._peek(1) == "(":
            aggregate = self._next("word").lower()
            self._need("(")
            operand = None if aggregate == "count" and self._take("*") else self._column()
            self._need(")")
        else:
            operand = self._column()
        if self._take("as"):
            return Output(operand, aggregate, self._next("word").strip('"'))
        if aggregate is not None:
            raise syntax_error(f"{aggregate}: a computed column needs an alias")
        assert isinstance(operand, Column)
        return Output(operand, aggregate, operand.name)

    def _table(self, *, is_left: bool, with_condition: bool) -> Join:
        table = self._next("word").strip('"').upper()
        if table not in sql_tables.ALLOWED:
            raise Refused(400, 702, f"Table '{table}' not accessible")
        self._take("as")
        following = self._peek()
        alias = table
        if following is not None and following not in _WORDS and self._tokens[self._at][0] == "word":
            alias = self._next("word").strip('"').upper()
        on = None
        if with_condition:
            self._need("on")
            on = self._either()
        return Join(table, alias, is_left, on)

    def _either(self) -> Condition:
        left = self._both()
        while self._take("or"):
            left = Condition("or", (left, self._both()))
        return left

    def _both(self) -> Condition:
        left = self._factor()
        while self._take("and"):
            left = Condition("and", (left, self._factor()))
        return left

    def _factor(self) -> Condition:
        if self._take("not"):
            return Condition("not", (self._factor(),))
        if self._take("("):
            inner = self._either()
            self._need(")")
            return inner
        left = self._operand()
        if self._take("is"):
            negated = self._take("not")
            self._need("null")
            is_null = Condition("null", (left,))
            return Condition("not", (is_null,)) if negated else is_null
        negated = self._take("not")
        condition = self._comparison(left)
        return Condition("not", (condition,)) if negated else condition

    def _comparison(self, left: Operand) -> Condition:
        if self._take("in"):
            self._need("(")
            members = [self._operand()]
            while self._take(","):
                members.append(self._operand())
            self._need(")")
            return Condition("in", (left, *members))
        if self._take("between"):
            low = self._operand()
            self._need("and")
            return Condition("between", (left, low, self._operand()))
        if self._take("like"):
            return Condition("like", (left, self._operand()))
        operator = self._next("mark")
        if operator not in _COMPARISONS:
            raise syntax_error(operator)
        return Condition("<>" if operator == "!=" else operator, (left, self._operand()))

    def _operand(self) -> Operand:
        kind, text = self._current()
        if kind == "word":
            return self._column()
        self._at += 1
        if kind == "text":
            return Constant(text[1:-1].replace("''", "'"))
        if kind == "number":
            return Constant(Decimal(text))
        if kind == "parameter":
            return Parameter(text[1:])
        raise syntax_error(text)

    def _column(self) -> Column:
        text = self._next("word").replace('"', "")
        if text.lower() in _WORDS or text.lower() in ("case", "coalesce"):
            raise syntax_error(text)
        alias, _, name = text.rpartition(".")
        return Column(alias.upper() or None, name)

    def _order(self) -> tuple[Column, bool]:
        column = self._column()
        descending = self._take("desc")
        self._take("asc")
        return column, descending

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._tokens[at][1].lower() if at < len(self._tokens) else None

    def _current(self) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            raise syntax_error("end of text")
        return self._tokens[self._at]

    def _take(self, text: str) -> bool:
        if self._peek() != text:
            return False
        self._at += 1
        return True

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise syntax_error(self._current()[1])

    def _next(self, kind: str) -> str:
        found, text = self._current()
        if found != kind:
            raise syntax_error(text)
        self._at += 1
        return text
