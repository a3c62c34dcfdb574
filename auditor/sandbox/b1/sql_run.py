"""Runs the SELECTs of `sql` over the tables of `sql_tables`, with SQL's three truth values."""

from __future__ import annotations

import operator as op
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from auditor.sandbox.b1 import sql, sql_tables
from auditor.sandbox.b1.errors import Refused
from auditor.sandbox.b1.sql import Column, Condition, Constant, Join, Operand, Parameter, Select, syntax_error
from auditor.sandbox.b1.state import B1State

Row = dict[str, Any]
Joined = dict[str, Row]
"""One joined row: alias -> row of its table."""


class Runner:
    """Runs parsed queries on a state; the last results are kept while the rows behind them stay the same."""

    def __init__(self, state: B1State) -> None:
        self._state = state
        self._results: dict[Any, list[Row]] = {}
        self._tables: dict[str, tuple[tuple[int, ...], list[Row]]] = {}

    def run(self, text: str, parameters: Mapping[str, Any], *, silent: str | None = None) -> list[Row]:
        """All rows of the answer, without the stock of a `silent` warehouse.

        A parameter that the text names and the caller leaves out is refused (704).
        """
        name = (text, tuple(sorted(parameters.items())), silent, sql_tables.version(self._state))
        found = self._results.get(name)
        if found is None:
            if len(self._results) >= 8:
                del self._results[next(iter(self._results))]

            def rows_of(table: str) -> list[Row]:
                rows = self._rows(table)
                return rows if silent is None else [row for row in rows if row.get("WhsCode") != silent]

            found = self._results[name] = _Run(self._state, sql.parse(text), parameters, rows_of).rows()
        return found

    def _rows(self, table: str) -> list[Row]:
        """Rows of a table, derived again only when something changed: each page of a key-set read is a new query."""
        version = sql_tables.version(self._state)
        held = self._tables.get(table)
        if held is None or held[0] != version:
            held = self._tables[table] = (version, sql_tables.rows(self._state, table))
        return held[1]


class _Run:
    def __init__(
        self,
        state: B1State,
        select: Select,
        parameters: Mapping[str, Any],
        rows_of: Callable[[str], list[Row]],
    ) -> None:
        self._select = select
        self._parameters = parameters
        self._rows_of = rows_of
        self._columns = {
            join.alias: {name.lower(): name for name in sql_tables.columns(state, join.table)} for join in select.joins
        }

    def rows(self) -> list[Row]:
        select = self._select
        joined: list[Joined] = [{}]
        for join in select.joins:
            joined = self._join(joined, join)
        if select.where is not None:
            test = self._condition(select.where)
            joined = [row for row in joined if test(row)]
        if select.groups or any(output.aggregate for output in select.outputs):
            result = self._grouped(joined)
            for column, descending in reversed(select.order):
                _sort(result, op.itemgetter(self._output_name(column)), descending)
        else:
            by = [(self._order_reader(column), descending) for column, descending in select.order]
            if any(descending for _, descending in by):
                for read, descending in reversed(by):
                    _sort(joined, read, descending)
            elif by:
                joined.sort(key=lambda row: [_sortable(read(row)) for read, _ in by])
            readers = [(output.name, self._reader(output.operand)) for output in select.outputs]
            result = [{name: read(row) for name, read in readers} for row in joined]
        if select.distinct:
            result = list({tuple(row.values()): row for row in result}.values())
        return result if select.top is None else result[: select.top]

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
