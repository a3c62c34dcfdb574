"""Plants carried out: victims are chosen in one workspace, faults are made in another one of the same moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from auditor.model import Candidate
from auditor.money import round_half_up
from auditor.proving.plants import Change, Plant
from auditor.store.connection import Connection
from auditor.store.select_text import canonical_columns
from auditor.store.workspace import ORDER_NO, order_no

PENNY = Decimal("0.01")
LOOKED_AT = 400
"""Victims that are tried before a plant finds none free."""
_APART = (
    "order_id",
    "refund_id",
    "payout_id",
    "sku",
    "item_code",
    "bank_line_id",
    "dispute_id",
    "return_id",
    "trans_id",
)
"""Two plants, or a plant and a finding that is there already, never share one of these."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault that was made, and what its check must say of it. `owner` and `cause` None: what the header says."""

    plant: Plant
    channel: str
    subject_id: str
    money_at_risk: Decimal
    owner: str | None
    cause: str | None
    values: Mapping[str, Any] = field(default_factory=dict)


class Taken:
    """Orders, refunds, payouts and items to which something has happened already, and what is said of them."""

    def __init__(self, found: Iterable[Candidate]) -> None:
        self._keys: set[tuple[str, str, str]] = set()
        self._said: dict[tuple[str, str, str], Candidate] = {}
        for candidate in found:
            self._keys.update(_keys(candidate.channel, candidate.keys))
            self._said[candidate.check_id, candidate.channel, candidate.subject_id] = candidate

    def take(self, planted: Planted) -> bool:
        """Claim a victim; False when something of it is taken, or when its check says all of it without the plant.

        The second is for what is one for a whole channel, as a flow is: what is reported anyway proves nothing.
        """
        keys = _keys(planted.channel, planted.values)
        if self._keys & keys or self._is_said(planted):
            return False
        self._keys |= keys
        return True

    def _is_said(self, planted: Planted) -> bool:
        found = self._said.get((planted.plant.check_id, planted.channel, planted.subject_id))
        return (
            found is not None
            and found.money_at_risk == planted.money_at_risk
            and planted.owner in (None, found.owner.value)
            and planted.cause in (None, found.cause)
        )


def choose(con: Connection, plant: Plant, channel: str, as_of: datetime, now: datetime, taken: Taken) -> Planted | None:
    """The first free victim of a plant on a channel; None when there is none."""
    bound = {"channel": channel, "as_of": as_of, "now": now}
    relation = con.sql(plant.victim, params={name: bound[name] for name in plant.uses})
    columns = relation.columns
    for row in relation.limit(LOOKED_AT).fetchall():
        values = dict(zip(columns, row, strict=True))
        money = round_half_up(Decimal(values["money_at_risk"]), PENNY)
        owner, cause = values.get("owner"), values.get("cause")
        victim = Planted(plant, channel, str(values["subject_id"]), money, owner, cause, values | bound)
        if taken.take(victim):
            return victim
    return None


def copy_tables(con: Connection, plants: Iterable[Plant]) -> None:
    """Turn the views of the canonical tables that are changed into tables of this workspace."""
    for table in sorted({c.table for plant in plants for c in plant.changes if c.schema == "canonical"}):
        con.execute(f"CREATE TABLE fact_copy AS SELECT * FROM canonical.{table}")
        con.execute(f"DROP VIEW canonical.{table}")
        con.execute(f"CREATE TABLE canonical.{table} AS SELECT * FROM fact_copy")
        con.execute("DROP TABLE fact_copy")


def change(con: Connection, planted: Sequence[Planted], schema: str) -> None:
    """Make what goes wrong in one schema."""
    statements = [(each, one.values) for one in planted for each in one.plant.changes if each.schema == schema]
    for statement, values in statements:
        con.execute(statement.sql, _bound(statement, values))
    if schema == "canonical":
        # A plant says of which order a row is; the number that follows from it is ours to write.
        for table in sorted({statement.table for statement, _ in statements}):
            if ORDER_NO in canonical_columns()[table]:
                con.execute(f"UPDATE canonical.{table} SET {ORDER_NO} = {order_no()}")


def _bound(statement: Change, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in statement.uses}


def _keys(channel: str, values: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """A list claims each of its values. An item of B1 is one for all channels: what befalls it shows everywhere."""
    return {
        ("" if name == "item_code" else channel, name, str(value))
        for name in _APART
        for value in (values[name] if isinstance(values.get(name), list) else [values.get(name)])
        if value is not None
    }
