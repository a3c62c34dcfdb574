"""Runs the SELECTs of `sql` over the tables of `sql_tables`, with SQL's three truth values."""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from auditor.sandbox.b1 import sql, sql_tables
from auditor.sandbox.b1.errors import Refused
from auditor.sandbox.b1.sql import Column, Condition, Constant, Join, Operand, Parameter, Select, syntax_error
from auditor.sandbox.b1.state import B1State

Row = dict[str, Any]
Joined = dict[str, Row]
"""One joined row: alias -> row of its table."""


@dataclass(frozen=True, slots=True)
class Result:
    """All rows of an answer; only those of the asked page are made."""

    rows: Sequence[Any]
    shown: Callable[[Any], Row]

    def __len__(self) -> int:
        return len(self.rows)

    def page(self, start: int, size: int) -> list[Row]:
        return [self.shown(row) for row in self.rows[start : start + size]]


class Runner:
    """Runs queries on a state.

    A key-set read runs the same text once for each page, with another parameter: joins, sorting and what does not
    depend on parameters are kept while the rows behind them stay the same.
    """

    def __init__(self, state: B1State) -> None:
        self._state = state
        self._version: tuple[int, ...] = ()
        self._runs: dict[tuple[Any, ...], _Run] = {}
        self._tables: dict[str, list[Row]] = {}

    def run(self, text: str, parameters: Mapping[str, Any], *, silent: str | None = None) -> Result:
        """The answer, without the stock of a `silent` warehouse.

        A parameter that the text names and the caller leaves out is refused (704).
        """
        version = sql_tables.version(self._state)
        if version != self._version:
            self._version = version
            self._runs.clear()
            self._tables.clear()
        run = self._runs.get((text, silent))
        if run is None:

            def rows_of(table: str) -> list[Row]:
                if table not in self._tables:
                    self._tables[table] = sql_tables.rows(self._state, table)
                rows = self._tables[table]
                return rows if silent is None else [row for row in rows if row.get("WhsCode") != silent]

            run = self._runs[text, silent] = _Run(self._state, sql.parse(text), rows_of)
        return run.result(parameters)


class _Run:
    """One query on the rows of one moment."""

    def __init__(self, state: B1State, select: Select, rows_of: Callable[[str], list[Row]]) -> None:
        self._select = select
        self._parameters: Mapping[str, Any] = {}
        self._rows_of = rows_of
        self._columns = {
            join.alias: {name.lower(): name for name in sql_tables.columns(state, join.table)} for join in select.joins
        }
        parts = list(_conjuncts(select.where))
        self._fixed = [part for part in parts if not _has_parameter(part)]
        self._bound = [part for part in parts if _has_parameter(part)]
        self._depends_throughout = any(join.on and _has_parameter(join.on) for join in select.joins)
        self._joined: list[Joined] | None = None

    def result(self, parameters: Mapping[str, Any]) -> Result:
        select = self._select
        self._parameters = parameters
        rows = self._prepared()
        for part in self._bound:
            test = self._condition(part)
            rows = [row for row in rows if test(row)]
        if select.groups or any(output.aggregate for output in select.outputs):
            made = self._grouped(rows)
            for column, descending in reversed(select.order):
                _sort(made, op.itemgetter(self._output_name(column)), descending)
        else:
            readers = [(output.name, self._reader(output.operand)) for output in select.outputs]

            def shown(row: Joined) -> Row:
                return {name: read(row) for name, read in readers}

            if not select.distinct:
                return Result(rows if select.top is None else rows[: select.top], shown)
            made = [shown(row) for row in rows]
        if select.distinct:
            made = list({tuple(row.values()): row for row in made}.values())
        return Result(made if select.top is None else made[: select.top], lambda row: row)

    def _prepared(self) -> list[Joined]:
        """Joined, filtered by what is fixed, and sorted."""
        if self._joined is None or self._depends_throughout:
            joined: list[Joined] = [{}]
            for join in self._select.joins:
                joined = self._join(joined, join)
            for part in self._fixed:
                test = self._condition(part)
                joined = [row for row in joined if test(row)]
            if not self._select.groups and not any(output.aggregate for output in self._select.outputs):
                for column, descending in reversed(self._select.order):
                    _sort(joined, self._order_reader(column), descending)
            self._joined = joined
        return self._joined

    def _output_name(self, column: Column) -> str:
        for output in self._select.outputs:
            if output.name.lower() == column.name.lower():
                return output.name
        raise syntax_error(column.name)

    def _order_reader(self, column: Column) -> Callable[[Joined], Any]:
        """ORDER BY names an alias of the output first, then a column."""
        wanted = column.name.lower()
        for output in self._select.outputs:
            if column.alias is None and output.name.lower() == wanted:
                return self._reader(output.operand)
        return self._reader(column)

    def _join(self, joined: list[Joined], join: Join) -> list[Joined]:
        rows = self._rows_of(join.table)
        if join.on is None:
            return [{join.alias: row} for row in rows]
        index_by, probe = self._equality(join)
        test = self._condition(join.on)
        index: dict[Any, list[Row]] = {}
        for row in rows:
            index.setdefault(row.get(index_by) if index_by else None, []).append(row)
        result = []
        for left in joined:
            candidates = index.get(probe(left) if probe else None, [])
            found = [merged for row in candidates if test(merged := {**left, join.alias: row})]
            if not found and join.is_left:
                found = [{**left, join.alias: {}}]
            result.extend(found)
        return result

    def _equality(self, join: Join) -> tuple[str | None, Callable[[Joined], Any] | None]:
        """An `earlier.x = joined.y` that must hold: the column to index by, and how to probe."""
        for part in _conjuncts(join.on):
            if part.operator == "=" and all(isinstance(side, Column) for side in part.parts):
                for own, other in (part.parts, part.parts[::-1]):
                    assert isinstance(own, Column)
                    assert isinstance(other, Column)
                    if self._alias_of(own) == join.alias and self._alias_of(other) != join.alias:
                        return self._columns[join.alias][own.name.lower()], self._reader(other)
        return None, None

    def _alias_of(self, column: Column) -> str:
        if column.alias is not None:
            if column.alias not in self._columns:
                raise syntax_error(column.alias)
            owners = [column.alias] if column.name.lower() in self._columns[column.alias] else []
        else:
            owners = [alias for alias, names in self._columns.items() if column.name.lower() in names]
        if not owners:
            raise Refused(400, 703, f"Column '{column.name}' not accessible")
        return owners[0]

    def _reader(self, operand: Operand | None) -> Callable[[Joined], Any]:
        if isinstance(operand, Column):
            alias = self._alias_of(operand)
            name = self._columns[alias][operand.name.lower()]
            return lambda row: row[alias].get(name)
        if isinstance(operand, Parameter):
            if operand.name not in self._parameters:
                raise Refused(400, 704, f"Parameter error: '{operand.name}' is missing")
            value = self._parameters[operand.name]
            return lambda row: value
        constant = operand.value if operand else None
        return lambda row: constant

    def _readers(self, parts: Sequence[Condition | Operand]) -> list[Callable[[Joined], Any]]:
        """Readers of operands that are compared with each other; a bound date must be `yyyy-MM-dd`."""
        with_dates = any(isinstance(part, Column) and part.name in sql_tables.DATE_COLUMNS for part in parts)
        readers: list[Callable[[Joined], Any]] = []
        for part in parts:
            assert not isinstance(part, Condition)
            read = self._reader(part)
            if with_dates and not isinstance(part, Column):
                value = _bound_day(read({}), is_parameter=isinstance(part, Parameter))
                read = self._reader(Constant(value))
            readers.append(read)
        return readers

    def _condition(self, condition: Condition) -> Callable[[Joined], bool | None]:
        """SQL's three values: True, False, None."""
        operator, parts = condition.operator, condition.parts
        if operator in ("and", "or", "not"):
            tests = [self._condition(part) for part in parts if isinstance(part, Condition)]
            if operator == "not":
                return lambda row: None if (answer := tests[0](row)) is None else not answer
            decisive = operator == "or"

            def combined(row: Joined) -> bool | None:
                answers = [test(row) for test in tests]
                return decisive if decisive in answers else (None if None in answers else not decisive)

            return combined
        reads = self._readers(parts)
        if operator == "null":
            return lambda row: reads[0](row) is None
        if operator == "like":
            return lambda row: _like(reads[0](row), reads[1](row))
        if operator == "in":
            return lambda row: _any(_compare("=", reads[0](row), read(row)) for read in reads[1:])
        if operator == "between":
            return lambda row: _all(
                (_compare(">=", reads[0](row), reads[1](row)), _compare("<=", reads[0](row), reads[2](row)))
            )
        left, right = reads
        same_type = _OPERATORS[operator]

        def compared(row: Joined) -> bool | None:
            one, other = left(row), right(row)
            # The short way for nearly every row; texts and numbers against each other are rare.
            if type(one) is type(other) and one is not None:
                return same_type(one, other)
            return _compare(operator, one, other)

        return compared

    def _grouped(self, joined: list[Joined]) -> list[Row]:
        groups = [self._reader(column) for column in self._select.groups]
        members: dict[tuple[Any, ...], list[Joined]] = {} if groups else {(): []}
        for row in joined:
            members.setdefault(tuple(read(row) for read in groups), []).append(row)
        result = []
        for rows in members.values():
            answer: Row = {}
            for output in self._select.outputs:
                if output.operand is None:
                    answer[output.name] = len(rows)
                    continue
                read = self._reader(output.operand)
                values = [value for row in rows if (value := read(row)) is not None]
                answer[output.name] = _aggregate(output.aggregate, values, read, rows)
            result.append(answer)
        return result


def _conjuncts(condition: Condition | None) -> Iterable[Condition]:
    if condition is None:
        return
    if condition.operator == "and":
        for part in condition.parts:
            assert isinstance(part, Condition)
            yield from _conjuncts(part)
    else:
        yield condition


def _has_parameter(condition: Condition) -> bool:
    return any(
        _has_parameter(part) if isinstance(part, Condition) else isinstance(part, Parameter) for part in condition.parts
    )


def _aggregate(name: str | None, values: list[Any], read: Callable[[Joined], Any], rows: list[Joined]) -> Any:
    if name is None:
        return read(rows[0]) if rows else None
    if name == "count":
        return len(values)
    if not values:
        return None
    if name == "sum":
        return sum(values, Decimal(0))
    if name == "avg":
        return sum(values, Decimal(0)) / len(values)
    return min(values) if name == "min" else max(values)


def _bound_day(value: Any, *, is_parameter: bool) -> Any:
    text = str(value)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return text.replace("-", "")
    # `yyyyMMdd` is accepted as a parameter and matches nothing; as a literal it is what the column holds.
    return None if is_parameter else value


_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": op.eq,
    "<>": op.ne,
    "<": op.lt,
    "<=": op.le,
    ">": op.gt,
    ">=": op.ge,
}


def _compare(operator: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    if isinstance(left, str) != isinstance(right, str):
        try:
            left, right = Decimal(str(left)), Decimal(str(right))
        except ArithmeticError:
            raise Refused(400, 704, f"Parameter error: '{left}' and '{right}' cannot be compared") from None
    return _OPERATORS[operator](left, right)


def _like(value: Any, pattern: Any) -> bool | None:
    if value is None or pattern is None:
        return None
    expression = "".join(".*" if c == "%" else "." if c == "_" else re.escape(c) for c in str(pattern))
    return re.fullmatch(expression, str(value), re.DOTALL) is not None


def _any(answers: Iterable[bool | None]) -> bool | None:
    held = list(answers)
    return True if True in held else (None if None in held else False)


def _all(answers: Sequence[bool | None]) -> bool | None:
    return False if False in answers else (None if None in answers else True)


def _sort(rows: list[Any], read: Callable[[Any], Any], descending: bool) -> None:
    rows.sort(key=lambda row: _sortable(read(row)), reverse=descending)


def _sortable(value: Any) -> tuple[bool, str, Any]:
    """NULLs first; values of one column are of one type."""
    return (value is not None, "text" if isinstance(value, str) else "number", value if value is not None else 0)
