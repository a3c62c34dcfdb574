"""The dashboard by itself, for a service that runs elsewhere."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import streamlit as st

import dashboards
from auditor.service.log import take_over
from auditor.service.port import CHATTY, serve_until_stopped


def serve_dashboard(api: str, listener: socket.socket) -> None:
    """Serve the dashboard's pages against the API at `api` on a listening socket."""
    os.environ["AUDITOR_API"] = api

    @contextlib.asynccontextmanager
    async def life(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
        take_over(*CHATTY)
        yield None

    serve_until_stopped(st.App(Path(dashboards.__file__).parent / "app.py", lifespan=life), listener)
