"""What a check is asked: its SELECT for one channel, and once for several channels together.

Most of the time of a check on one channel goes into planning it, so a library on five channels would plan everything
five times. What differs between the channels (the channel itself, up to when its data are complete, its tolerances)
becomes columns of a small table, and the SELECT is asked for each of its rows: a lateral join, which the database turns
into one plan. What is the same for all stays a bind parameter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from auditor.checking.library import Check

_ASKED = '"asked of"'
"""The small table. With a blank, so that no table of a check is likely to have its name."""
_PARAMETER = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$(?P<name>[A-Za-z_]\w*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Scope:
    """A channel (or system) that a check is asked about, up to when its data are complete, and its own tolerances.

    params: values that replace defaults of the header (see `Policy.values`).
    """

    channel: str
    as_of: datetime
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """One SELECT with its bind values. Its first column is the place of the scope that a row belongs to."""

    sql: str
    values: Mapping[str, Any]


def question(check: Check, asked: Sequence[Scope], now: datetime) -> Question:
    """The question about all these scopes, of which there is at least one."""
    each = [_values(check, one, now) for one in asked]
    if len(asked) == 1:
        return Question(f"SELECT 0 AS place, found.* FROM (\n{check.sql}\n) AS found", each[0])
    differing = ["channel", *(name for name in each[0] if name != "channel" and _differs(name, each))]
    values = {name: value for name, value in each[0].items() if name not in differing}
    rows: list[str] = []
    for place, (one, own) in enumerate(zip(asked, each, strict=True)):
        named = {f"asked_{place}_{name}": own.get(name, one.channel) for name in differing}
        rows.append(f"({place}, {', '.join(f'${name}' for name in named)})")
        values |= named
    sql = (
        f"SELECT {_ASKED}.place, found.* FROM (VALUES {', '.join(rows)}) AS {_ASKED}(place, {', '.join(differing)}), "
        f"LATERAL (\n{_with_columns(check.sql, differing)}\n) AS found"
    )
    return Question(sql, values)


def _values(check: Check, one: Scope, now: datetime) -> dict[str, Any]:
    defaults = {name: parameter.bound(parameter.default) for name, parameter in check.header.params.items()}
    given = {**defaults, **one.params, "channel": one.channel, "as_of": one.as_of, "now": now}
    return {name: given[name] for name in sorted(check.uses)}


def _differs(name: str, each: Sequence[Mapping[str, Any]]) -> bool:
    return any(values[name] != each[0][name] for values in each)


def _with_columns(sql: str, names: Sequence[str]) -> str:
    """The SELECT with columns of the small table where these parameters were; texts and comments stay as they are."""

    def column(found: re.Match[str]) -> str:
        return f"{_ASKED}.{found['name']}" if found["name"] in names else found[0]

    return _PARAMETER.sub(column, sql)
