"""One listening port for an ASGI application: taken before anything slow begins, served until interrupted."""

from __future__ import annotations

import errno
import socket
from contextlib import suppress
from typing import Any

import uvicorn

from auditor.errors import UsageError

# Libraries that would print their log on the screen; auditor.service.log.take_over() sends it into ours.
CHATTY = ("streamlit", "uvicorn", "websockets")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens on `host`:`port` (0: any free one). Raises `UsageError` when that is not possible."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # The protocol is named, or asyncio leaves Nagle's delay on and every small answer waits 40 ms.
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen()
        except OSError:
            listener.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise UsageError(f"Port {port} on {host} is taken; choose another with --port.") from None
        raise UsageError(f"{host}:{port} cannot be listened on: {error.strerror}; choose another address.") from None
    return listener


def address(listener: socket.socket) -> str:
    """The http address under which a browser on this machine reaches it."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve_until_stopped(app: Any, listener: socket.socket) -> None:
    """Serve the application until SIGINT or SIGTERM. The access log stays off: addresses may carry a token."""
    config = uvicorn.Config(app, log_level="warning", log_config=None, access_log=False)
    # uvicorn raises the signal again after its own clean end.
    with listener, suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listener])
