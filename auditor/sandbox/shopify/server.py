"""The simulated store as an ASGI application: GraphQL endpoint, tokens, bulk results, injected failures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from auditor.sandbox.failures import Failure
from auditor.sandbox.shopify import answering
from auditor.sandbox.shopify.answering import Answering
from auditor.sandbox.shopify.faults import without
from auditor.sandbox.shopify.state import ShopifyState
from auditor.sandbox.shopify.wire import Node, dumps
from auditor.sandbox.wire import HalfAnswer, HangingUp, NoAnswer

_OPERATION = re.compile(r"\b(?:query|mutation)\s+(\w+)")
_VERSION = re.compile(r"20\d\d-(?:01|04|07|10)")
_BAD_GATEWAY = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head><body>502</body></html>\n"
_UNAUTHORISED = "[API] Invalid API key or access token (unrecognized login or wrong password)"
_WORDS = {402: "Unavailable Shop", 423: "Unavailable Shop", 430: "Shopify Security Rejection"}


class FailurePlan(Protocol):
    def next_for(self, system: str, call_name: str) -> Failure | None:
        """What shall go wrong with this call (operation name, `token` or `bulk result`); None when nothing."""


def shopify_app(state: ShopifyState, failures: FailurePlan | None = None, system: str = "shopify") -> ASGIApp:
    """The application; serve it with uvicorn. `system` is the name under which failures are planned."""
    return HangingUp(_Server(state, failures, system).app())


class _Server:
    def __init__(self, state: ShopifyState, failures: FailurePlan | None, system: str) -> None:
        self._state = state
        self._failures = failures
        self._system = system
        self._answering = Answering(state)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
                Route("/admin/oauth/access_token", self._token, methods=["POST"]),
                Route("/bulk/{number:int}.jsonl", self._result, methods=["GET"]),
            ],
            exception_handlers={404: _not_found, 405: _not_found},
        )

    # -- GraphQL ------------------------------------------------------------------------------------------------------
    async def _graphql(self, request: Request) -> Response:
        body = _object(await request.body())
        name = _operation_name(body)
        failure = self._next(name or "graphql")
        instead = await self._instead(failure)
        if instead is not None:
            return instead
        version = self._served_version(request.path_params["version"])
        if version is None:
            return _error(404)
        if not self._state.is_token_valid(request.headers.get("x-shopify-access-token")):
            return _json({"errors": _UNAUTHORISED}, 401)
        if body is None or not isinstance(body.get("query"), str):
            return _json({"errors": {"query": "Required parameter missing or invalid"}}, 400)
        public_url = f"{request.url.scheme}://{request.headers.get('host', 'localhost')}"
        answer = await run_in_threadpool(self._answer, body, failure, public_url)
        status = int(failure.detail.get("status", 200)) if failure and failure.kind == "throttle" else 200
        headers = {"X-Shopify-API-Version": version, "X-Request-Id": "00000000-0000-4000-8000-000000000001"}
        if status == 429:
            headers["Retry-After"] = "2.0"
        return _damaged(_json(answer, status, headers), failure)

    def _answer(self, body: Mapping[str, Any], failure: Failure | None, public_url: str) -> Node:
        request = answering.Request(body["query"], body.get("variables") or {}, body.get("operationName"))
        with self._state.lock:
            self._answering.bulk.public_url = public_url
            return self._answering.answer(
                request, failure.kind if failure else None, failure.detail if failure else answering.NO_FAULT
            )

    def _served_version(self, asked: str) -> str | None:
        """A version that is no longer served falls forward to the oldest that is; one that never was is not found."""
        versions = self._state.versions
        if asked in versions or asked == "unstable":
            return asked
        return versions[0] if _VERSION.fullmatch(asked) and asked < versions[0] else None

    # -- tokens -------------------------------------------------------------------------------------------------------
    async def _token(self, request: Request) -> Response:
        """The client credentials grant; the body is a form or JSON."""
        failure = self._next("token")
        instead = await self._instead(failure)
        if instead is not None:
            return instead
        raw = await request.body()
        form = _object(raw) or {name: values[0] for name, values in parse_qs(raw.decode("utf-8", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        if (form.get("client_id"), form.get("client_secret")) != (self._state.client_id, self._state.client_secret):
            return _json({"error": "invalid_client"}, 401)
        issued = self._state.issue_token()
        scope = ",".join(sorted(self._state.scopes))
        return _damaged(_json({"access_token": issued.token, "scope": scope, "expires_in": 86399}), failure)

    # -- bulk results -------------------------------------------------------------------------------------------------
    async def _result(self, request: Request) -> Response:
        """A result file; its address is the only key to it."""
        failure = self._next("bulk result")
        instead = await self._instead(failure)
        if instead is not None:
            return instead
        with self._state.lock:
            blocks = self._answering.bulk.result(request.path_params["number"])
        if blocks is None:
            return _error(404)
        kind = failure.kind if failure else ""
        if kind in ("truncated_body", "lost_page", "lost_answer"):
            content = b"".join(blocks)
            if kind == "lost_page":
                content = b"".join(line for place, line in enumerate(content.splitlines(True)) if place % 10 != 9)
            return _damaged(Response(content, media_type="application/jsonl"), failure)
        if failure and kind == "fields_gone":
            names = failure.detail["names"]
            lines = b"".join(blocks).splitlines()
            content = b"".join(orjson.dumps(without(orjson.loads(line), names)) + b"\n" for line in lines)
            return Response(content, media_type="application/jsonl")
        return StreamingResponse(blocks, media_type="application/jsonl")

    # -- failures -----------------------------------------------------------------------------------------------------
    def _next(self, call_name: str) -> Failure | None:
        return self._failures.next_for(self._system, call_name) if self._failures else None

    async def _instead(self, failure: Failure | None) -> Response | None:
        """The answer of a failure in which nothing is executed; waits, when the failure is to be slow."""
        if failure is None:
            return None
        if failure.kind == "slow":
            await run_in_threadpool(self._state.clock.sleep, float(failure.detail.get("seconds", 1)))
        if failure.kind == "bad_gateway_html":
            return Response(_BAD_GATEWAY, 502, media_type="text/html")
        if failure.kind == "closed_connection":
            return NoAnswer()
        if failure.kind == "session_expired":
            self._state.forget_tokens()
            return _json({"errors": _UNAUTHORISED}, 401)
        if failure.kind == "server_error" and failure.detail.get("form") != "graphql":
            return _error(int(failure.detail.get("status", 500)))
        return None


def _damaged(response: Response, failure: Failure | None) -> Response:
    """The finished answer as it arrives: whole, cut in the middle (`form='json'`: with a fitting length), or not."""
    if failure is None or failure.kind not in ("lost_answer", "truncated_body"):
        return response
    if failure.kind == "lost_answer":
        return NoAnswer()
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    body = bytes(response.body)
    if failure.detail.get("form") == "json":
        return Response(body[: len(body) // 2], response.status_code, headers)
    return HalfAnswer(body, response.status_code, headers)


def _operation_name(body: Mapping[str, Any] | None) -> str | None:
    if body is None:
        return None
    found = _OPERATION.search(str(body.get("query") or ""))
    return str(body.get("operationName") or (found.group(1) if found else "")) or None


def _object(raw: bytes) -> dict[str, Any] | None:
    try:
        parsed = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _json(content: Node, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(dumps(content), status, headers, media_type="application/json")


def _error(status: int) -> Response:
    return _json({"errors": _WORDS.get(status) or HTTPStatus(status).phrase}, status)


async def _not_found(request: Request, error: Exception) -> Response:
    return _error(404)
