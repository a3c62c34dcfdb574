"""What every command shares: how it prints, the options it takes, and its way to the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from auditor import settings as settings_file
from auditor.clock import SystemClock, to_utc
from auditor.errors import UsageError
from auditor.model.severity import Severity
from auditor.service import remote
from auditor.service.log import set_up
from auditor.service.remote import Desk


def _moment(text: str) -> datetime:
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError:
        raise UsageError(f"'{text}' is not a moment such as 2026-10-31T23:59:59Z.") from None


def _severity(text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a severity; known are: {', '.join(str(one) for one in Severity)}.") from None


# What is printed comes from other systems: no markup and no emoji codes are read out of it.
out = Console(markup=False, emoji=False, highlight=False)
err = Console(markup=False, emoji=False, highlight=False, stderr=True)

Config = Annotated[
    Path | None, typer.Option("--config", help="auditor.toml; default: AUDITOR_CONFIG, else ./auditor.toml")
]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Channels = Annotated[list[str] | None, typer.Option("--channel", help="Only this channel (may be repeated).")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", parser=_moment, metavar="MOMENT", help="What was known at this UTC moment; changes nothing."
    ),
]
FailOn = Annotated[
    Severity | None,
    typer.Option(
        "--fail-on", parser=_severity, metavar="SEVERITY", help="Exit 1 when a finding is at least this severe."
    ),
]
Port = Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free one.")]


def load_settings(config: Path | None) -> settings_file.Settings:
    return settings_file.load(config)


def open_desk(config: Path | None, *, api_is_fine: bool = False) -> Desk:
    settings = load_settings(config)
    set_up(settings.store_path.parent)
    return remote.open_desk(settings, SystemClock(), api_is_fine=api_is_fine)


def open_reading_desk(config: Path | None, channels: Sequence[str] | None = None) -> Desk:
    """A desk for commands that call the systems: what they need is asked for before anything is opened."""
    settings = load_settings(config)
    for channel in channels or ():
        settings.channel_named(channel)
    settings.check_secrets()
    return open_desk(config)


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_text))


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
