"""Sync events that the middleware posts: each is checked, all are kept until the next reading lands them.

In: the JSON of a batch. Out: how many events were taken. Raises `UsageError` with one sentence naming the first event
that is wrong; then nothing of the batch is kept. A batch may be sent again: events are known by their `event_id`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auditor.connectors.base import Connector
from auditor.connectors.middleware import MiddlewareConnector
from auditor.connectors.middleware.event import NoEvent, SyncEvent, read_event
from auditor.errors import UsageError
from auditor.settings_problem import first_problem

AT_ONCE = 1000


class Batch(BaseModel):
    """What is posted; the events' own schema is auditor/connectors/middleware/event.py."""

    model_config = ConfigDict(extra="forbid")
    events: list[dict[str, Any]] = Field(min_length=1, max_length=AT_ONCE)


def take(connectors: Sequence[Connector], given: Any) -> int:
    """Keep a batch, as it was posted; gives the number of its events."""
    connector = next((one for one in connectors if isinstance(one, MiddlewareConnector)), None)
    if connector is None:
        raise UsageError("auditor.toml has no [middleware]; add it so that sync events are taken.")
    try:
        batch = Batch.model_validate(given)
    except ValidationError as error:
        raise UsageError(f"The batch is wrong: {first_problem(error, Batch)}") from None
    connector.take([_event(number, one, connector) for number, one in enumerate(batch.events, start=1)])
    return len(batch.events)


def _event(number: int, given: dict[str, Any], connector: MiddlewareConnector) -> SyncEvent:
    try:
        return read_event(given, connector.channels)
    except NoEvent as problem:
        raise UsageError(f"Event {number} of the batch: {problem}.") from None
