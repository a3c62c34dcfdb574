"""The Partner API and its token host as one ASGI application.

Calls are named `<METHOD> <path>` with {} for ids, for the failure plan: `POST /order/202309/orders/search`,
`GET /order/202507/orders`, `GET /order/202407/orders/{}/price_detail`, `POST /fulfillment/202309/packages/search`,
`POST /fulfillment/202309/orders/{}/packages`, `POST /fulfillment/202309/packages/{}/shipping_info/update`,
`POST /return_refund/202309/cancellations/search`, `POST /return_refund/202309/returns/search`,
`POST /product/202502/products/search`, `POST /product/202309/inventory/search`, `GET /logistics/202309/warehouses` (and
below it `/{}/delivery_options`), `GET /logistics/202309/delivery_options/{}/shipping_providers`,
`GET /finance/202309/statements`, `GET /finance/202501/statements/{}/statement_transactions`,
`GET /finance/202605/payments`, `GET /authorization/202309/shops`, `GET /api/v2/token/refresh`.

Content failures: `lost_page` empties the list of a page, `fields_gone` (detail `names`) takes fields out of everything
below `data`, `partial_data` leaves half of a list out and says so in `data.errors`. With detail `status=200` a
throttled call is refused in the body alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from auditor.sandbox.failures import Failure
from auditor.sandbox.manners import FailurePlan, Manners
from auditor.sandbox.tiktok_shop.answers import NOT_FOUND, Answers, Asked, Missing
from auditor.sandbox.tiktok_shop.paging import Refused
from auditor.sandbox.tiktok_shop.state import Body, TikTokShopState, unix
from auditor.sandbox.wire import HangingUp

EARLY, LATE = 300, 30
"""Seconds by which a timestamp may lie before and after now."""
_REFRESH = "/api/v2/token/refresh"
_WITHOUT_CIPHER = ("/authorization/", "/seller/")


def tiktok_shop_app(state: TikTokShopState, failures: FailurePlan | None, system: str) -> ASGIApp:
    """`system` is the name under which failures are planned."""
    service = _Service(state)
    manners = Manners(
        failures,
        system,
        state.clock,
        throttled=service.throttled,
        refused=service.expired,
        broken=lambda status: service.error(36009003, "Internal error", status),
    )

    async def answer(request: Request) -> Response:
        body = await request.body()
        path = request.url.path
        name, ids = _named(request.method, path)

        def handle(failure: Failure | None) -> Response:
            if path == _REFRESH:
                return service.refresh(dict(request.query_params))
            refusal = service.refusal(request.method, path, request.query_params, request.headers, body)
            if refusal is not None:
                return refusal
            return service.answer(name, Asked(ids, dict(request.query_params), _parsed(body)), failure)

        return await manners.answer(name, handle)

    return HangingUp(Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST"])]))


class _Service:
    def __init__(self, state: TikTokShopState) -> None:
        self._state = state
        self._answers = Answers(state)
        self._numbers = count(1)

    def answer(self, name: str, asked: Asked, failure: Failure | None) -> Response:
        method = self._answers.route(name)
        if method is None:
            return self.error(36009009, "Invalid path", 404)
        try:
            data = method(asked)
        except Refused as refused:
            return self.error(36009004, str(refused), 400)
        except Missing:
            return self.error(NOT_FOUND, "The record does not exist", 200)
        return self._said(0, "Success", 200, _spoilt(data, failure))

    def refusal(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Response | None:
        """Why this call is not let in; None when it is."""
        if self._state.is_too_fast():
            return self.error(36009002, "Too many requests", 429)
        if headers.get("content-type") != "application/json":
            return self.error(36009004, "content-type must be application/json", 400)
        stamp = query.get("timestamp", "")
        now = unix(self._state.clock.now())
        if not stamp.isdigit() or not now - EARLY <= int(stamp) <= now + LATE:
            return self.error(36009004, "timestamp is invalid or expired", 400)
        if query.get("app_key") != self._state.app_key:
            return self.error(106001, "app_key is invalid", 401)
        if not hmac.compare_digest(query.get("sign", ""), self._signature(path, query, body)):
            return self.error(106001, "sign is invalid", 401)
        if not self._state.accepts(headers.get("x-tts-access-token", "")):
            return self.error(105002, "Expired credentials", 401)
        takes_cipher = not path.startswith(_WITHOUT_CIPHER)
        if takes_cipher and query.get("shop_cipher") != self._state.cipher:
            return self.error(106013, "shop_cipher is missing or invalid", 400)
        if not takes_cipher and "shop_cipher" in query:
            return self.error(36009004, "shop_cipher is not expected", 400)
        return None

    def refresh(self, query: Mapping[str, str]) -> Response:
        if (query.get("app_key"), query.get("app_secret")) != (self._state.app_key, self._state.app_secret):
            return self.error(36004004, "app_key or app_secret is invalid", 200)
        if query.get("grant_type") != "refresh_token":
            return self.error(36004003, "grant_type is invalid", 200)
        data = self._state.refresh(query.get("refresh_token", ""))
        if data is None:
            return self.error(36004001, "The refresh token is expired", 200)
        return self._said(0, "success", 200, data)

    def throttled(self, failure: Failure) -> Response:
        response = self.error(36009002, "Too many requests", int(failure.detail.get("status", 429)))
        if "retry_after" in failure.detail:
            response.headers["Retry-After"] = str(failure.detail["retry_after"])
        return response

    def expired(self) -> Response:
        self._state.expire_access()
        return self.error(105002, "Expired credentials", 401)

    def error(self, code: int, message: str, status: int) -> Response:
        return self._said(code, message, status, None)

    def _said(self, code: int, message: str, status: int, data: Body | None) -> Response:
        moment = f"{self._state.clock.now():%Y%m%d%H%M%S}"
        body: Body = {"code": code, "message": message, "request_id": f"{moment}{next(self._numbers):08X}"}
        if data is not None:
            body["data"] = data
        return JSONResponse(body, status)

    def _signature(self, path: str, query: Mapping[str, str], body: bytes) -> str:
        secret = self._state.app_secret.encode()
        parts = [f"{name}{value}" for name, value in sorted(query.items()) if name not in ("sign", "access_token")]
        message = secret + (path + "".join(parts)).encode() + body + secret
        return hmac.new(secret, message, hashlib.sha256).hexdigest()


def _named(method: str, path: str) -> tuple[str, tuple[str, ...]]:
    """The call's name, and the ids that stand in its path: everything in digits after the version."""
    parts = path.split("/")
    ids = [part for place, part in enumerate(parts) if place > 2 and part.isdigit()]
    shown = ["{}" if place > 2 and part.isdigit() else part for place, part in enumerate(parts)]
    return f"{method} {'/'.join(shown)}", tuple(ids)


def _parsed(body: bytes) -> dict[str, Any]:
    parsed = json.loads(body) if body else {}
    return parsed if isinstance(parsed, dict) else {}


def _spoilt(data: Body, failure: Failure | None) -> Body:
    """The data as a content failure leaves it."""
    lists = [name for name, value in data.items() if isinstance(value, list)]
    match failure.kind if failure else None:
        case "lost_page":
            return {**data, **{name: [] for name in lists}}
        case "partial_data":
            errors = [{"code": 36009003, "message": "some records could not be read", "detail": {}}]
            return {**data, **{name: data[name][: len(data[name]) // 2] for name in lists}, "errors": errors}
        case "fields_gone" if failure:
            gone = _without(data, frozenset(failure.detail["names"]))
            assert isinstance(gone, dict)
            return gone
    return data


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, names) for name, inner in value.items() if name not in names}
    if isinstance(value, list):
        return [_without(inner, names) for inner in value]
    return value
