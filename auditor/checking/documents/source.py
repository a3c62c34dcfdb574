"""What a source of evidence is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["money", "quantity", "instant", "day", "flag", "text", "rate"]
Side = Literal["channel", "b1"]


@dataclass(frozen=True, slots=True)
class Field:
    """A column, what people call it, and how it is written. Columns without a label serve the arithmetic only."""

    column: str
    label: str | None
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """title: with {column} places. query: gives `no` and the fields' columns. tables: must exist for it to run."""

    name: str
    side: Side
    title: str
    tables: tuple[str, ...]
    query: str
    fields: tuple[Field, ...]
