"""The CSV files named under [maps] in auditor.toml, read into rows.

Each file has a header line; `*` as the channel (or a missing column channel) means every channel, and a line for one
channel outranks it. Raises `ConfigError` naming the file, the line and the mend.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from auditor.errors import ConfigError

EVERY_CHANNEL = "*"

Row = tuple[str | Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class MapFile:
    """table: of schema `setting`; key: columns by which a line is found; values: what it says."""

    table: str
    key: tuple[str, ...]
    values: tuple[str, ...]
    amounts: tuple[str, ...] = ()
    is_set: bool = False
    """True: several lines for one key belong together (a channel SKU that stands for several items)."""

    @property
    def columns(self) -> tuple[str, ...]:
        return ("channel", *self.key, *self.values)


MAP_FILES = {
    "carriers": MapFile("carrier_map", ("b1_carrier",), ("channel_carrier",)),
    "skus": MapFile("sku_map", ("channel_sku",), ("item_code", "quantity"), amounts=("quantity",), is_set=True),
    "tax_codes": MapFile("tax_code_map", ("country", "rate"), ("tax_code",), amounts=("rate",)),
    "fees": MapFile("fee_map", ("fee_type",), ("percent", "fixed", "account"), amounts=("percent", "fixed")),
    "payment_gateways": MapFile("gateway_map", ("gateway",), ("provider", "account")),
    "payout_types": MapFile("payout_type_map", ("type",), ("kind", "account")),
}
"""By the key under [maps] in auditor.toml."""


def read_map(path: Path, spec: MapFile, channels: Sequence[str]) -> list[Row]:
    """Rows in the order of `spec.columns`, one for each channel a line holds for."""
    lines = _lines(path, spec)
    general: dict[tuple[str, ...], list[Row]] = {}
    special: dict[tuple[str, ...], list[Row]] = {}
    seen: dict[tuple[str, ...], int] = {}
    for number, line in lines:
        channel = line["channel"] or EVERY_CHANNEL
        if channel != EVERY_CHANNEL and channel not in channels:
            raise ConfigError(
                f"{path}, line {number}: there is no channel '{channel}' in auditor.toml; "
                f"known are {', '.join(channels)}, and * for every channel."
            )
        key = tuple(line[name] for name in spec.key)
        identity = (channel, *key, *((line[spec.values[0]],) if spec.is_set else ()))
        if identity in seen:
            raise ConfigError(
                f"{path}, line {number}: '{' / '.join(identity)}' is there already in line {seen[identity]}; "
                "remove one of the two."
            )
        seen[identity] = number
        values = tuple(_value(path, number, spec, name, line[name]) for name in (*spec.key, *spec.values))
        for known in channels if channel == EVERY_CHANNEL else [channel]:
            (general if channel == EVERY_CHANNEL else special).setdefault((known, *key), []).append((known, *values))
    merged = {**general, **special}
    return [row for rows in merged.values() for row in rows]


def _lines(path: Path, spec: MapFile) -> Iterable[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text; save it as CSV UTF-8.") from None
    except OSError as error:
        raise ConfigError(f"The map {path} cannot be read: {error.strerror}; mend [maps] in auditor.toml.") from None
    reader = csv.reader(text.splitlines(), skipinitialspace=True)
    header = [name.strip().lower() for name in next(reader, [])]
    needed = (*spec.key, *(name for name in spec.values if name not in spec.amounts))
    missing = [name for name in needed if name not in header]
    unknown = [name for name in header if name not in spec.columns]
    if missing or unknown:
        wrong = f"the column '{missing[0]}' is missing" if missing else f"'{unknown[0]}' is not a known column"
        raise ConfigError(f"{path}, line 1: {wrong}; the header is {','.join(spec.columns)}.")
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise ConfigError(
                f"{path}, line {reader.line_num}: {len(cells)} values under {len(header)} columns; "
                "put values that hold a comma in double quotes."
            )
        line = dict.fromkeys(spec.columns, "") | dict(zip(header, (cell.strip() for cell in cells), strict=True))
        empty = [name for name in needed if not line[name]]
        if empty:
            raise ConfigError(f"{path}, line {reader.line_num}: '{empty[0]}' is empty; fill it in or remove the line.")
        yield reader.line_num, line


def _value(path: Path, number: int, spec: MapFile, name: str, text: str) -> str | Decimal:
    if name not in spec.amounts:
        return text
    try:
        amount = Decimal(text or ("1" if spec.is_set else "0"))
    except InvalidOperation:
        raise ConfigError(f"{path}, line {number}: {name} '{text}' is not a number such as 6 or 0.5.") from None
    if not amount.is_finite() or amount < 0 or (spec.is_set and amount == 0):
        least = "greater than zero" if spec.is_set else "zero or more"
        raise ConfigError(f"{path}, line {number}: {name} '{text}' must be {least}.")
    return amount
