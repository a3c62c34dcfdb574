"""How one record is kept: its plain properties as JSON bytes, each collection apart and compressed.

Most answers need the header of many records and the lines of some, and most lines repeat their property names, so
1.6 million lines take some ninety bytes each. Numbers keep the digits they were written with: they are read as
`Decimal` and written as bare JSON numbers.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, cast

import msgspec

from auditor.sandbox.b1.properties import TYPES

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)
_WORTH_COMPRESSING = 120
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PLAIN = frozenset({str, int, bool, Decimal, type(None), list})
DATE_NAMES = frozenset(name for kinds in TYPES.values() for name, kind in kinds.items() if kind == "date")


def encode(value: Any) -> bytes:
    """JSON text; decimals become bare numbers, `msgspec.Raw` is taken over as it is."""
    return _encoder.encode(value)


def decode(text: bytes) -> Any:
    """JSON value; numbers with a point become `Decimal`."""
    return _decoder.decode(text)


def storable(value: Any, name: str = "") -> Any:
    """Dates as v2 writes them (`2026-03-01T00:00:00Z`: a calendar day, the Z is decoration), times as `HH:MM:SS`.

    Floats are refused: an amount must arrive as it was written.
    """
    if isinstance(value, Mapping):
        return _storable_record(value)
    if isinstance(value, list | tuple):
        return [storable(inner) for inner in value]
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}T00:00:00Z"
    if isinstance(value, time):
        return f"{value:%H:%M:%S}"
    if isinstance(value, str) and name in DATE_NAMES and _DAY.fullmatch(value):
        return value + "T00:00:00Z"
    if isinstance(value, float):
        raise TypeError(f"{name} {value!r} is a float; numbers with a fraction are given as Decimal")
    return value


def _storable_record(record: Mapping[str, Any]) -> Mapping[str, Any]:
    # Nearly all of a large world's lines have nothing to convert: they are recognised without a loop in Python.
    if (
        _PLAIN.issuperset(map(type, record.values()))
        and DATE_NAMES.isdisjoint(record)
        and not any(value for value in record.values() if type(value) is list)
    ):
        return record
    return {name: storable(value, name) for name, value in record.items()}


class Body:
    """One record in its compact form; immutable."""

    __slots__ = ("_collections", "_header")

    def __init__(self, record: Mapping[str, Any]) -> None:
        header: dict[str, Any] = {}
        collections: list[tuple[str, bytes]] = []
        for name, value in record.items():
            if isinstance(value, list | tuple):
                text = encode(storable(value))
                collections.append((name, zlib.compress(text, 1) if len(text) >= _WORTH_COMPRESSING else text))
            else:
                header[name] = storable(value, name)
        self._header = encode(header)
        self._collections = tuple(collections)

    def header(self) -> dict[str, Any]:
        """All properties that are not collections."""
        return cast(dict[str, Any], decode(self._header))

    def collections(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self._collections)

    def collection_text(self, name: str) -> bytes | None:
        """The JSON array of a collection, or None when the record has none of that name."""
        for held, packed in self._collections:
            if held == name:
                return packed if packed.startswith(b"[") else zlib.decompress(packed)
        return None

    def whole(self) -> dict[str, Any]:
        """The record with its collections, decoded."""
        record = self.header()
        for name in self.collections():
            record[name] = decode(self.collection_text(name) or b"[]")
        return record
