"""What people read about a check: generated from the headers, in the terminal, the dashboard and the README."""

from __future__ import annotations

from typing import Any

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
        "why": header.why,
        "look": header.look,
        "fix": header.fix,
        "action": header.action,
        "parameters": {name: f"{parameter.default} – {parameter.why}" for name, parameter in header.params.items()},
    }


def page(check_id: str, checks: Library | None = None) -> str | None:
    """The runbook page of a check as text for a terminal; None when there is no such check."""
    check = (checks or library.load()).get(check_id)
    if check is None:
        return None
    shown = entry(check)
    lines = [
        f"[bold]{shown['check']}[/]  {shown['title']}",
        f"Area {shown['area']} · owner {check.header.owner.plain_name} · severity at least {shown['severity']}",
        "",
        f"[bold]Why it matters[/]  {shown['why']}",
        f"[bold]Where to look[/]   {shown['look']}",
        f"[bold]How to mend[/]     {shown['fix']}",
    ]
    lines += [f"[bold]Parameter[/]       {name}: {why}" for name, why in shown["parameters"].items()]
    return "\n".join(lines)
