"""One process, one port: scheduler, HTTP API under /api, and the dashboard."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.routing import Mount

import dashboards
from auditor.service.api import make_api
from auditor.service.log import take_over
from auditor.service.office import Office
from auditor.service.port import CHATTY, address, serve_until_stopped
from auditor.service.schedule import Schedule

SERVICE_FILE = "service.json"
"""Beside the store while a service runs: its address and a token for commands of the same user (mode 600)."""


def serve(office: Office, listener: socket.socket, *, audit_first: bool = True, scheduled: bool = True) -> None:
    """Serve on a listening socket until interrupted."""
    token = office.local_token = secrets.token_urlsafe(32)
    every = min(office.settings.b1.cadence, *(channel.cadence.orders for channel in office.settings.channel))
    schedule = Schedule(office.audit_quietly, every)
    api = os.environ["AUDITOR_API"] = f"{address(listener)}/api"

    @contextlib.asynccontextmanager
    async def life(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
        take_over(*CHATTY)
        announcement = _announce(office.settings.store_path.parent, api, token)
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


def running_service(store_folder: Path) -> tuple[str, str] | None:
    """(address, token) of the service that holds the store in this folder, if it says so."""
    try:
        said = json.loads((store_folder / SERVICE_FILE).read_text(encoding="utf-8"))
        return str(said["api"]), str(said["token"])
    except (OSError, ValueError, KeyError):
        return None


def _announce(folder: Path, address: str, token: str) -> Path:
    path = folder / SERVICE_FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"api": address, "token": token}, file)
    return path
