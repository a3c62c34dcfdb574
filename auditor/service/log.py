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

from auditor.errors import ConfigError

_SECRET_WORDS = ("password", "token", "secret", "authorization", "cookie", "api_key", "credential")
_PERSONAL_WORDS = ("email", "phone", "address", "customer_name", "card_name", "body")


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank every value whose key speaks of a secret or of a person."""
    for key in event:
        if any(word in key.lower() for word in (*_SECRET_WORDS, *_PERSONAL_WORDS)):
            event[key] = "[removed]"
    return event


_written: list[Path] = []


def log_file() -> Path | None:
    """Where events go now; None while there is no log."""
    return _written[-1] if _written else None


def say_nothing() -> None:
    """Until a folder for the log is known, events go nowhere: the screen belongs to people."""
    _written.clear()
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory(), cache_logger_on_first_use=False)


def set_up(folder: Path, *, level: int = logging.INFO) -> Path:
    """Send the log to `folder`/auditor.log, ten files of 5 MB at most. Returns the file's path.

    Raises `ConfigError` when the folder cannot be written.
    """
    path = folder / "auditor.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=9, encoding="utf-8")
    except OSError as error:
        if isinstance(error, FileExistsError | NotADirectoryError):
            raise ConfigError(f"{folder} is a file, not a folder for the store; change path under [store].") from None
        raise ConfigError(
            f"The folder {folder} of the store and its log cannot be written: {error.strerror}; "
            "change its rights or path under [store]."
        ) from None
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    foreign = [structlog.stdlib.add_logger_name, *shared]
    written: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=written, foreign_pre_chain=foreign))
    # A log that cannot be written (a full disk) must not print tracebacks on the screen.
    logging.raiseExceptions = False
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("auditor").setLevel(level)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _written[:] = [path]
    return path


def take_over(*names: str) -> None:
    """Let libraries that print their log on the screen (and what is below them) write into ours, warnings only."""
    for name in list(logging.Logger.manager.loggerDict):
        if name.partition(".")[0] in names:
            logger = logging.getLogger(name)
            for handler in list(logger.handlers):
                logger.removeHandler(handler)
            logger.propagate = True
            logger.setLevel(logging.WARNING)
