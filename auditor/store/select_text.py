"""Reads the text of one SELECT without running it: tables, functions, parameters and output columns.

In: SQL text somebody wrote, perhaps an unknown somebody. Out: a `Select`. The database's own parser does the work, so
that nothing which looks harmless to us means something else to it. Nothing is bound and nothing is executed.
Raises `NotOneSelect` with half a sentence that fits after "checks/area/id.sql ".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import duckdb

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUERY_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_TABLE_NODES = {"BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "EXPRESSION_LIST"}
# Written as functions by the parser although people write them as operators or CASE; they compute and nothing else.
_OPERATORS = re.compile(r"[^A-Za-z_]+")

Interrupted = duckdb.InterruptException


class NotOneSelect(ValueError):
    """The text is not exactly one SELECT over named tables."""


@dataclass(frozen=True, slots=True)
class Select:
    """sql:        the statement without what follows it
    tables:     `schema.name` of every table read, in order of appearance
    functions:  every function called, lower case, operators left out
    parameters: names of the bind parameters
    columns:    names of the output columns; None when a star hides them
    """

    sql: str
    tables: tuple[str, ...]
    functions: tuple[str, ...]
    parameters: frozenset[str]
    columns: tuple[str, ...] | None


@lru_cache(maxsize=256)
def parse_select(sql: str) -> Select:
    """The one SELECT in `sql`. Raises `NotOneSelect`. The same text says the same again, so it is read once."""
    with _parser().cursor() as con:
        try:
            statements = con.extract_statements(sql)
        except duckdb.Error as error:
            raise NotOneSelect(f"is not valid SQL: {first_line(error)}") from None
        if len(statements) != 1:
            raise NotOneSelect(f"holds {len(statements)} statements; a check is exactly one SELECT")
        kind = statements[0].type.name
        if kind != "SELECT":
            raise NotOneSelect(f"holds {kind} where a check is exactly one SELECT")
        tree = json.loads(con.sql("SELECT json_serialize_sql($sql)", params={"sql": sql}).fetchall()[0][0])
        parameters = frozenset(statements[0].named_parameters)
    if tree.get("error"):
        raise NotOneSelect(f"is not a plain SELECT: {tree.get('error_message')}")
    for name in parameters:
        if not _PLAIN_NAME.fullmatch(name):
            raise NotOneSelect(f"uses the parameter ${name}; parameters have names, such as $channel")
    node = tree["statements"][0]["node"]
    tables: dict[str, None] = {}
    functions: dict[str, None] = {}
    for what, name in _walk(node, frozenset()):
        (tables if what == "table" else functions)[name] = None
    return Select(sql.strip().rstrip(";"), tuple(tables), tuple(functions), parameters, _columns(node))


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """An empty engine that only ever parses; starting one for every text took most of a command's first second."""
    return duckdb.connect(":memory:", config={"threads": "1", "enable_external_access": "false"})


@cache
def canonical_tables() -> frozenset[str]:
    """Names of the tables that a run shows as canonical.*, from the migrations that make their histories."""
    names: set[str] = set()
    for file in resources.files("auditor.store").joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            names.update(re.findall(r"CREATE TABLE history\.(\w+)", file.read_text(encoding="utf-8")))
    return frozenset(names)


@cache
def canonical_columns() -> Mapping[str, frozenset[str]]:
    """Table of canonical.* -> its columns, from the same migrations."""
    found: dict[str, set[str]] = {}
    for file in resources.files("auditor.store").joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            text = file.read_text(encoding="utf-8")
            for table, body in re.findall(r"CREATE TABLE history\.(\w+) \((.*?)\n\);", text, re.DOTALL):
                found.setdefault(table, set()).update(re.findall(r"^    (\w+) [A-Z]", body, re.MULTILINE))
            for table, column in re.findall(r"ALTER TABLE history\.(\w+) ADD COLUMN (\w+)", text):
                found.setdefault(table, set()).add(column)
    # The last line of each table holds what belongs to the version, not to the record.
    return {table: frozenset(columns - {"feed"}) for table, columns in found.items()}


def first_line(error: BaseException) -> str:
    """A database error as one sentence: no kind before it, no drawing of the statement after it."""
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return re.sub(r"^(?:[A-Z][A-Za-z-]* )+Error: ", "", text).rstrip(".")


def _walk(node: Any, scope: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Tables and functions below a node; `scope` holds the names that WITH clauses above gave to queries."""
    if isinstance(node, list):
        for part in node:
            yield from _walk(part, scope)
        return
    if not isinstance(node, dict):
        return
    if "cte_map" in node:
        scope = _query_scope(node, scope)
    elif "class" in node:
        if "function_name" in node:
            name = str(node["function_name"]).lower()
            if not _OPERATORS.fullmatch(name):
                yield "function", name
    elif "sample" in node and "alias" in node:
        kind = node.get("type")
        if kind == "TABLE_FUNCTION":
            name = node.get("function", {}).get("function_name", "?")
            raise NotOneSelect(f"reads from the function {name}(); a check reads tables only")
        if kind not in _TABLE_NODES:
            raise NotOneSelect("uses SHOW, DESCRIBE, SUMMARIZE or PIVOT; a check is exactly one plain SELECT")
        if kind == "BASE_TABLE":
            yield from _table(node, scope)
    for part in node.values():
        yield from _walk(part, scope)


def _query_scope(node: dict[str, Any], scope: frozenset[str]) -> frozenset[str]:
    if node.get("type") not in _QUERY_NODES:
        raise NotOneSelect("writes inside a WITH clause; a check only reads")
    names = [str(entry["key"]) for entry in node["cte_map"].get("map", [])]
    if node.get("cte_name"):
        names.append(str(node["cte_name"]))
    for name in names:
        if not _PLAIN_NAME.fullmatch(name):
            raise NotOneSelect(f"names a WITH query '{name}'; use letters, digits and underscores")
    return scope | {name.lower() for name in names}


def _table(node: dict[str, Any], scope: frozenset[str]) -> Iterator[tuple[str, str]]:
    catalog, schema, name = node.get("catalog_name"), node.get("schema_name"), str(node.get("table_name"))
    if catalog:
        raise NotOneSelect(f"reads {catalog}.{schema}.{name} in another database; name a table as schema.table")
    if schema:
        yield "table", f"{schema}.{name}".lower()
    elif name.lower() not in scope:
        raise NotOneSelect(f"reads '{name}' without its schema; write for example canonical.{name}")


def _columns(node: dict[str, Any]) -> tuple[str, ...] | None:
    """Output columns of a query node, or None when they cannot be told from the text."""
    if node["type"] == "SET_OPERATION_NODE":
        first = (node.get("children") or [node.get("left")])[0]
        return _columns(first) if first else None
    if node["type"] != "SELECT_NODE":
        return None
    names: list[str] = []
    for item in node["select_list"]:
        if item["class"] == "STAR":
            return None
        if item.get("alias"):
            names.append(str(item["alias"]))
        elif item["class"] == "COLUMN_REF":
            names.append(str(item["column_names"][-1]))
        else:
            names.append("?")
    return tuple(names)
