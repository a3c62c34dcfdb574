"""How values look on Mirakl's wire: exact decimals as JSON numbers, instants in UTC with Z."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from auditor.clock import iso

Node = dict[str, Any]
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def dumps(value: Any) -> bytes:
    return _ENCODER.encode(value)


def instant(moment: datetime) -> str:
    """Whole seconds, as `2026-11-10T08:01:12Z`."""
    return iso(moment.replace(microsecond=0))


def moment(text: str) -> datetime:
    """Naive UTC. Raises ValueError when it is no instant with an offset."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"{text} has no offset")
    offset = parsed.utcoffset()
    assert offset is not None
    return parsed.replace(tzinfo=None) - offset


def present(value: Any) -> Any:
    """The value without fields that are None: what is not there is not named."""
    if isinstance(value, dict):
        return {name: present(inner) for name, inner in value.items() if inner is not None}
    return [present(inner) for inner in value] if isinstance(value, list) else value


def without(value: Any, names: Collection[str]) -> Any:
    """The value without the fields of these names, wherever they stand."""
    if isinstance(value, dict):
        return {name: without(inner, names) for name, inner in value.items() if name not in names}
    return [without(inner, names) for inner in value] if isinstance(value, list) else value
