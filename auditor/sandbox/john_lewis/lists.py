"""Lists as Mirakl serves them: by offset with a total, or by seeking with tokens that hold everything else."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from starlette.datastructures import QueryParams

from auditor.sandbox.john_lewis.state import MiraklState, Row
from auditor.sandbox.john_lewis.wire import moment

Selection = Callable[[Row], bool]


class BadRequest(Exception):
    """Answered with 400 and this text."""


@dataclass(frozen=True, slots=True)
class SeekList:
    """largest: of `limit`. since, until: names of the filters by last change or creation. ids: by identity or order."""

    table: str
    largest: int
    since: str = ""
    until: str = ""
    by: str = "updated"
    ids: str = ""
    order_ids: str = ""
    newest_first: bool = False


SHIPMENTS = SeekList("shipments", 100, "last_updated_from", "last_updated_to", order_ids="order_id")
RETURNS = SeekList("returns", 100, "return_last_updated_from", "return_last_updated_to", ids="return_id")
CYCLES = SeekList("cycles", 1000, "start_date", "end_date", by="created", ids="id")
LINES = SeekList("lines", 2000, "last_updated_from", order_ids="order_id", newest_first=True)


class _Held(msgspec.Struct):
    """What a token holds."""

    query: list[tuple[str, str]]
    limit: int
    after: list[str] | None


def time_of(given: QueryParams, name: str) -> datetime | None:
    text = given.get(name)
    if not text:
        return None
    try:
        return moment(text)
    except ValueError:
        raise BadRequest(f"{name} is not an ISO 8601 date with an offset") from None


def number_of(given: QueryParams, name: str, default: int, largest: int) -> int:
    text = given.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) <= largest:
        raise BadRequest(f"{name} must be between 1 and {largest}")
    return int(text)


def seek_page(state: MiraklState, wanted: SeekList, given: QueryParams) -> tuple[list[Row], str | None, str | None]:
    """The rows of a page, the token of the next and of the previous page."""
    after: list[str] | None = None
    if "page_token" in given:
        # With a token every other option is ignored.
        held = _opened(given["page_token"])
        query, limit, after = QueryParams([(name, value) for name, value in held.query]), held.limit, held.after
    else:
        query, limit = given, number_of(given, "limit", 10, wanted.largest)
    chosen = _selection(wanted, query)
    rows = sorted(
        (row for row in getattr(state.tables, wanted.table).values() if chosen(row)),
        key=lambda row: (row.created, row.id),
        reverse=wanted.newest_first,
    )
    if after is not None:
        place = (moment(after[0]), after[1])
        rows = [row for row in rows if _is_beyond((row.created, row.id), place, newest_first=wanted.newest_first)]
    page = rows[:limit]
    options = [pair for pair in query.multi_items() if pair[0] not in ("page_token", "limit", "shop_id")]
    token = None
    if len(rows) > limit:
        token = _sealed(options, limit, page[-1])
    return page, token, _sealed(options, limit, None) if after is not None else None


def offset_page(rows: Sequence[Row], given: QueryParams) -> list[Row]:
    start = given.get("offset", "0")
    if not start.isdigit():
        raise BadRequest("offset must be a number")
    most = number_of(given, "max", 10, 100)
    return list(rows[int(start) : int(start) + most])


def orders_chosen(state: MiraklState, since: datetime | None, until: datetime | None) -> list[Row]:
    """Orders that changed between two moments, in the order of creation."""
    rows = [
        row
        for row in state.tables.orders.values()
        if (since is None or row.updated >= since - state.safety) and (until is None or row.updated <= until)
    ]
    return sorted(rows, key=lambda row: (row.created, row.id))


def _selection(wanted: SeekList, query: QueryParams) -> Selection:
    since = time_of(query, wanted.since) if wanted.since else None
    until = time_of(query, wanted.until) if wanted.until else None
    ids = set(query.getlist(wanted.ids)) if wanted.ids else set()
    orders = set(query.getlist(wanted.order_ids)) if wanted.order_ids else set()

    def holds(row: Row) -> bool:
        at = row.created if wanted.by == "created" else row.updated
        return (
            (since is None or at >= since)
            and (until is None or at <= until)
            and (not ids or row.id in ids)
            and (not orders or row.order_id in orders)
        )

    return holds


def _is_beyond(one: tuple[datetime, str], place: tuple[datetime, str], *, newest_first: bool) -> bool:
    return one < place if newest_first else one > place


def _sealed(options: list[tuple[str, str]], limit: int, last: Row | None) -> str:
    after = None if last is None else [f"{last.created.isoformat()}Z", last.id]
    return base64.urlsafe_b64encode(msgspec.json.encode(_Held(options, limit, after))).decode()


def _opened(token: str) -> _Held:
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(token), type=_Held)
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise BadRequest("page_token is not valid") from None
