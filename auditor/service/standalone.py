"""The dashboard by itself, for a service that runs elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st
import uvicorn

import dashboards
from auditor.errors import UsageError


def serve_dashboard(api: str, port: int, host: str = "127.0.0.1") -> None:
    """Serve the dashboard's pages against the API at `api`. Raises `UsageError` when the port is taken."""
    os.environ["AUDITOR_API"] = api.rstrip("/")
    app = st.App(Path(dashboards.__file__).parent / "app.py")
    try:
        uvicorn.run(app, host=host, port=port, log_config=None)
    except SystemExit as end:  # uvicorn's way of saying that the port is taken
        if end.code:
            raise UsageError(f"Port {port} on {host} is taken; choose another with --port.") from None
