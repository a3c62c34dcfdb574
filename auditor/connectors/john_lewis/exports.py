"""Exports that the platform prepares: ordered, waited for, and fetched file by file.

A status that is not known is waited through like PENDING; after two hours the export counts as not made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from auditor.connectors.john_lewis.client import MiraklClient
from auditor.errors import Incomplete

LONGEST = 7200.0
_ENDED_BADLY = {"FAILED", "CANCELED", "CANCELLED"}


class _Ordered(Struct):
    tracking_id: str


class Status(Struct):
    status: str
    urls: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """How one kind of export is ordered and asked after. `pauses`: before the first question, and between the rest."""

    name: str
    order: str
    path: str
    status: str
    status_path: str
    pauses: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Ordered:
    """An export that the platform prepares. at: on the clock."""

    export: Export
    tracking_id: str
    at: float


ORDERS = Export(
    "the export of orders",
    "OR13",
    "api/orders/async-export",
    "OR14",
    "api/orders/async-export/status",
    (2.0, 10.0),
)
OFFERS = Export(
    "the export of offers",
    "OF52",
    "api/offers/export/async",
    "OF53",
    "api/offers/export/async/status",
    (10.0, 60.0),
)
TRANSACTIONS = Export(
    "the export of transactions",
    "TL03",
    "api/sellerpayment/transactions_logs/async",
    "TL04",
    "api/sellerpayment/transactions_logs/async/status",
    (10.0, 60.0),
)


def order(client: MiraklClient, export: Export, body: Mapping[str, Any], *, operation: str | None = None) -> Ordered:
    """Orders an export. `operation`: where a full one has a ceiling of its own."""
    tracking_id = client.order(operation or export.order, export.path, _Ordered, body).tracking_id
    return Ordered(export, tracking_id, client.clock.monotonic())


def addresses(client: MiraklClient, ordered: Ordered) -> list[str]:
    """Where the files are, once the export is made. Raises `Incomplete` when it failed, or took too long."""
    clock, export = client.clock, ordered.export
    started = clock.monotonic()
    first, later = (pause / client.granted for pause in export.pauses)
    # One that was ordered early may be there already.
    pause = max(0.0, ordered.at + first - started)
    while clock.monotonic() - started < LONGEST:
        clock.sleep(pause)
        pause = later
        state = client.get(export.status, f"{export.status_path}/{ordered.tracking_id}", Status)
        if state.status == "COMPLETED":
            if state.urls is None:
                raise Incomplete(f"{client.system}: {export.name} is complete but names no files.")
            return state.urls
        if state.status in _ENDED_BADLY:
            raise Incomplete(f"{client.system}: {export.name} ended as {state.status}; it is ordered again next time.")
    raise Incomplete(f"{client.system}: {export.name} was not made within two hours.")
