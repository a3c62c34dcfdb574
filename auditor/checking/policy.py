"""policy.toml: parameters of checks that differ from the header's defaults, each with its reason.

    [stock_drift.params]
    tolerance_units = {value = 2, why = "the shop counts single gloves"}

    [stock_drift.channel."shopify-uk"]
    tolerance_units = {value = 5, why = "a slow theme caches its stock for an hour"}

The file that comes with the program is read first; a company's own (`[checks] policy` in auditor.toml) replaces single
values of it. A channel's value goes before a check's, a check's before the header's default. Closed: an unknown check,
parameter, channel or key raises `ConfigError` with the nearest known word.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from auditor.checking.header import Value, near
from auditor.checking.library import Check, Library, shipped_folder
from auditor.errors import ConfigError
from auditor.settings import Settings

FILE = "policy.toml"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value and the reason for it."""

    value: Value
    why: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Entries by (check, channel, parameter); channel None means every channel."""

    entries: Mapping[tuple[str, str | None, str], Entry] = field(default_factory=dict)

    def values(self, check: Check, channel: str) -> dict[str, Value]:
        """The parameters of a check on a channel that differ from the header's defaults."""
        chosen: dict[str, Value] = {}
        for name in check.header.params:
            for scope in (channel, None):
                entry = self.entries.get((check.check_id, scope, name))
                if entry is not None:
                    chosen[name] = entry.value
                    break
        return chosen

    def reasons(self, check: Check, channel: str | None = None) -> dict[str, str]:
        """Why each differing parameter differs; for people."""
        return {
            name: entry.why
            for (check_id, scope, name), entry in self.entries.items()
            if check_id == check.check_id and scope in (None, channel)
        }


def load(library: Library, channels: Collection[str], *files: Path) -> Policy:
    """The policy of these files, later ones going before earlier ones. Raises `ConfigError`."""
    entries: dict[tuple[str, str | None, str], Entry] = {}
    for path in files:
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"{path} is not valid TOML: {error}.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read: {error}.") from None
        for check_id, section in raw.items():
            entries |= _section(path, check_id, section, library, channels)
    return Policy(entries)


def shipped_file() -> Path:
    """The policy that comes with the program."""
    return shipped_folder() / FILE


def from_settings(settings: Settings, library: Library) -> Policy:
    """The shipped policy and the company's own above it."""
    files = [shipped_file()]
    if settings.checks.policy is not None:
        files.append(settings.folder / settings.checks.policy)
    return load(library, [channel.id for channel in settings.channel], *files)


def _section(
    path: Path, check_id: str, section: Any, library: Library, channels: Collection[str]
) -> dict[tuple[str, str | None, str], Entry]:
    check = library.get(check_id)
    if check is None:
        raise ConfigError(
            f"{path}: there is no check '{check_id}'; {near(check_id, [each.check_id for each in library])}"
        )
    found: dict[tuple[str, str | None, str], Entry] = {}
    for key, block in _table(path, check_id, section).items():
        if key == "params":
            found |= _entries(path, f"{check_id}.params", check, None, block)
        elif key == "channel":
            for channel, values in _table(path, f"{check_id}.channel", block).items():
                if channel not in channels:
                    raise ConfigError(f"{path}: [{check_id}.channel] names '{channel}'; {near(channel, channels)}")
                found |= _entries(path, f'{check_id}.channel."{channel}"', check, channel, values)
        else:
            raise ConfigError(f"{path}: '{check_id}.{key}' is not a known key; {near(key, ['params', 'channel'])}")
    return found


def _entries(
    path: Path, place: str, check: Check, channel: str | None, block: Any
) -> dict[tuple[str, str | None, str], Entry]:
    found: dict[tuple[str, str | None, str], Entry] = {}
    for name, raw in _table(path, place, block).items():
        parameter = check.header.params.get(name)
        if parameter is None:
            raise ConfigError(f"{path}: [{place}] sets '{name}'; {near(name, check.header.params)}")
        entry = _table(path, f"{place}.{name}", raw)
        for key in entry:
            if key not in ("value", "why"):
                raise ConfigError(f"{path}: '{place}.{name}.{key}' is not a known key; {near(key, ['value', 'why'])}")
        if "value" not in entry or not parameter.accepts(entry["value"]):
            raise ConfigError(f"{path}: '{place}.{name}' needs a value of type {parameter.type}.")
        why = entry.get("why")
        if not isinstance(why, str) or not why.strip():
            raise ConfigError(f"{path}: '{place}.{name}' has no reason; add why = \"...\".")
        found[check.check_id, channel, name] = Entry(parameter.bound(entry["value"]), why.strip())
    return found


def _table(path: Path, place: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: '{place}' must be a table such as {{value = 1, why = \"...\"}}.")
    return value
