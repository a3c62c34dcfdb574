"""A sync event: one run, message, status read, webhook or queue sample of a middleware, in a small closed schema.

In: the JSON object of a line of a dropped file, or of a batch posted to /api/sync-events. Out: a `SyncEvent`, whose
`record()` is what is landed. Raises `NoEvent` with half a sentence that names the key and the mend.

An event with the `event_id` of an earlier one replaces it, so a run may be told when it begins and again when it ends.
Nothing personal is taken: there is no key for it, order numbers and SKUs that look like an address are refused, and
what looks like one, or like a secret, is cut out of `error`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from auditor.clock import to_utc
from auditor.connectors.base import Record
from auditor.connectors.middleware.clean import clean, looks_personal
from auditor.settings_problem import first_problem

Flow = Literal["orders", "cancellations", "stock", "prices", "items", "tracking", "refunds", "payouts", "other"]
Kind = Literal["run", "message", "status_read", "webhook", "queue"]
Status = Literal["ok", "error", "running", "unknown"]
ErrorClass = Literal["value", "missing", "connection", "rate", "lock", "permission", "other"]
B1Object = Literal["order", "delivery", "invoice", "credit_memo", "return", "item", "journal"]
LARGEST = 20_000
"""Characters of one event."""
_MOMENTS = ("occurred_at", "started_at", "finished_at", "received_at", "oldest_at")
_OURS = re.compile(r"[A-Za-z]+")


class NoEvent(ValueError):
    """Half a sentence: what is wrong with it and how to mend it."""


def _impersonal(value: str) -> str:
    if looks_personal(value):
        raise ValueError("it looks like an e-mail address; personal data is not taken here")
    return value


def _utc(value: datetime) -> datetime:
    moment = to_utc(value)
    if not 2000 <= moment.year < 2200:
        raise ValueError("it must be an instant of this century, such as 2026-11-20T12:00:00Z")
    return moment


def _as_text(value: Any) -> Any:
    """Numbers of documents come as numbers and as text."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _exact(value: Any) -> Any:
    if isinstance(value, bool) or (isinstance(value, float) and value != value):
        raise ValueError("it must be an amount such as 129.90")
    return value


Text = Annotated[
    str,
    BeforeValidator(_as_text),
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$"),
    AfterValidator(_impersonal),
]
Moment = Annotated[datetime, AfterValidator(_utc)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class SyncEvent(BaseModel):
    """The keys of an event; what they mean stands beside the columns of `history.sync_event`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    event_id: Text
    source: Text
    flow: Flow
    kind: Kind
    channel: Text | None = None
    status: Status = "unknown"
    source_status: Text | None = None
    occurred_at: Moment | None = None
    started_at: Moment | None = None
    finished_at: Moment | None = None
    received_at: Moment | None = None
    records_due: Count | None = None
    records_moved: Count | None = None
    records_failed: Count | None = None
    order_ref: Text | None = None
    sku: Text | None = None
    location: Text | None = None
    b1_object: B1Object | None = None
    doc_entry: Count | None = None
    error_code: Text | None = None
    error_class: ErrorClass | None = None
    error: Annotated[str, StringConstraints(max_length=10_000), AfterValidator(clean)] | None = None
    queued: Count | None = None
    dead_letters: Count | None = None
    oldest_at: Moment | None = None
    value: Annotated[Decimal, BeforeValidator(_exact), Field(max_digits=19, decimal_places=6, ge=0)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _their_status(cls, given: Any) -> Any:
        """A status in the middleware's own word is kept as such, and nothing is guessed from it."""
        if not isinstance(given, dict) or not isinstance(given.get("status"), str):
            return given
        word = given["status"].strip()
        if word.lower() in get_args(Status):
            return {**given, "status": word.lower()}
        return {**given, "status": "unknown", "source_status": given.get("source_status") or word}

    @model_validator(mode="after")
    def _has_a_time(self) -> SyncEvent:
        if self.newest is None:
            raise ValueError("it says of no time; give finished_at, started_at, occurred_at or received_at")
        if self.value is not None and self.currency is None:
            raise ValueError("it has a value without a currency; give both")
        return self

    @property
    def newest(self) -> datetime | None:
        """The latest moment it tells of."""
        told = (self.finished_at, self.started_at, self.received_at, self.occurred_at)
        return max((moment for moment in told if moment is not None), default=None)

    def record(self) -> Record:
        """What is landed: the same event always as the same text."""
        return Record(self.event_id, self.model_dump_json(exclude_none=True).encode())


def read_event(given: Any, channels: Collection[str] | None) -> SyncEvent:
    """The event in a JSON value; `channels` None: it was let in before. Raises `NoEvent`."""
    if not isinstance(given, dict):
        raise NoEvent('an event is a JSON object, such as {"event_id": "..."}')
    try:
        event = SyncEvent.model_validate(given)
    except ValidationError as error:
        raise NoEvent(first_problem(error, SyncEvent).rstrip(".")) from None
    if channels is not None and event.channel is not None and event.channel not in channels:
        raise NoEvent(f"there is no channel '{event.channel}' in auditor.toml; known are {', '.join(channels)}")
    return event


def read_text(text: str, channels: Collection[str] | None) -> SyncEvent:
    """The event in a line of JSON. Raises `NoEvent`."""
    if len(text) > LARGEST:
        raise NoEvent(f"it has {len(text):,} characters, more than the {LARGEST:,} of one event")
    try:
        given = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise NoEvent("it is not JSON; write one object on each line") from None
    return read_event(given, channels)
