"""The simulated Service Layer as an ASGI application: cookies, sessions, injected failures, the balancer's pings."""

from __future__ import annotations

from datetime import UTC
from email.utils import format_datetime
from http.cookies import CookieError, SimpleCookie
from typing import Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from auditor.sandbox.b1 import answers
from auditor.sandbox.b1.answers import NOTHING_HIDDEN, Hidden
from auditor.sandbox.b1.errors import Refused, session_gone
from auditor.sandbox.b1.service import Answer, Call, Service, refusal
from auditor.sandbox.b1.sessions import VERSION, Session, Sessions
from auditor.sandbox.b1.state import B1State
from auditor.sandbox.failures import Failure
from auditor.sandbox.wire import HalfAnswer, HangingUp, NoAnswer

_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_PROXY_ERROR = """<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">
<html><head><title>{status} {title}</title></head><body>
<h1>{title}</h1>
<p>The proxy server could not handle the request<p>Reason: <strong>Error reading from remote server</strong></p>
</body></html>
"""


class FailurePlan(Protocol):
    def next_for(self, system: str, call_name: str) -> Failure | None:
        """What shall go wrong with this call; None when nothing.

        Calls are named by method and path ('GET Orders(1)', 'POST Login'). A count is 'GET $count of Orders', so that
        what is planned for 'GET Orders' happens to rows.
        """


def b1_app(state: B1State, failures: FailurePlan | None = None) -> ASGIApp:
    """The application; serve it with uvicorn. Its roots are `/b1s/v2`, `/b1s/v1` and `/ping/`."""
    return HangingUp(_Server(state, failures).app())


class _Server:
    def __init__(self, state: B1State, failures: FailurePlan | None) -> None:
        self._state = state
        self._failures = failures
        self._sessions = Sessions(state)
        self._service = Service(state)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/ping/{rest:path}", self._ping, methods=["GET"]),
                Route("/b1s/{version}/{path:path}", self._endpoint, methods=_METHODS),
            ]
        )

    async def _ping(self, request: Request) -> Response:
        """Answered by the balancer itself, without a login."""
        return PlainTextResponse("pong")

    async def _endpoint(self, request: Request) -> Response:
        version = request.path_params["version"]
        if version not in ("v1", "v2"):
            return _html(404, "Not Found")
        method = request.method
        if method == "POST":
            method = request.headers.get("x-http-method-override", method).upper()
        path = request.path_params["path"]
        name = f"{method} $count of {path.removesuffix('/$count')}" if path.endswith("/$count") else f"{method} {path}"
        failure = self._failures.next_for("b1", name) if self._failures else None
        kind = failure.kind if failure else ""
        body = await request.body()
        broken = _instead(kind)
        if broken is not None:
            return broken
        call = Call(
            method=method,
            path=path,
            version=version,
            root=f"{request.url.scheme}://{request.headers.get('host', 'localhost')}/b1s/{version}",
            query=request.url.query,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            hidden=_hidden(failure),
            lost_page=str(failure.detail.get("part", "rows")) if failure and kind == "lost_page" else None,
        )
        response = await self._answer(request, call, failure)
        # The simulated world has its own time; serve with `date_header=False`, so that only this one is sent.
        response.headers["date"] = format_datetime(self._state.clock.now().replace(tzinfo=UTC), usegmt=True)
        if kind == "lost_answer":
            return NoAnswer()
        if failure and kind == "truncated_body":
            return _truncated(response, is_cut_json=failure.detail.get("form") == "json")
        return response

    async def _answer(self, request: Request, call: Call, failure: Failure | None) -> Response:
        try:
            if call.path == "Login" and call.method == "POST":
                return self._login(call)
            session = self._sessions.current(_cookies(request))
            if failure is not None and failure.kind == "session_expired":
                self._sessions.forget(session)
                raise session_gone()
        except Refused as refused:
            return _respond(refusal(refused, call.version), call.version)
        # The real server works on one call of a session at a time.
        async with session.turn:
            if failure is not None and failure.kind == "slow":
                await run_in_threadpool(self._state.clock.sleep, float(failure.detail.get("seconds", 1)))
            if call.path == "Logout" and call.method == "POST":
                return self._logout(session)
            return _respond(self._service.answer(call), call.version)

    def _login(self, call: Call) -> Response:
        session = self._sessions.login(call.json())
        body = {
            "@odata.context": f"{call.root}/$metadata#B1Sessions/$entity",
            "SessionId": session.id,
            "Version": VERSION,
            "SessionTimeout": self._state.behaviour.session_minutes,
        }
        response = _respond(Answer(200, answers.to_json(body, call.version)), call.version)
        # Exactly as printed by the real server: no Path and a stray semicolon in the first, a Path in the second.
        response.raw_headers.append((b"set-cookie", f"B1SESSION={session.id};HttpOnly;".encode()))
        response.raw_headers.append((b"set-cookie", b"ROUTEID=.node2; path=/b1s"))
        return response

    def _logout(self, session: Session) -> Response:
        self._sessions.forget(session)
        return Response(status_code=204)


def _cookies(request: Request) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(request.headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _respond(answer: Answer, version: str) -> Response:
    metadata = "odata=minimalmetadata" if version == "v1" else "odata.metadata=minimal"
    headers = {"DataServiceVersion": "3.0"} if version == "v1" else {"OData-Version": "4.0"}
    headers.update(answer.headers)
    if answer.body:
        headers.setdefault("content-type", f"application/json;{metadata};charset=utf-8")
    return Response(answer.body, answer.status, headers)


def _html(status: int, title: str) -> Response:
    page = _PROXY_ERROR.format(status=status, title=title)
    return Response(page, status, {"content-type": "text/html; charset=iso-8859-1"})


def _instead(kind: str) -> Response | None:
    """Failures in which the call never reaches the server behind the balancer. There is no 429 in this world."""
    if kind == "bad_gateway_html":
        return _html(502, "Proxy Error")
    if kind == "throttle":
        return _html(503, "Service Unavailable")
    if kind == "server_error":
        return Response(status_code=500)
    if kind == "closed_connection":
        return NoAnswer()
    return None


def _hidden(failure: Failure | None) -> Hidden:
    if failure is not None and failure.kind == "fields_gone":
        return Hidden(names=frozenset(failure.detail["names"]))
    if failure is not None and failure.kind == "warehouse_silent":
        return Hidden(warehouse=str(failure.detail["warehouse"]))
    return NOTHING_HIDDEN


def _truncated(response: Response, *, is_cut_json: bool) -> Response:
    """Half of the body: announced as the whole (`form='json'`), or breaking off before the announced length."""
    body = bytes(response.body)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    if is_cut_json:
        return Response(body[: len(body) // 2], response.status_code, headers)
    return HalfAnswer(body, response.status_code, headers)
