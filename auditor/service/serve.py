"""One process, one port: scheduler, HTTP API under /api, and the dashboard."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.routing import Mount

import dashboards
from auditor.service.announcement import announce
from auditor.service.api import make_api
from auditor.service.log import take_over
from auditor.service.office import Office
from auditor.service.port import CHATTY, address, serve_until_stopped
from auditor.service.schedule import Schedule


def serve(office: Office, listener: socket.socket, *, audit_first: bool = True, scheduled: bool = True) -> None:
    """Serve on a listening socket until interrupted."""
    token = office.local_token = secrets.token_urlsafe(32)
    every = min(office.settings.b1.cadence, *(channel.cadence.orders for channel in office.settings.channel))
    schedule = Schedule(office.audit_quietly, every, office.night_quietly, office.settings.company.zone)
    api = os.environ["AUDITOR_API"] = f"{address(listener)}/api"

    @contextlib.asynccontextmanager
    async def life(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
        take_over(*CHATTY)
        announcement = announce(office.settings.store_path.parent, api, token)
        office.executor.recover()
        if audit_first:
            office.start_audit()
        if scheduled:
            schedule.start()
        try:
            yield None
        finally:
            schedule.stop()
            announcement.unlink(missing_ok=True)

    app = st.App(
        Path(dashboards.__file__).parent / "app.py",
        routes=[Mount("/api", make_api(office))],
        lifespan=life,
    )
    serve_until_stopped(app, listener)
