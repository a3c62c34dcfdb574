"""What a section of shape.sql makes, checked against the history table it fills before any row is written.

Refused with `ConfigError`: a column the table does not have, a missing record_key, a number that went through floating
point on its way to an exact column, an instant whose meaning depends on the machine's time zone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.canonical.shape_file import Section
from auditor.errors import ConfigError
from auditor.store.connection import Connection, SqlError
from auditor.store.workspace import OPEN_END, ORDER_NO, VERSION_COLUMNS, order_no, quoted

_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")
_INEXACT = {"DOUBLE", "FLOAT", "REAL"}


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT with the parameters it uses."""

    section: Section
    sql: str
    parameters: dict[str, object]


@dataclass(frozen=True, slots=True)
class Filling:
    """A SELECT and the columns of the history table that it fills."""

    statement: Statement
    columns: tuple[tuple[str, str], ...]
    """Name and type in the table, in the order of the SELECT, without record_key."""
    is_numbered: bool
    """Whether the rows name orders, whose number is then written with them."""

    @property
    def table(self) -> str:
        return self.statement.section.name

    def insert(self) -> str:
        """The statement that adds new versions; needs $feed and $known_from besides the SELECT's own parameters."""
        values = {quoted(name): quoted(name) for name, _ in self.columns}
        if self.is_numbered:
            values[ORDER_NO] = order_no()
        values |= {
            "feed": "CAST($shape_feed AS VARCHAR)",
            "record_key": "record_key",
            "known_from": "CAST($shape_known_from AS TIMESTAMP)",
            "known_to": f"TIMESTAMP '{OPEN_END}'",
        }
        return (
            f"INSERT INTO store.history.{quoted(self.table)} ({', '.join(values)})\n"
            f"SELECT {', '.join(values.values())}\nFROM (\n{self.statement.sql}\n) AS shaped"
        )

    def probe(self, column: str | None = None) -> str:
        """A SELECT that converts as the insert does, of one column or of all."""
        wanted = [(name, kind) for name, kind in self.columns if column in (None, name)]
        values = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in wanted)
        return f"SELECT {values or 'record_key'} FROM (\n{self.statement.sql}\n) AS shaped"


def statement(
    con: Connection, section: Section, parameters: Mapping[str, object], views: Sequence[Section] = ()
) -> Statement:
    """The section's SELECT with its views and the parameters they name.

    Raises `ConfigError` for anything but one SELECT, in the section or in a view.
    """
    sql, used = _select(con, section)
    named: list[str] = []
    for view in views:
        text, more = _select(con, view)
        # Written in, not kept: what a section does not ask for is then never computed.
        named.append(f"{quoted(view.name)} AS NOT MATERIALIZED (\n{text}\n)")
        used |= more
    unknown = sorted(used - set(parameters))
    if unknown:
        raise ConfigError(f"{section.place}: {section.name} uses ${unknown[0]}, which the connector does not provide.")
    if named:
        sql = f"WITH {', '.join(named)}\nSELECT * FROM (\n{sql}\n) AS section"
    return Statement(section, sql, {name: parameters[name] for name in sorted(used)})


def _select(con: Connection, section: Section) -> tuple[str, set[str]]:
    """The text of a section's only SELECT, without its end, and the parameters it names."""
    try:
        parsed = con.extract_statements(section.sql)
    except SqlError as error:
        raise ConfigError(f"{section.place}: {section.name} is not valid SQL: {error}") from None
    if len(parsed) != 1 or parsed[0].type.name != "SELECT":
        raise ConfigError(f"{section.place}: {section.name} must be exactly one SELECT.")
    return parsed[0].query.strip().rstrip(";").rstrip(), set(parsed[0].named_parameters)


def filling(con: Connection, made: Statement, table_columns: Mapping[str, list[tuple[str, str]]]) -> Filling:
    """The columns that the SELECT fills. `incoming` and the prepared tables must exist on the connection."""
    section = made.section
    try:
        # With parameters `sql` computes at once, so it is asked for no rows.
        shaped = con.sql(f"(\n{made.sql}\n) LIMIT 0", params=made.parameters or None)
        found = list(zip(shaped.columns, (str(kind) for kind in shaped.types), strict=True))
    except SqlError as error:
        raise ConfigError(f"{section.place}: the SELECT for {section.name} is wrong: {error}") from None
    target = dict(table_columns[section.name])
    names = [name for name, _ in found]
    if "record_key" not in names:
        raise ConfigError(f"{section.place}: the SELECT for {section.name} must yield record_key.")
    columns: list[tuple[str, str]] = []
    for name, kind in found:
        if names.count(name) > 1:
            raise ConfigError(f"{section.place}: the SELECT for {section.name} yields '{name}' twice.")
        if name == "record_key":
            continue
        if name not in target:
            raise ConfigError(f"{section.place}: {section.name} has no column '{name}'.")
        if name in (ORDER_NO, *VERSION_COLUMNS):
            raise ConfigError(f"{section.place}: {section.name} has no column '{name}' that a shape may fill.")
        _check_type(section, name, kind, target[name])
        columns.append((name, target[name]))
    return Filling(made, tuple(columns), ORDER_NO in target and {"channel", "order_id"} <= set(names))


def _check_type(section: Section, name: str, kind: str, wanted: str) -> None:
    if kind.startswith("TIMESTAMP WITH TIME ZONE"):
        raise ConfigError(
            f"{section.place}: {section.name}.{name} is a timestamp with time zone; end it with AT TIME ZONE 'UTC'."
        )
    exact = _DECIMAL.fullmatch(wanted)
    if exact is None:
        return
    if kind in _INEXACT:
        raise ConfigError(
            f"{section.place}: {section.name}.{name} comes through floating point ({kind}); cast the text to {wanted}."
        )
    given = _DECIMAL.fullmatch(kind)
    if given and int(given[2]) > int(exact[2]):
        raise ConfigError(
            f"{section.place}: {section.name}.{name} is {kind} and would be rounded unseen; cast it to {wanted}."
        )
