"""SQLQueries: a few fixed queries for what no entity set tells, or tells far too dearly.

A query is stored in B1 for ever, so there is a fixed set of codes and their text is kept up to date. Rows are read by
key, like entities: each page asks for items beyond the last complete one, because `$skip` pages of a query shift when
rows come and go, and on MS SQL are not even ordered without an `order by` of our own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.connectors.base import Record
from auditor.connectors.sap_b1.client import B1Client
from auditor.connectors.sap_b1.entities import quoted
from auditor.connectors.sap_b1.pages import LARGE_PAGE, next_skip, page_of
from auditor.connectors.sap_b1.problem import ALREADY_EXISTS, NOT_FOUND, is_not_permitted
from auditor.errors import Incomplete, Rejected


@dataclass(frozen=True, slots=True)
class SqlQuery:
    """A query whose rows begin with an item code and are sorted by it; `:last` is the item after which it begins."""

    code: str
    name: str
    columns: tuple[str, ...]
    """As the answer names them; the record keeps them all."""
    key: tuple[str, ...]
    text: str
    count_code: str
    count_text: str


ITEM_WAREHOUSE = SqlQuery(
    code="AUD_ITEM_WAREHOUSE",
    name="Auditor: stock by item and warehouse",
    columns=("ItemCode", "WhsCode", "OnHand", "IsCommited", "OnOrder", "Locked"),
    key=("ItemCode", "WhsCode"),
    text=(
        "select T0.ItemCode, T0.WhsCode, T0.OnHand, T0.IsCommited, T0.OnOrder, T0.Locked from OITW T0 "
        "where T0.ItemCode > :last order by T0.ItemCode, T0.WhsCode"
    ),
    count_code="AUD_ITEM_WAREHOUSE_N",
    count_text="select count(T0.ItemCode) as Total from OITW T0",
)
BATCH_STOCK = SqlQuery(
    code="AUD_BATCH_STOCK",
    name="Auditor: stock by batch",
    columns=("ItemCode", "DistNumber", "WhsCode", "Quantity", "Status", "ExpDate"),
    key=("ItemCode", "DistNumber", "WhsCode"),
    text=(
        "select T0.ItemCode, T0.DistNumber, T1.WhsCode, T1.Quantity, T0.Status, T0.ExpDate from OBTN T0 "
        "inner join OBTQ T1 on T0.AbsEntry = T1.MdAbsEntry where T1.Quantity <> 0 and T0.ItemCode > :last "
        "order by T0.ItemCode, T0.DistNumber, T1.WhsCode"
    ),
    count_code="AUD_BATCH_STOCK_N",
    count_text="select count(T1.ItemCode) as Total from OBTQ T1 where T1.Quantity <> 0",
)
SERIAL_STOCK = SqlQuery(
    code="AUD_SERIAL_STOCK",
    name="Auditor: stock by serial number",
    columns=("ItemCode", "DistNumber", "WhsCode", "Quantity"),
    key=("ItemCode", "DistNumber", "WhsCode"),
    text=(
        "select T0.ItemCode, T0.DistNumber, T1.WhsCode, T1.Quantity from OSRN T0 "
        "inner join OSRQ T1 on T0.AbsEntry = T1.MdAbsEntry where T1.Quantity <> 0 and T0.ItemCode > :last "
        "order by T0.ItemCode, T0.DistNumber, T1.WhsCode"
    ),
    count_code="AUD_SERIAL_STOCK_N",
    count_text="select count(T1.ItemCode) as Total from OSRQ T1 where T1.Quantity <> 0",
)


class _Stored(msgspec.Struct):
    SqlCode: str
    SqlText: str = ""


class _Total(msgspec.Struct):
    Total: int


class SqlReader:
    def __init__(self, client: B1Client) -> None:
        self._client = client
        self._ready: set[str] = set()

    def records(self, query: SqlQuery) -> Iterator[list[Record]]:
        """All rows as pages of records, their key being the joined key columns.

        Raises `Rejected` with the mend when the user may not run queries, `Incomplete` when rows are missing.
        """
        expected = self.count(query)
        kind = page_of(msgspec.defstruct(query.code, [(name, msgspec.Raw) for name in query.columns]))
        read = 0
        last = ""
        while True:
            rows, following = self._page(query.code, query.name, query.text, kind, last)
            # A server with small pages may need several for one item.
            while following and rows and _text(rows[0].ItemCode) == _text(rows[-1].ItemCode):
                more, following = self._page(query.code, query.name, query.text, kind, last, following)
                rows = rows + more
            complete = self._complete(rows, following is not None)
            page = [Record(_key(row, query), msgspec.json.encode(row)) for row in complete]
            if page:
                last = _text(complete[-1].ItemCode)
                read += len(page)
                yield page
            if following is None or not complete:
                break
        if read < expected and read < min(expected, self.count(query)):
            raise Incomplete(
                f"B1 counts {expected:,} rows for {query.code} and answered only {read:,}; nothing of it is used."
            )

    @staticmethod
    def _complete(rows: list[Any], has_more: bool) -> list[Any]:
        """Without the rows of the last item, when they may go on on the next page."""
        if not has_more or not rows:
            return rows
        unfinished = _text(rows[-1].ItemCode)
        return [row for row in rows if _text(row.ItemCode) != unfinished]

    def count(self, query: SqlQuery) -> int:
        """How many rows the query has by the server's own count."""
        rows, _ = self._page(query.count_code, f"{query.name} (count)", query.count_text, page_of(_Total), None)
        return int(rows[0].Total) if rows else 0

    def _page(
        self, code: str, name: str, text: str, kind: Any, last: str | None, skip: int = 0
    ) -> tuple[list[Any], int | None]:
        """Rows of one page, and the offset of the next."""
        size = max(LARGE_PAGE, self._client.settings.b1.page_size)
        try:
            self._make_ready(code, name, text)
            answer = self._client.query(
                f"SQLQueries('{code}')/List",
                kind,
                json={} if last is None else {"ParamList": f"last={quoted(last)}"},
                params={"$skip": str(skip)} if skip else None,
                headers={"Prefer": f"odata.maxpagesize={size}"},
            )
        except Rejected as error:
            # Some versions answer an empty result as "not found"; that the query exists was just made sure.
            if error.code == NOT_FOUND and code in self._ready:
                return [], None
            raise self._explained(code, error) from None
        return answer.value, next_skip(answer.next_link)

    def _make_ready(self, code: str, name: str, text: str) -> None:
        """Stores the query once, or brings its text up to date."""
        if code in self._ready:
            return
        try:
            stored = self._client.get(f"SQLQueries('{code}')", _Stored)
        except Rejected as error:
            if error.status != 404 and error.code != NOT_FOUND:
                raise
            self._create(code, name, text)
        else:
            if " ".join(stored.SqlText.split()) != text:
                self._client.write("PATCH", f"SQLQueries('{code}')", {"SqlText": text})
        self._ready.add(code)

    def _create(self, code: str, name: str, text: str) -> None:
        try:
            self._client.write("POST", "SQLQueries", {"SqlCode": code, "SqlName": name, "SqlText": text})
        except Rejected as error:
            # Somebody else (another auditor, an earlier try whose answer was lost) was faster.
            if error.code != ALREADY_EXISTS:
                raise

    def _explained(self, code: str, error: Rejected) -> Rejected:
        if not is_not_permitted(error):
            return error
        return Rejected(
            f"User '{self._client.settings.b1.username}' may not run the query {code} in B1 "
            f"({error.code or error.status}); authorise it for the user under Administration > Authorizations.",
            status=error.status,
            code=error.code,
        )


def _text(raw: msgspec.Raw) -> str:
    return str(msgspec.json.decode(raw))


def _key(row: Any, query: SqlQuery) -> str:
    return "|".join(_text(getattr(row, name)) for name in query.key)
