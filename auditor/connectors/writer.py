"""What may be written to a system: one small class for each kind of correction, all of the same shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Writer(Protocol):
    """Carries out one kind of correction on one system. Values are JSON-able."""

    kind: str

    def current(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """What the correction depends on, read now; equal to `before` of the proposal when nothing changed."""

    def send(self, payload: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Write once. Raises `Rejected` when refused, `OutcomeUnknown` when no answer came. Never repeats by itself."""

    def probe(self, payload: Mapping[str, Any], key: str) -> dict[str, Any] | None:
        """Whether the write has happened: what is there now, or None."""
