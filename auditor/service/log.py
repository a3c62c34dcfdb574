"""The log: one JSON line per event in a file beside the store; people on a terminal get sentences instead.

Secrets and customers' data never reach it: known secret keys are blanked by name, whatever the caller passed.
"""

from __future__ import annotations

import logging
import logging.handlers
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog

_SECRET_WORDS = ("password", "token", "secret", "authorization", "cookie", "api_key", "credential")
_PERSONAL_WORDS = ("email", "phone", "address", "customer_name", "card_name", "body")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank every value whose key speaks of a secret or of a person."""
    for key in event:
        if any(word in key.lower() for word in (*_SECRET_WORDS, *_PERSONAL_WORDS)):
            event[key] = "[removed]"
    return event


def set_up(folder: Path, *, level: int = logging.INFO) -> Path:
    """Send the log to `folder`/auditor.log, ten files of 5 MB at most. Returns the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "auditor.log"
    handler = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=9, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("auditor").setLevel(level)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    return path
