"""The same days of an account in two formats: each booking would be there twice, under two ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from auditor.connectors.bank.statement import BankFile
from auditor.connectors.shelf import Taken


def told_twice(files: Sequence[Taken[BankFile]]) -> list[str]:
    """A sentence for each pair of files of different formats whose bookings of one account overlap in days."""
    spans: dict[str, list[tuple[date, date, str, str]]] = {}
    for taken in files:
        for statement in taken.summary.statements:
            if statement.days is not None:
                spans.setdefault(statement.account, []).append((*statement.days, taken.summary.format, taken.file.name))
    found: list[str] = []
    for account, known in sorted(spans.items()):
        reach: dict[str, tuple[date, str]] = {}
        for first, last, kind, name in sorted(known):
            for other, (until, other_name) in reach.items():
                if other != kind and until >= first:
                    found.append(
                        f"{name} ({kind}) and {other_name} ({other}) both hold bookings of {account} on {first}, "
                        "which would count twice; keep one format and take the other away."
                    )
            if kind not in reach or reach[kind][0] < last:
                reach[kind] = last, name
    return found
