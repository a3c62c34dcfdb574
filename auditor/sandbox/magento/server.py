"""The simulated shop as an ASGI application: REST V1 below /rest/<store view>/ and, for the cloud service, below /.

Calls are named for failure injection after what they read, with the path's ids left out:
`GET /V1/orders`, `GET /V1/invoices`, `GET /V1/creditmemos`, `GET /V1/shipments`, `GET /V1/products`,
`GET /V1/inventory/sources`, `GET /V1/inventory/stocks`, `GET /V1/inventory/stock-source-links`,
`GET /V1/inventory/source-items`, `GET /V1/inventory/export-stock-salable-qty`,
`GET /V1/inventory/get-product-salable-quantity`, `GET /V1/store/storeConfigs`, `GET /V1/shipment`, `GET /V1/order`,
`POST /V1/shipment/track`, `POST /V1/order/ship`, `POST /V1/integration/admin/token`, `POST /ims/token/v3`.

`lost_page` leaves out the rows of a page, `partial_data` every other one; the count stays. `fields_gone` takes the
fields in `names` away wherever they stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from auditor.sandbox.failures import Failure
from auditor.sandbox.magento import criteria, writes
from auditor.sandbox.magento.access import ADMIN_SECONDS, CLOUD_SECONDS, Gate
from auditor.sandbox.magento.state import Body, Kind, MagentoState
from auditor.sandbox.manners import FailurePlan, Manners
from auditor.sandbox.wire import HangingUp

LISTS: dict[str, tuple[Kind, str]] = {
    "orders": ("orders", "Magento_Sales::actions_view"),
    "invoices": ("invoices", "Magento_Sales::sales_invoice"),
    "creditmemos": ("creditmemos", "Magento_Sales::sales_creditmemo"),
    "shipments": ("shipments", "Magento_Sales::shipment"),
    "products": ("products", "Magento_Catalog::products"),
    "inventory/sources": ("sources", "Magento_InventoryApi::source"),
    "inventory/stocks": ("stocks", "Magento_InventoryApi::stock"),
    "inventory/stock-source-links": ("links", "Magento_InventoryApi::stock_source_link"),
    "inventory/source-items": ("source_items", "Magento_InventoryApi::source"),
}
EXPORT, ALONE = "inventory/export-stock-salable-qty/website/", "inventory/get-product-salable-quantity/"
_NO_ROUTE = {"message": "Request does not match any route."}
_NO_ENTITY = {"message": "The entity that was requested doesn't exist. Verify the entity and try again."}
_dumps = msgspec.json.Encoder(decimal_format="number").encode


def magento_app(state: MagentoState, failures: FailurePlan | None = None, system: str = "magento") -> ASGIApp:
    """The application; serve it with uvicorn. `system` is the name under which failures are planned."""
    return HangingUp(_Server(state, failures, system).app())


class _Server:
    def __init__(self, state: MagentoState, failures: FailurePlan | None, system: str) -> None:
        self._state = state
        self._gate = Gate(state)
        self._manners = Manners(
            failures,
            system,
            state.clock,
            throttled=lambda failure: _json(
                {"message": "Too many requests"}, 429, {"Retry-After": str(failure.detail.get("retry_after", 2))}
            ),
            refused=self._refused,
            broken=lambda status: _json({"message": "Internal Error. Details are available in the log file."}, status),
        )

    def app(self) -> Starlette:
        methods = ["GET", "POST"]
        return Starlette(
            routes=[
                Route("/ims/token/v3", self._identity, methods=["POST"]),
                Route("/rest/{view}/V1/{path:path}", self._shop, methods=methods),
                Route("/V1/{path:path}", self._cloud, methods=methods),
            ],
            exception_handlers={404: _not_found, 405: _not_found},
        )

    async def _shop(self, request: Request) -> Response:
        return await self._call(request, cloud=False)

    async def _cloud(self, request: Request) -> Response:
        return await self._call(request, cloud=True)

    async def _call(self, request: Request, *, cloud: bool) -> Response:
        raw = request.scope["raw_path"].decode("ascii").partition("V1/")[2]
        body = await request.body()
        options = parse_qsl(request.url.query, keep_blank_values=True)
        address = f"{request.url.scheme}://{request.headers['host']}{request.scope['raw_path'].decode('ascii')}"
        headers = dict(request.headers)

        def handle(failure: Failure | None) -> Response:
            if raw != "integration/admin/token":
                wrong = self._gate.problem(request.method, address, options, headers, cloud)
                if wrong is not None:
                    return _json({"message": wrong}, 401)
            with self._state.lock:
                return self._answer(request.method, raw, options, body, failure)

        return await self._manners.answer(f"{request.method} /V1/{_name(request.method, raw)}", handle)

    def _answer(
        self, method: str, path: str, options: list[tuple[str, str]], body: bytes, failure: Failure | None
    ) -> Response:
        if method == "POST":
            return self._write(path, body)
        fields = dict(options).get("fields") if self._state.obeys_fields else None
        if path in LISTS:
            kind, right = LISTS[path]
            if right in self._state.missing_rights:
                return _json(
                    {
                        "message": "The consumer isn't authorized to access %resources.",
                        "parameters": {"resources": right},
                    },
                    401,
                )
            return self._listed(options, fields, failure, self._rows(kind))
        if path.startswith(EXPORT):
            return self._export(path.removeprefix(EXPORT), options, fields, failure)
        if path.startswith(ALONE):
            return self._alone(path.removeprefix(ALONE))
        if path == "store/storeConfigs":
            return _json(_content(self._state.store_configs, failure))
        kind_of: dict[str, Kind] = {"orders": "orders", "shipment": "shipments"}
        name, _, key = path.partition("/")
        if name in kind_of and key.isdigit():
            found = self._state.get(kind_of[name], int(key))
            if found is None:
                return _json(_NO_ENTITY, 404)
            return _json(_content(criteria.projected(found, criteria.fields_of(fields)) if fields else found, failure))
        return _json(_NO_ROUTE, 404)

    # Lists ------------------------------------------------------------------------------------------------------------

    def _rows(self, kind: Kind) -> Callable[[criteria.Criteria], list[Body]]:
        def select(asked: criteria.Criteria) -> list[Body]:
            if kind == "source_items":
                reserved = self._state.reserved()
                return [_with_reserved(body, reserved) for body in self._state.select(kind, asked.groups, asked.holds)]
            rest, bounds = asked.apart("entity_id")
            if not self._state.obeys_keys:
                bounds = []
            if kind == "products":
                # The API calls it id, a search entity_id.
                rows = self._state.select(kind, rest.groups, lambda body: rest.holds({**body, "entity_id": body["id"]}))
                return criteria.between(rows, "id", bounds)
            few = rest.among
            if few is not None:
                rows = self._state.having(kind, few.field, few.listed, rest.holds)
            else:
                rows = self._state.select(kind, rest.groups, rest.holds)
            return criteria.between(rows, "entity_id", bounds)

        return select

    def _listed(
        self,
        options: list[tuple[str, str]],
        fields: str | None,
        failure: Failure | None,
        select: Callable[[criteria.Criteria], list[Body]],
        keep: Callable[[Body], bool] = lambda body: True,
    ) -> Response:
        try:
            asked = criteria.parse(options)
        except criteria.BadCriteria as error:
            return _json({"message": str(error)}, 400)
        limit = self._state.page_limit
        if limit is not None and asked.size is not None and asked.size > limit:
            refusal = {"message": "Maximum SearchCriteria pageSize is %max", "parameters": {"max": limit}}
            return _json(refusal, 400)
        rows = select(asked)
        if asked.sort is not None and asked.sort not in ("entity_id", "sku", "source_code", "stock_id"):
            rows = criteria.ordered(rows, asked)
        elif asked.sort is not None and asked.descending:
            rows = rows[::-1]  # what is selected comes in the order of its key
        elif asked.sort in ("sku", "source_code"):
            rows = criteria.ordered(rows, asked)
        items = [body for body in criteria.page_of(rows, asked) if keep(body)]
        if failure is not None and failure.kind == "lost_page":
            items = []
        if failure is not None and failure.kind == "partial_data":
            items = items[::2]
        answer: Body = {"items": items, "search_criteria": asked.shown(), "total_count": len(rows)}
        if fields:
            answer = criteria.projected(answer, criteria.fields_of(fields))
        response = _json(_content(answer, failure))
        if self._state.after_each is not None:
            self._state.after_each()
        return response

    def _export(
        self, website: str, options: list[tuple[str, str]], fields: str | None, failure: Failure | None
    ) -> Response:
        """What a website may sell: a page of products, without those that do not lie at a source of its stock."""
        stock_id = self._stock_of(unquote(website))
        if stock_id is None:
            return _json(_NO_ENTITY, 404)
        salable = {
            body["sku"]: {name: body[name] for name in ("sku", "qty", "is_salable")}
            for body in self._state.select("salable", stock_id, lambda body: bool(body["stock_id"] == stock_id))
        }

        def select(asked: criteria.Criteria) -> list[Body]:
            products = self._state.select("products", asked.groups, asked.holds)
            return [salable.get(body["sku"], {"sku": body["sku"]}) for body in products]

        return self._listed(options, fields, failure, select, keep=lambda body: "qty" in body)

    def _alone(self, path: str) -> Response:
        sku, _, stock_id = path.rpartition("/")
        found = self._state.get("salable", int(stock_id), unquote(sku))
        if found is None:
            return _json({"message": "The requested sku is not assigned to given stock."}, 400)
        return _json(found["qty"])

    def _stock_of(self, website: str) -> int | None:
        for stock in self._state.records("stocks"):
            channels = stock["extension_attributes"]["sales_channels"]
            if any(channel == {"type": "website", "code": website} for channel in channels):
                return int(stock["stock_id"])
        return None

    # Writing and logging in -------------------------------------------------------------------------------------------

    def _write(self, path: str, body: bytes) -> Response:
        given = _object(body)
        if path == "integration/admin/token":
            access = self._state.access
            if (given.get("username"), given.get("password")) != (access.username, access.password):
                return _json({"message": "The account sign-in was incorrect or your account is disabled."}, 401)
            return _json(self._gate.issue(ADMIN_SECONDS))
        self._state.written.append((path, given))
        try:
            if path == "shipment/track":
                return _json(writes.add_track(self._state, given.get("entity") or {}))
            if path.startswith("order/") and path.endswith("/ship"):
                return _json(writes.ship(self._state, int(path.split("/")[1]), given))
        except writes.Refused as refused:
            return _json({"message": str(refused)}, refused.status)
        return _json(_NO_ROUTE, 404)

    async def _identity(self, request: Request) -> Response:
        raw = await request.body()
        form = {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}

        def handle(failure: Failure | None) -> Response:
            access = self._state.access
            if form.get("grant_type") != "client_credentials" or "commerce.accs" not in form.get("scope", ""):
                return _json({"error": "invalid_scope"}, 400)
            if (form.get("client_id"), form.get("client_secret")) != (access.client_id, access.client_secret):
                return _json({"error": "invalid_client"}, 401)
            token = self._gate.issue(CLOUD_SECONDS)
            return _json({"access_token": token, "token_type": "bearer", "expires_in": CLOUD_SECONDS})

        return await self._manners.answer("POST /ims/token/v3", handle)

    def _refused(self) -> Response:
        self._gate.forget()
        return _json({"message": "The consumer isn't authorized to access %resources."}, 401)


def _name(method: str, path: str) -> str:
    """A call's name: its path without ids."""
    for prefix in (EXPORT, ALONE):
        if path.startswith(prefix):
            return prefix.removesuffix("website/").rstrip("/")
    parts = [part for part in path.split("/") if not part.isdigit()]
    if method == "GET" and parts == ["orders"] and path != "orders":
        return "order"
    return "/".join(parts)


def _with_reserved(body: Body, reserved: Mapping[tuple[str, str], Decimal]) -> Body:
    """A source item with what lies there: what may be sold, and what open orders have reserved."""
    place = body.get("reserved_of")
    shown = {name: value for name, value in body.items() if name != "reserved_of"}
    if place is not None:
        shown["quantity"] = body["quantity"] + reserved.get((str(place), body["sku"]), Decimal(0))
    return shown


def _content(answer: Any, failure: Failure | None) -> Any:
    if failure is None or failure.kind != "fields_gone":
        return answer
    return _without(answer, frozenset(failure.detail["names"]))


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_without(one, names) for one in value]
    if isinstance(value, Mapping):
        return {name: _without(inner, names) for name, inner in value.items() if name not in names}
    return value


def _object(raw: bytes) -> Body:
    try:
        parsed = json.loads(raw, parse_float=Decimal)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(_dumps(content), status, dict(headers or {}), media_type="application/json; charset=utf-8")


async def _not_found(request: Request, error: Exception) -> Response:
    return _json(_NO_ROUTE, 404)
