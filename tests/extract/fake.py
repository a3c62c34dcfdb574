"""A system with state: what is put into it is read from it, and it can be told to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window

SHAPE_FILE = Path(__file__).with_name("shape.sql")
ORDERS = Stream("orders", ("b1_order", "b1_order_line"), cadence=timedelta(minutes=15), lookback=timedelta(hours=1))
WAREHOUSES = Stream("warehouses", ("b1_warehouse",), cadence=timedelta(days=1), mode="snapshot")
INCOMING = Stream("incoming_payments", ("b1_payment",), cadence=timedelta(days=1))
OUTGOING = Stream("outgoing_payments", ("b1_payment",), cadence=timedelta(days=1))


@dataclass
class FakeSystem:
    """`bodies[stream][key]` is what the system holds; a delta read yields all of it, like a very cautious system."""

    system: str = "b1"
    streams: Sequence[Stream] = (WAREHOUSES, ORDERS, INCOMING, OUTGOING)
    shape_file: Path = SHAPE_FILE
    page_size: int = 2
    bodies: dict[str, dict[str, str]] = field(default_factory=dict)
    failures: dict[str, BaseException] = field(default_factory=dict)
    """Stream → what is raised after its first page."""
    windows: dict[str, list[Window]] = field(default_factory=dict)
    before_page: Callable[[], None] = lambda: None
    cannot: Mapping[str, str] = field(default_factory=dict)
    _calls: list[Call] = field(default_factory=list)

    @property
    def channel_id(self) -> str | None:
        return None if self.system in ("b1", "bank", "middleware") else self.system.removesuffix(".settlements")

    @property
    def cannot_tell(self) -> Mapping[str, str]:
        return self.cannot

    def shape_parameters(self) -> dict[str, object]:
        return {"missing": "unknown", "unused": 1}

    def put(self, stream: str, key: str, body: str) -> None:
        self.bodies.setdefault(stream, {})[key] = body

    def remove(self, stream: str, key: str) -> None:
        del self.bodies[stream][key]

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        self.windows.setdefault(stream.name, []).append(window)
        records = [Record(key, body.encode()) for key, body in self.bodies.get(stream.name, {}).items()]
        for start in range(0, max(1, len(records)), self.page_size):
            self.before_page()
            self._calls.append(Call(self.system, window.cut_off, "GET", stream.name, 200, 0.1, 100))
            yield records[start : start + self.page_size]
            if stream.name in self.failures:
                raise self.failures[stream.name]

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        held = self.bodies.get(stream.name, {})
        return [Record(key, held[key].encode()) for key in keys if key in held]

    def diagnose(self) -> Iterator[Diagnosis]:
        yield Diagnosis(self.system, "ok", "it answers")

    def calls(self) -> Sequence[Call]:
        made, self._calls = self._calls, []
        return made

    def close(self) -> None:
        self.bodies.clear()


def moment(text: str) -> datetime:
    """`2026-03-02T12:00` as naive UTC."""
    return datetime.fromisoformat(text)
