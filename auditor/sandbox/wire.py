"""The unfriendly parts of HTTP: answers that stop in the middle and connections that close without one."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

_HANG_UP = "auditor.hang_up"


class HangingUp:
    """Outermost layer of the application: gives the responses below a way to close the connection."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            # The server's `send` is a method of the object that holds the connection.
            transport = getattr(getattr(send, "__self__", None), "transport", None)
            scope[_HANG_UP] = transport
            if transport is not None:
                # Headers and body leave in two packets; without this each answer waits 40 ms for an acknowledgement.
                transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._app(scope, receive, send)


async def _hang_up(scope: Scope, receive: Receive) -> None:
    transport: Any = scope.get(_HANG_UP)
    if transport is None:
        raise ConnectionResetError("the simulated server closed the connection")
    transport.close()
    # The server must notice the closed connection before it misses the rest of the answer.
    while (await receive())["type"] != "http.disconnect":
        await asyncio.sleep(0)


class NoAnswer(Response):
    """Closes the connection without a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _hang_up(scope, receive)


class HalfAnswer(Response):
    """Promises the whole body in Content-Length, sends half of it and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = bytes(self.body)
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
        await _hang_up(scope, receive)
