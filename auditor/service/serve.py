"""One process, one port: scheduler, HTTP API under /api, and the dashboard."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.routing import Mount

import dashboards
from auditor.errors import UsageError
from auditor.service.api import make_api
from auditor.service.office import Office
from auditor.service.schedule import Schedule

SERVICE_FILE = "service.json"
"""Beside the store while a service runs: its address and a token for commands of the same user (mode 600)."""


def serve(office: Office, *, host: str, port: int, audit_first: bool = True, scheduled: bool = True) -> None:
    """Serve until interrupted. Raises `UsageError` when the port is taken."""
    token = office.local_token = secrets.token_urlsafe(32)
    every = min(office.settings.b1.cadence, *(channel.cadence.orders for channel in office.settings.channel))
    schedule = Schedule(office.audit_due, every)
    os.environ["AUDITOR_API"] = f"http://{'127.0.0.1' if host in {'0.0.0.0', '::'} else host}:{port}/api"

    @contextlib.asynccontextmanager
    async def life(_app: st.App) -> AsyncIterator[dict[str, Any] | None]:
        announcement = _announce(office.settings.store_path.parent, os.environ["AUDITOR_API"], token)
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
    try:
        uvicorn.run(app, host=host, port=port, log_level="warning", log_config=None)
    except OSError as error:
        raise UsageError(
            f"The address {host}:{port} cannot be served: {error.strerror}; choose another --port."
        ) from None
    except SystemExit as end:  # uvicorn's way of saying that the port is taken
        if end.code:
            raise UsageError(f"Port {port} on {host} is taken; choose another with --port.") from None


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
