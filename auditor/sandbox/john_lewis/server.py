"""The simulated marketplace as an ASGI application: the operations of the seller API that the auditor uses.

Names for planning failures: the method and the path without ids, `GET /api/orders`, `POST /api/orders/async-export`,
`GET /api/orders/async-export/status`, `GET /api/offers`, `GET /api/shipments`, `PUT /api/orders/tracking`, `PUT
/api/orders/ship` ...; the files of exports are `GET file`.

lost_page: the rows of the page or file are left out, counts and tokens look whole. partial_data: every second row is
left out. fields_gone: the fields in `names` are missing, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from auditor.sandbox.failures import Failure
from auditor.sandbox.john_lewis import lists, platform, writes
from auditor.sandbox.john_lewis.limits import COUNTS_EVERY_CALL
from auditor.sandbox.john_lewis.lists import BadRequest, SeekList
from auditor.sandbox.john_lewis.state import MiraklState, Row
from auditor.sandbox.john_lewis.wire import Node, dumps, instant, without
from auditor.sandbox.manners import FailurePlan, Manners
from auditor.sandbox.wire import HangingUp

Handler = Callable[[Request, bytes, Failure | None], Response]
_FILE_ROWS = 1_000_000
_DAMAGED = ("truncated_body", "lost_answer")


def mirakl_app(state: MiraklState, failures: FailurePlan | None = None, system: str = "john-lewis") -> ASGIApp:
    """The application; `system` is the name under which failures are planned."""
    return HangingUp(_Server(state, failures, system).app())


class _Server:
    def __init__(self, state: MiraklState, failures: FailurePlan | None, system: str) -> None:
        self._state = state
        self._manners = Manners(
            failures,
            system,
            state.clock,
            throttled=_throttled,
            refused=lambda: _error(401, "Unauthorized"),
            broken=lambda status: _error(status, "Internal Server Error"),
        )

    def app(self) -> Starlette:
        state = self._state
        routes = [
            self._route("GET", "/api/orders", self._orders),
            self._route("POST", "/api/orders/async-export", self._export_orders),
            self._route("GET", "/api/orders/async-export/status/{id}", self._status),
            self._route("GET", "/api/orders/taxes", self._document(lambda: state.order_taxes)),
            self._route("PUT", "/api/orders/{id}/tracking", self._set_tracking),
            self._route("PUT", "/api/orders/{id}/ship", self._ship),
            self._route("GET", "/api/offers", self._offers),
            self._route("GET", "/api/offers/{id}", self._offer),
            self._route("POST", "/api/offers/export/async", self._export_offers),
            self._route("GET", "/api/offers/export/async/status/{id}", self._status),
            self._route("GET", "/api/shipments", self._seek(lists.SHIPMENTS)),
            self._route("POST", "/api/shipments", self._create_shipments),
            self._route("POST", "/api/shipments/tracking", self._change_trackings),
            self._route("GET", "/api/returns", self._seek(lists.RETURNS)),
            self._route("GET", "/api/reasons", self._document(platform.reasons)),
            self._route("GET", "/api/shipping/carriers", self._document(lambda: {"carriers": state.carriers})),
            self._route("GET", "/api/platform/configuration", self._document(lambda: state.configuration)),
            self._route("GET", "/api/additional_fields", self._document(lambda: state.additional_fields)),
            self._route("GET", "/api/seller-billing-cycles", self._seek(lists.CYCLES)),
            self._route("GET", "/api/sellerpayment/transactions_logs", self._seek(lists.LINES)),
            self._route("POST", "/api/sellerpayment/transactions_logs/async", self._export_lines),
            self._route("GET", "/api/sellerpayment/transactions_logs/async/status/{id}", self._status),
            self._route("GET", "/exports/{id}/{number:int}.json", self._file, name="GET file"),
        ]
        return Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_found})

    # -- every call ---------------------------------------------------------------------------------------------------
    def _route(self, method: str, path: str, handler: Handler, name: str | None = None) -> Route:
        call = name or f"{method} {path.replace('/{id}', '')}"

        async def answer(request: Request) -> Response:
            body = await request.body()
            return await self._manners.answer(call, lambda failure: self._handle(call, handler, request, body, failure))

        return Route(path, answer, methods=[method])

    def _handle(self, call: str, handler: Handler, request: Request, body: bytes, failure: Failure | None) -> Response:
        given = request.query_params
        # The raw key, without 'Bearer'. A file's address is its own key.
        if call != "GET file" and request.headers.get("authorization") != self._state.api_key:
            return _error(401, "Unauthorized")
        if given.get("shop_id", self._state.shop_id) != self._state.shop_id:
            return _error(403, "This user has no access to the shop")
        with self._state.lock:
            is_page = "page_token" in given and call not in COUNTS_EVERY_CALL
            if (
                not is_page
                and not (failure and failure.kind in _DAMAGED)
                and not self._state.limits.allow(_counted(call, body))
            ):
                return _throttled(None)
            try:
                return handler(request, body, failure)
            except BadRequest as refused:
                return _error(400, str(refused))
            except writes.NotFound:
                return _error(404, "Not found")

    def _document(self, make: Callable[[], Node]) -> Handler:
        return lambda request, body, failure: _json(_spoilt(make(), failure))

    # -- lists --------------------------------------------------------------------------------------------------------
    def _orders(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        given = request.query_params
        if "order_ids" in given:
            ids = given["order_ids"].split(",")
            if len(ids) > 100:
                raise BadRequest("The limit of 100 is exceeded for the parameter order_ids")
            rows = [row for row in lists.orders_chosen(self._state, None, None) if row.id in set(ids)]
        else:
            since, until = lists.time_of(given, "start_update_date"), lists.time_of(given, "end_update_date")
            rows = lists.orders_chosen(self._state, since, until)
        return self._offset_answer("orders", rows, given, failure)

    def _offers(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        rows = [row for row in self._state.tables.offers.values() if not row.is_deleted]
        return self._offset_answer("offers", rows, request.query_params, failure)

    def _offer(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        row = self._state.tables.offers.get(request.path_params["id"])
        if row is None or row.is_deleted:
            raise writes.NotFound
        return _json(_spoilt(row.read(), failure))

    def _offset_answer(self, name: str, rows: list[Row], given: Any, failure: Failure | None) -> Response:
        page = lists.offset_page(rows, given)
        answer = _wrapped(name, [row.body for row in page], f',"total_count":{len(rows)}', failure)
        self._served(name, int(given.get("offset", "0")))
        return answer

    def _seek(self, wanted: SeekList) -> Handler:
        def answer(request: Request, body: bytes, failure: Failure | None) -> Response:
            rows, following, previous = lists.seek_page(self._state, wanted, request.query_params)
            tokens = "".join(
                f',"{name}":{dumps(token).decode()}'
                for name, token in (("next_page_token", following), ("previous_page_token", previous))
                if token
            )
            made = _wrapped("data", [row.body for row in rows], tokens, failure)
            self._served(wanted.table, 0)
            return made

        return answer

    def _served(self, table: str, start: int) -> None:
        if self._state.on_page is not None:
            self._state.on_page(table, start)

    # -- exports ------------------------------------------------------------------------------------------------------
    def _export_orders(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        given = _fields(body)
        if ("start_update_date" in given) != ("end_update_date" in given) or not given.get("start_update_date"):
            raise BadRequest("start_update_date and end_update_date must be given together")
        if self._state.is_exporting("orders"):
            raise BadRequest("An export is already running for this shop")
        since, until = lists.time_of(given, "start_update_date"), lists.time_of(given, "end_update_date")
        rows = lists.orders_chosen(self._state, since, until)
        return self._ordered("orders", [row.body for row in rows], given)

    def _export_offers(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        given = _fields(body)
        since = lists.time_of(given, "last_request_date")
        rows = [
            row
            for row in self._state.tables.offers.values()
            if (not row.is_deleted if since is None else row.updated >= since)
        ]
        return self._ordered("offers", [dumps(_exported(row)) for row in rows], given)

    def _export_lines(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        given = _fields(body)
        since = lists.time_of(given, "last_updated_from")
        rows = [row.body for row in self._state.tables.lines.values() if since is None or row.updated >= since]
        return self._ordered("data", rows, given)

    def _ordered(self, kind: str, bodies: list[bytes], given: Mapping[str, Any]) -> Response:
        rows = int(given.get("items_per_chunk") or _FILE_ROWS)
        if kind != "data" and not 10_000 <= rows <= _FILE_ROWS:
            raise BadRequest("items_per_chunk must be between 10000 and 1000000")
        return _json({"tracking_id": self._state.add_export(kind, bodies, rows)})

    def _status(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        tracking = request.path_params["id"]
        export = self._state.exports.get(tracking)
        if export is None:
            raise writes.NotFound
        now = instant(self._state.clock.now())
        if export.ready_at > self._state.clock.monotonic():
            return _json({"status": "PENDING", "last_updated": now})
        if export.status != "COMPLETED":
            return _json({"status": export.status, "last_updated": now})
        host = f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
        urls = [f"{host}/exports/{tracking}/{number}.json" for number in range(len(export.files))]
        return _json(_spoilt({"status": "COMPLETED", "last_updated": now, "urls": urls}, failure))

    def _file(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        export = self._state.exports.get(request.path_params["id"])
        number = request.path_params["number"]
        if export is None or number >= len(export.files):
            raise writes.NotFound
        self._served("file", number)
        if export.kind == "offers":
            return Response(_list(export.files[number], failure), media_type="application/json")
        return _wrapped(export.kind, export.files[number], "", failure)

    # -- writes -------------------------------------------------------------------------------------------------------
    def _set_tracking(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        writes.set_tracking(self._state, request.path_params["id"], _fields(body))
        return Response(status_code=204)

    def _ship(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        writes.ship(self._state, request.path_params["id"])
        return Response(status_code=204)

    def _create_shipments(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        return _json(writes.create_shipments(self._state, _fields(body)), 201)

    def _change_trackings(self, request: Request, body: bytes, failure: Failure | None) -> Response:
        return _json(writes.change_trackings(self._state, _fields(body)))


def _exported(row: Row) -> Node:
    """An offer as the export shows it: without title and references, with its times."""
    body = row.read()
    names = (
        "active",
        "channels",
        "currency_iso_code",
        "leadtime_to_ship",
        "offer_id",
        "product_sku",
        "quantity",
        "shop_sku",
    )
    node = {name: body[name] for name in (*names, "state_code")}
    if "warehouses" in body:
        node["warehouses"] = body["warehouses"]
    return {
        **node,
        "date_created": instant(row.created),
        "deleted": row.is_deleted,
        "last_updated": instant(row.updated),
        "prices": [{"origin_price": body["price"], "volume_prices": []}],
        "shop_id": 2000,
    }


def _counted(call: str, body: bytes) -> str:
    """A full export of offers has a ceiling of its own."""
    if call == "POST /api/offers/export/async" and "last_request_date" not in _fields(body):
        return f"{call} full"
    return call


def _fields(body: bytes) -> Any:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BadRequest("The body is not JSON") from None
    if not isinstance(parsed, dict):
        raise BadRequest("The body is not an object")
    return parsed


def _wrapped(name: str, bodies: list[bytes], rest: str, failure: Failure | None) -> Response:
    text = b'{"' + name.encode() + b'":' + _list(bodies, failure) + rest.encode() + b"}"
    if failure and failure.kind == "fields_gone":
        text = dumps(without(orjson.loads(text), failure.detail["names"]))
    return Response(text, media_type="application/json")


def _list(bodies: list[bytes], failure: Failure | None) -> bytes:
    kind = failure.kind if failure else ""
    if kind == "lost_page":
        bodies = []
    if kind == "partial_data":
        bodies = bodies[::2]
    text = b"[" + b",".join(bodies) + b"]"
    if failure and kind == "fields_gone":
        return dumps(without(orjson.loads(text), failure.detail["names"]))
    return text


def _spoilt(node: Node, failure: Failure | None) -> Node:
    if failure and failure.kind == "fields_gone":
        spoilt: Node = without(node, failure.detail["names"])
        return spoilt
    return node


def _json(content: Any, status: int = 200) -> Response:
    return Response(dumps(content), status, media_type="application/json")


def _error(status: int, text: str) -> Response:
    return _json({"message": text, "status": status}, status)


def _throttled(failure: Failure | None) -> Response:
    response = _error(429, "Too many requests")
    if failure and "retry_after" in failure.detail:
        response.headers["Retry-After"] = str(failure.detail["retry_after"])
    return response


async def _not_found(request: Request, error: Exception) -> Response:
    return _error(404, "Not found")
