"""The simulated company: its records, users, settings and how its server behaves.

`put` takes records as they shall be answered and stamps nothing; only what is written over HTTP gets UpdateDate,
UpdateTime and a new DataVersion. Everything is guarded by one lock, because a demo's world may go on in a thread of
its own while the server answers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from auditor.clock import Clock, to_zone
from auditor.sandbox.b1.body import storable
from auditor.sandbox.b1.collection import Collection, Key
from auditor.sandbox.b1.entity_sets import DOCUMENT_LINE_TABLES, DOCUMENT_TABLES, ENTITY_SETS, EntitySet
from auditor.sandbox.b1.properties import TYPES


@dataclass(slots=True)
class Behaviour:
    """What differs between real servers and companies, and what nobody outside SAP could verify."""

    page_size: int = 20
    session_minutes: int = 30
    next_link: Literal["mixed", "short", "rooted"] = "mixed"
    """`Orders?$skip=20`, `/b1s/v2/Orders?$skip=20`, or one or the other by entity set."""
    may_end_with_empty_page: bool = True
    """A full last page carries a link to an empty one (in sets with the short link, when mixed)."""
    plain_dates: bool = False
    """Old patch levels write `2016-04-04` on v2 too."""
    approval_for: set[str] = field(default_factory=set)
    """Entity sets whose postings an approval template catches."""
    sql_permitted: bool = True
    """False: the user has no authorisation for SQL queries (-6006)."""
    closed_can_be_patched: bool = True
    """Whether NumAtCard and tracking can still be written on closed documents."""
    base_is_stamped: bool = False
    """Whether a document's UpdateDate moves when another document draws from it."""
    draft_loses_batches: bool = False
    blocks_negative_stock: bool = True
    refused_names: dict[str, set[str]] = field(default_factory=dict)
    """Per entity set: properties that $metadata lists and the server still refuses."""


def _admin_info() -> dict[str, Any]:
    return {
        "Code": 1,
        "CompanyName": "Harbour & Pine Ltd",
        "Country": "GB",
        "LocalCurrency": "GBP",
        "SystemCurrency": "GBP",
        "TotalsAccuracy": 2,
        "AccuracyofQuantities": 3,
        "PriceAccuracy": 4,
        "RateAccuracy": 4,
        "PercentageAccuracy": 2,
        "RoundTaxAmounts": "tYES",
        "RoundingMethod": "tNO",
        "EnableApprovalProcedureInDI": "tNO",
        "EnableSeparatePriceMode": "tNO",
        "EnableBranches": "tNO",
        "BlockStockNegativeQuantity": "tYES",
        "DefaultWarehouse": "01",
        "ContinuousStockManagement": "tYES",
    }


def _company_info() -> dict[str, Any]:
    return {
        "Version": 1000290,
        "CompanyName": "Harbour & Pine Ltd",
        "GroupLinesInVATCalculation": "tNO",
        "TaxCalculationSystem": "PreconfiguredFormula",
        "BlockStockNegativeQuantity": "tYES",
        "EnableExpensesManagement": "tYES",
        "Localization": "GB",
    }


class B1State:
    """One company database.

    users:    name -> password.
    timezone: of the server; its dates and times are stamped in it, without saying so.
    """

    def __init__(
        self,
        clock: Clock,
        company_db: str = "HARBOURPINE",
        users: Mapping[str, str] | None = None,
        timezone: str = "Europe/London",
    ) -> None:
        self.clock = clock
        self.company_db = company_db
        self.users = dict(users if users is not None else {"auditor": "sandbox"})
        self.zone = ZoneInfo(timezone)
        self.behaviour = Behaviour()
        self.admin_info = _admin_info()
        self.company_info = _company_info()
        self.lock = threading.RLock()
        self.collections = {name: Collection(entity_set) for name, entity_set in ENTITY_SETS.items()}
        self.sql_rows: dict[str, list[dict[str, Any]]] = {}
        self.sql_version = 0

    def put(self, entity_set: str, body: Mapping[str, Any]) -> Key:
        """Insert or replace a record as it stands; returns its key."""
        with self.lock:
            return self.collection(entity_set).put(body)

    def put_whole(self, entity_set: str, body: Mapping[str, Any]) -> Key:
        """Like `put`, with every known property that the record lacks as null (or empty), down to its collections."""
        return self.put(entity_set, _whole(ENTITY_SETS[entity_set].type_name, body))

    def reserve(self, entity_set: str, up_to: int) -> None:
        """Documents that are written over HTTP get keys beyond this one: the rest will be put later."""
        self.collection(entity_set).reserved = up_to

    def get(self, entity_set: str, key: Key) -> dict[str, Any] | None:
        """A copy of the record with all its collections."""
        with self.lock:
            body = self.collection(entity_set).body(key)
            return None if body is None else body.whole()

    def all(self, entity_set: str) -> Iterator[dict[str, Any]]:
        """Copies of all records by key, one decoded at a time."""
        return self.collection(entity_set).records()

    def count(self, entity_set: str) -> int:
        return len(self.collection(entity_set))

    def remove(self, entity_set: str, key: Key) -> None:
        with self.lock:
            self.collection(entity_set).remove(key)

    def put_sql_row(self, table: str, row: Mapping[str, Any]) -> None:
        """A row that only SQL queries see (OBTQ, OSRQ, OFPR ...), by database column names.

        A table with such rows shows them and nothing else; without, OITW, OITM, OBTN and OSRN are derived.
        """
        with self.lock:
            self.sql_rows.setdefault(table.upper(), []).append(dict(row))
            self.sql_version += 1

    def collection(self, entity_set: str) -> Collection:
        try:
            return self.collections[entity_set]
        except KeyError:
            raise KeyError(
                f"'{entity_set}' is no entity set of this simulation: {', '.join(self.collections)}"
            ) from None

    def index(self) -> None:
        """The records are complete: from here on they are looked up as a database does, without reading all of them."""
        for collection in self.collections.values():
            collection.index()

    def now(self) -> datetime:
        """Wall-clock time of the server."""
        return to_zone(self.clock.now(), self.zone)

    def today(self) -> date:
        return self.now().date()

    def stamp(self, entity_set: EntitySet, record: dict[str, Any]) -> None:
        """What a write over HTTP leaves on a record of a set that has the columns for it."""
        now = self.now()
        if entity_set.stamps:
            record["UpdateDate"] = storable(now.date())
            record["UpdateTime"] = f"{now:%H:%M:%S}"
        if entity_set.has_etag:
            record["DataVersion"] = int(record.get("DataVersion") or 1) + 1

    def valid_names(self, entity_set: EntitySet) -> set[str]:
        """Properties that this set may be asked for: what is written down, what it holds, and its user fields."""
        return (
            set(TYPES[entity_set.type_name])
            | self.collections[entity_set.name].names
            | {f"U_{name}" for name in self.user_fields(entity_set.table)}
        ) - self.behaviour.refused_names.get(entity_set.name, set())

    def user_fields(self, table: str) -> set[str]:
        """Names (without U_) of the user fields of a table; sales documents share theirs, and so do their lines."""
        family = next((tables for tables in (DOCUMENT_TABLES, DOCUMENT_LINE_TABLES) if table in tables), {table})
        fields = self.collections["UserFieldsMD"]
        return {str(name) for key, name in fields.column("Name").items() if key[0] in family}

    def tax_rate(self, code: str, day: str) -> Decimal | None:
        """Percent of a VAT group on a day (`YYYY-MM-DD...`); None when the group is unknown."""
        group = self.get("VatGroups", code)
        if group is None:
            sales_tax = self.get("SalesTaxCodes", code)
            return None if sales_tax is None else Decimal(str(sales_tax.get("Rate") or 0))
        lines = [line for line in group.get("VatGroups_Lines") or [] if str(line.get("Effectivefrom") or "") <= day]
        latest = max(lines, key=lambda line: str(line.get("Effectivefrom") or ""), default=None)
        return Decimal(str(latest["Rate"])) if latest else Decimal(0)


def _whole(type_name: str, record: Mapping[str, Any]) -> dict[str, Any]:
    kinds = TYPES.get(type_name, {})
    whole: dict[str, Any] = {name: [] if kind.startswith("[") else None for name, kind in kinds.items()}
    whole.update(record)
    for name, kind in kinds.items():
        if kind.startswith("["):
            whole[name] = [_whole(kind[1:-1], member) for member in whole[name] or []]
    return whole
