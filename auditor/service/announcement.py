"""What a running service says of itself beside the store, so that commands of the same user find it."""

from __future__ import annotations

import json
import os
from pathlib import Path

SERVICE_FILE = "service.json"
"""The address of the service and a token for commands of the same user (mode 600)."""


def running_service(store_folder: Path) -> tuple[str, str] | None:
    """(address, token) of the service that holds the store in this folder, if it says so."""
    try:
        said = json.loads((store_folder / SERVICE_FILE).read_text(encoding="utf-8"))
        return str(said["api"]), str(said["token"])
    except (OSError, ValueError, KeyError):
        return None


def announce(folder: Path, address: str, token: str) -> Path:
    """Writes the announcement; its path, to be removed when the service ends."""
    path = folder / SERVICE_FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"api": address, "token": token}, file)
    return path
