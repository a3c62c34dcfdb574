"""`auditor doctor`: every connection, right and mapping, one line each, each problem with its mend."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.clock import Clock
from auditor.connectors.base import Diagnosis
from auditor.errors import AuditorError
from auditor.matching.settings_tables import read_maps
from auditor.service import connections
from auditor.settings import Settings


def examine(settings: Settings, clock: Clock) -> Iterator[Diagnosis]:
    """Diagnoses in the order in which one would mend them: files, then B1, then each channel."""
    yield Diagnosis(
        "auditor.toml", "ok", f"{settings.company.name}, {len(settings.channel)} channel(s), no unknown keys."
    )
    yield from _maps(settings)
    yield from _locations(settings)
    try:
        connectors = connections.connect(settings, clock, {})
    except AuditorError as error:
        yield Diagnosis("connections", "failed", str(error))
        return
    for connector in connectors:
        try:
            yield from connector.diagnose()
        finally:
            connector.close()


def _maps(settings: Settings) -> Iterator[Diagnosis]:
    try:
        for name, rows in read_maps(settings).items():
            yield Diagnosis(f"maps.{name}", "ok", f"{len(rows)} line(s) read.")
    except AuditorError as error:
        yield Diagnosis("maps", "failed", str(error))


def _locations(settings: Settings) -> Iterator[Diagnosis]:
    for channel in settings.channel:
        if not channel.locations:
            yield Diagnosis(
                channel.id,
                "warning",
                "no locations are mapped, so its stock cannot be judged; "
                "add [channel.locations] with location = [warehouses].",
            )
