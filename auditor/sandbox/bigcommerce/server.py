"""The simulated store as an ASGI application: V2 and V3 reads, parcels that are written, quota, injected failures.

Calls are named for failures by method and address without ids:
`GET /v2/orders`, `GET /v2/orders/count`, `GET /v2/orders/{id}`, `GET /v2/orders/{id}/products` (`coupons`, `taxes`,
`shipping_addresses`, `shipments`, `fees`, `shipments/count`), `POST /v2/orders/{id}/shipments`,
`PUT /v2/orders/{id}/shipments/{id}`, `GET /v2/order_statuses`, `GET /v2/store`, `GET /v2/time`, `GET /v2/currencies`,
`GET /v3/orders/{id}/transactions`, `GET /v3/orders/payment_actions/refunds`,
`GET /v3/orders/{id}/payment_actions/refunds`, `GET /v3/catalog/products`, `GET /v3/catalog/variants`,
`GET /v3/inventory/items`, `GET /v3/inventory/locations`, `GET /v3/tax/settings`.

A `throttle` with detail `headers=False` is the platform's own overload, which tells no quota. `lost_page` leaves every
second row of a list out while its paging stays as it is; `partial_data` answers 207 with the first half of the rows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from auditor.sandbox.bigcommerce.answers import Answers
from auditor.sandbox.bigcommerce.lists import Refused, Told
from auditor.sandbox.bigcommerce.quota import Quota
from auditor.sandbox.bigcommerce.state import BigCommerceState
from auditor.sandbox.bigcommerce.wire import Node, dumps, without
from auditor.sandbox.failures import Failure
from auditor.sandbox.manners import FailurePlan, Manners
from auditor.sandbox.wire import HangingUp

_EPOCH = datetime(1970, 1, 1)
_LEFT = "X-Rate-Limit-Requests-Left"
_NUMBER = re.compile(r"/\d+")
_ORDER = re.compile(r"/v2/orders/(\d+)")
_BELONGING = re.compile(r"/v2/orders/(\d+)/(products|coupons|taxes|shipping_addresses|shipments|fees)")
_SHIPMENTS_COUNT = re.compile(r"/v2/orders/(\d+)/shipments/count")
_SHIPMENT = re.compile(r"/v2/orders/(\d+)/shipments/(\d+)")
_TRANSACTIONS = re.compile(r"/v3/orders/(\d+)/transactions")
_REFUNDS = re.compile(r"/v3/orders/(\d+)/payment_actions/refunds")
# Which scope a call takes; the first that fits.
_SCOPES = (
    ("/transactions", "store_v2_transactions"),
    ("/v3/inventory/locations", "store_locations"),
    ("/v3/inventory", "store_inventory"),
    ("/v3/catalog", "store_v2_products"),
    ("/orders", "store_v2_orders"),
    ("/v2/order_statuses", "store_v2_orders"),
    ("", "store_v2_information"),
)


def bigcommerce_app(
    state: BigCommerceState,
    failures: FailurePlan | None = None,
    system: str = "bigcommerce",
    quota: Quota | None = None,
) -> ASGIApp:
    """The application; `system` is the name under which failures are planned."""
    return HangingUp(_Server(state, failures, system, quota or Quota(state)).app())


class _Server:
    def __init__(self, state: BigCommerceState, failures: FailurePlan | None, system: str, quota: Quota) -> None:
        self._state = state
        self._answers = Answers(state)
        self._quota = quota
        self._manners = Manners(
            failures, system, state.clock, throttled=self._throttled, refused=self._refused, broken=self._broken
        )

    def app(self) -> Starlette:
        route = Route("/stores/{store}/{path:path}", self._answer, methods=["GET", "POST", "PUT"])
        return Starlette(routes=[route])

    async def _answer(self, request: Request) -> Response:
        path = f"/{request.path_params['path']}"
        content = await request.body()
        name = f"{request.method} {_NUMBER.sub('/{id}', path)}"

        def handle(failure: Failure | None) -> Response:
            if not self._quota.take():
                return self._problem(path, 429, "Too many requests")
            return self._handled(request, path, content, failure)

        return await self._manners.answer(name, handle)

    def _handled(self, request: Request, path: str, content: bytes, failure: Failure | None) -> Response:
        if request.headers.get("x-auth-token") != self._state.token:
            return self._refused()
        if request.path_params["store"] != self._state.store_hash:
            return self._problem(path, 404, "The store was not found")
        if "json" not in request.headers.get("accept", "json"):
            return Response("<?xml version='1.0'?><errors/>", 406, media_type="application/xml")
        if not self._may(request.method, path):
            return self._problem(path, 403, "You don't have a required scope to access the endpoint")
        try:
            with self._state.lock:
                if request.method == "GET":
                    return self._sent(path, self._read(path, dict(request.query_params)), failure)
                return self._sent(path, self._write(request.method, path, content), failure, request.method)
        except Refused as refused:
            return self._problem(path, refused.status, str(refused))

    def _may(self, method: str, path: str) -> bool:
        scope = next(scope for part, scope in _SCOPES if part in path)
        scopes = self._state.scopes
        if "/payment_actions/" in path:
            return bool({"store_v2_orders", "store_v2_orders_read_only"} & scopes)
        return scope in scopes or (method == "GET" and f"{scope}_read_only" in scopes)

    def _read(self, path: str, options: Mapping[str, str]) -> Any:
        answers = self._answers
        match path:
            case "/v2/orders":
                return answers.orders(options)
            case "/v2/orders/count":
                return answers.count(options)
            case "/v2/order_statuses":
                return answers.statuses()
            case "/v2/store":
                return self._state.store
            case "/v2/time":
                return {"time": int((self._state.clock.now() - _EPOCH).total_seconds())}
            case "/v2/currencies":
                return self._state.currencies if options.get("page", "1") == "1" else []
            case "/v3/tax/settings":
                return {"data": self._state.tax, "meta": {}}
            case "/v3/orders/payment_actions/refunds":
                return answers.refunds(options)
            case "/v3/catalog/products":
                return answers.products(options)
            case "/v3/catalog/variants":
                return answers.variants(options)
            case "/v3/inventory/items":
                return answers.items(options)
            case "/v3/inventory/locations":
                return answers.locations(options)
        if found := _SHIPMENTS_COUNT.fullmatch(path):
            return answers.shipments_count(int(found[1]))
        if found := _BELONGING.fullmatch(path):
            return answers.belonging(int(found[1]), found[2], options)
        if found := _ORDER.fullmatch(path):
            return answers.order(int(found[1]), options)
        if found := _TRANSACTIONS.fullmatch(path):
            return answers.transactions(int(found[1]))
        if found := _REFUNDS.fullmatch(path):
            return answers.refunds(options, int(found[1]))
        raise Refused(404, "The route is not found. Check the URL and the method.")

    def _write(self, method: str, path: str, content: bytes) -> Any:
        try:
            body = msgspec.json.decode(content)
        except msgspec.DecodeError:
            raise Refused(400, "Input is invalid") from None
        if not isinstance(body, dict):
            raise Refused(400, "Input is invalid")
        if method == "POST" and (found := _BELONGING.fullmatch(path)) and found[2] == "shipments":
            return self._answers.ship(int(found[1]), body)
        if method == "PUT" and (found := _SHIPMENT.fullmatch(path)):
            return self._answers.change_shipment(int(found[1]), int(found[2]), body)
        raise Refused(405, "The method is not allowed.")

    # How an answer looks ----------------------------------------------------------------------------------------------

    def _sent(self, path: str, told: Any, failure: Failure | None, method: str = "GET") -> Response:
        kind = failure.kind if failure else ""
        status = 201 if method == "POST" else 207 if kind == "partial_data" else 200
        rows = told.data if isinstance(told, Told) else told if isinstance(told, list) else None
        if rows is not None and kind == "lost_page":
            rows = rows[::2]
        if rows is not None and kind == "partial_data":
            rows = rows[: len(rows) // 2]
        if isinstance(told, Told):
            body: Any = {"data": rows, "meta": {"pagination": told.pagination}}
        elif rows is not None:
            # A V2 list that has no rows has no body either.
            body = rows or None
        else:
            body = told
        if failure and kind == "fields_gone":
            body = without(body, failure.detail["names"])
        if body is None:
            return Response(b"", 204, self._quota.headers())
        return Response(dumps(body), status, self._quota.headers(), media_type="application/json")

    def _problem(self, path: str, status: int, text: str) -> Response:
        """V2 answers a list of errors, V3 one problem."""
        body: Any = [{"status": status, "message": text}]
        if path.startswith("/v3"):
            body = _v3_problem(status, text)
        return Response(dumps(body), status, self._quota.headers(), media_type="application/json")

    def _throttled(self, failure: Failure) -> Response:
        headers = {} if failure.detail.get("headers") is False else {**self._quota.headers(), _LEFT: "0"}
        return Response(dumps(_v3_problem(429, "Too many requests")), 429, headers, media_type="application/json")

    def _refused(self) -> Response:
        body = _v3_problem(401, "Invalid X-Auth-Token header value")
        return Response(dumps(body), 401, self._quota.headers(), media_type="application/json")

    def _broken(self, status: int) -> Response:
        return Response(dumps(_v3_problem(status, HTTPStatus(status).phrase)), status, media_type="application/json")


def _v3_problem(status: int, title: str) -> Node:
    link = "https://developer.bigcommerce.com/api-docs/getting-started/api-status-codes"
    return {"status": status, "title": title, "type": link, "errors": {}}
