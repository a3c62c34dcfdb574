"""A transport whose calls end by a deadline, whatever the server does.

httpx's time-outs are per socket operation: a server that drips one byte a second never meets one. Here every
operation on the socket gets the smaller of its own limit and what is left of the whole call. Only `http.py` uses this.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

from auditor.clock import Clock

# B1's balancer closes a connection after five idle seconds; we let go first and never meet a half-closed one.
KEEPALIVE_SECONDS = 4.0


class DeadlineTransport(httpx.BaseTransport):
    """HTTP/1.1 over pooled connections; `ends_by(moment)` bounds all socket work of the calling thread."""

    def __init__(self, clock: Clock, context: ssl.SSLContext, *, max_connections: int = 10) -> None:
        self._left = _Left(clock)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=_Backend(self._left),
        )

    @contextmanager
    def ends_by(self, moment: float) -> Iterator[None]:
        """Calls of this thread inside the block fail with a time-out once the clock's monotonic time passes."""
        self._left.moment = moment
        try:
            yield
        finally:
            self._left.moment = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with _as_httpx():
            answer = self._pool.handle_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=request.url.raw_scheme,
                        host=request.url.raw_host,
                        port=request.url.port,
                        target=request.url.raw_path,
                    ),
                    headers=request.headers.raw,
                    content=request.read(),
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Left(threading.local):
    """What is left of the calling thread's current call."""

    moment: float | None = None

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of(self, timeout: float | None) -> float | None:
        """The smaller of the operation's own limit and the rest of the call, in seconds."""
        if self.moment is None:
            return timeout
        rest = self.moment - self._clock.monotonic()
        if rest <= 0:
            raise httpcore.ReadTimeout("the call's deadline has passed")
        return rest if timeout is None else min(rest, timeout)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, left: _Left) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left.of(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left.of(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left.of(timeout)), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, left: _Left) -> None:
        self._inner = httpcore.SyncBackend()
        self._left = left

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._inner.connect_tcp(host, port, self._left.of(timeout), local_address, socket_options)
        return _Stream(stream, self._left)


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _as_httpx():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """httpcore's errors under their names in httpx, so that callers know one family."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        kind = getattr(httpx, type(error).__name__)
        raise kind(str(error)) from error
