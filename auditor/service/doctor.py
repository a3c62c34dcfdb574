"""`auditor doctor`: every connection, right and mapping, one line each, each problem with its mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from auditor.checking import library, policy
from auditor.clock import Clock
from auditor.connectors.base import Diagnosis
from auditor.errors import AuditorError
from auditor.matching.settings_tables import read_maps
from auditor.model import B1
from auditor.service import connections
from auditor.service.proof_matrix import matrix
from auditor.settings import Settings

_CONFIGURATION = ("maps", "checks", "secret", "connections")
"""Beginnings of the subjects that speak of auditor.toml and what belongs to it, not of a system."""


def examine(settings: Settings, clock: Clock) -> Iterator[Diagnosis]:
    """Diagnoses in the order in which one would mend them: files, then B1, then each channel."""
    yield Diagnosis(
        "auditor.toml", "ok", f"{settings.company.name}, {len(settings.channel)} channel(s), no unknown keys."
    )
    yield from _maps(settings)
    yield from _checks(settings)
    missing = _secrets(settings)
    yield from missing.values()
    yield from _locations(settings)
    try:
        connectors = connections.connect(settings, clock, {})
    except AuditorError as error:
        yield Diagnosis("connections", "failed", str(error))
        return
    for connector in connectors:
        if connector.system in missing:
            continue
        prefix = "" if connector.system == B1 else f"{connector.system} "
        try:
            for line in connector.diagnose():
                yield replace(line, subject=prefix + line.subject)
        finally:
            connector.close()


def proofs(settings: Settings, clock: Clock) -> list[str]:
    """What each channel can prove, as lines of text; none while the configuration cannot be used. Nothing is sent."""
    try:
        connectors = connections.connect(settings, clock, {})
        try:
            return list(matrix(settings, connectors, library.from_settings(settings)))
        finally:
            for connector in connectors:
                connector.close()
    except AuditorError:
        return []


def exit_code(failed: Sequence[Diagnosis]) -> int:
    """2 when the first thing to mend is the configuration, 4 when it is a system that cannot be read."""
    return 2 if failed[0].subject.startswith(_CONFIGURATION) else 4


def _checks(settings: Settings) -> Iterator[Diagnosis]:
    try:
        checks = library.from_settings(settings)
        policy.from_settings(settings, checks)
    except AuditorError as error:
        yield Diagnosis("checks", "failed", str(error))
    else:
        own = sum(not check.path.is_relative_to(library.shipped_folder()) for check in checks)
        yield Diagnosis("checks", "ok", f"{len(checks)} checks{f', {own} of them your own' if own else ''}.")


def _secrets(settings: Settings) -> dict[str, Diagnosis]:
    """For each system whose secret cannot be had: why."""
    missing: dict[str, Diagnosis] = {}
    for system, key, secret in settings.secrets():
        try:
            secret.resolve(settings.folder)
        except AuditorError as error:
            missing.setdefault(system, Diagnosis(f"secret {system} {key}", "failed", str(error)))
    return missing


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
