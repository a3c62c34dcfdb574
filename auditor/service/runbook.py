"""What people read about a check: generated from the headers, in the terminal, the dashboard and the README."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from auditor import settings as settings_file
from auditor.checking import library
from auditor.checking.library import Check, Library


def entry(check: Check) -> dict[str, Any]:
    """One check as the API and the dashboard show it; everything is text."""
    header = check.header
    return {
        "check": check.check_id,
        "area": check.area,
        "title": header.title,
        "severity": header.severity.value,
        "owner": header.owner.value,
        "subject": header.subject,
        "means": header.means or "",
        "why": header.why,
        "look": header.look,
        "fix": header.fix,
        "prevent": header.prevent or "",
        "causes": dict(header.causes),
        "action": header.action,
        "parameters": {name: f"{parameter.default} – {parameter.why}" for name, parameter in header.params.items()},
    }


def known(config: Path | None) -> Library:
    """The checks that auditor.toml asks for; where there is no auditor.toml, those that come with the program."""
    if config is None and not settings_file.is_there():
        return library.load()
    return library.from_settings(settings_file.load(config))
