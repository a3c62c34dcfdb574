"""What every connector looks like, so that extraction, doctor and tests treat all systems alike.

A connector names its streams. A stream yields pages of raw record bodies, exactly as they came, each with its key;
when the generator ends without an exception, the window was read completely and the connector could prove it. When it
could not, it raises `Incomplete` (or another `RemoteError`): then nothing of the window counts as read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing that is read from a system.

    name:     'orders', 'stock' ...; unique within the connector.
    tables:   the canonical tables its records are shaped into (names without schema).
    cadence:  how often it is promised to be fresh.
    lookback: how far before the last watermark each delta begins again, because source clocks and indexes lag.
    mode:     'delta'    only what changed in the window is read; keys that are not seen stay as they are;
              'snapshot' everything is read each time; keys that are not seen any more are gone.
    """

    name: str
    tables: tuple[str, ...]
    cadence: timedelta
    lookback: timedelta = timedelta(0)
    mode: Literal["delta", "snapshot"] = "delta"
    once_a_day: bool = False
    """The provider allows one reading a (UTC) day: what was read today is not read again, whoever asks."""
    is_prepared: bool = False
    """The provider may prepare it for a while: it is asked for before the streams in front of it are read."""


@dataclass(frozen=True, slots=True)
class Window:
    """`since <= source time < cut_off`; `since` None means from the beginning of the configured history."""

    since: datetime | None
    cut_off: datetime
    open_keys: frozenset[str] = frozenset()
    """Keys that must be read again although nothing says they changed (documents open in the last snapshot)."""
    open_since: datetime | None = None
    """Of open documents, those made since then are read again; None: however old they are."""
    known_files: frozenset[str] = frozenset()
    """Marks of the dropped files that the last complete reading was made of."""


@dataclass(frozen=True, slots=True)
class Record:
    """A raw body as it came (JSON text) under its key within the stream."""

    key: str
    body: bytes


Page = Sequence[Record]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One line of `auditor doctor`."""

    subject: str
    outcome: Literal["ok", "warning", "failed"]
    message: str


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call, as the call log keeps it: no bodies, no secrets, no personal data."""

    system: str
    at: datetime
    method: str
    path: str
    status: int | None
    seconds: float
    bytes_read: int
    error: str | None = None
    is_timeout: bool = False
    clock_difference: float | None = None
    """Seconds by which the other side's clock is ahead of ours (behind: negative), as far as its Date header shows."""
    ends_on: date | None = None
    """When the other side says that it will stop answering this call (Sunset header)."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day after which a system will not be read any more unless somebody does something."""

    kind: Literal["api_version", "credential"]
    name: str
    ends_on: date


class Connector(Protocol):
    system: str
    """'b1', 'bank', the channel's id, or '<channel>.settlements'."""

    @property
    def channel_id(self) -> str | None:
        """The channel whose tables this system fills; None where it speaks for the whole company (B1, the bank)."""

    @property
    def cannot_tell(self) -> Mapping[str, str]:
        """What this system has no word for: canonical `table` or `table.column` -> why, one phrase for people.

        A column named here is NULL in every row, and a check that needs it is not judged on this channel.
        """

    @property
    def streams(self) -> Sequence[Stream]:
        """In the order in which they should be read."""

    @property
    def shape_file(self) -> Path:
        """shape.sql of this system: raw bodies into canonical rows."""

    def shape_parameters(self) -> dict[str, object]:
        """Named parameters that shape.sql needs (`channel`, `timezone`, names of user-defined fields ...)."""

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        """All records of a window. Raises `RemoteError` (often `Incomplete`) when it cannot be read to the end.

        What the provider prepares is asked for with the call itself, without waiting for it.
        """

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        """These records as they are now; keys that do not exist are left out. One targeted read, batched."""

    def diagnose(self) -> Iterator[Diagnosis]:
        """Reachability, login, rights, versions, user fields; each problem with its mend. Never raises RemoteError."""

    def calls(self) -> Sequence[Call]:
        """Calls made since the last time this was asked; asking empties it."""

    def close(self) -> None:
        """Log out and close connections."""


@runtime_checkable
class Dated(Protocol):
    """A connector that knows days on which something of it ends."""

    def deadlines(self) -> Sequence[Deadline]:
        """Of the API version it speaks, of its credentials. Nothing is asked for it."""


@runtime_checkable
class Numbered(Protocol):
    """A connector whose new records get the next number, so that one that was never read leaves a gap."""

    @property
    def numbered(self) -> Mapping[str, str]:
        """Stream -> the canonical table with `doc_entry`, the number and the record's key, and `created_at`."""


@runtime_checkable
class FromFiles(Protocol):
    """A connector that reads dropped files: what it has understood already need not be understood again."""

    def files_read(self) -> frozenset[str]:
        """Marks of all files that lay there when `read` was asked last, those of `Window.known_files` included."""


@runtime_checkable
class Pushed(Protocol):
    """A connector whose system pushes: it cannot be asked for everything up to now, only heard."""

    def heard_until(self, window: Window) -> datetime | None:
        """Up to when the system has told anything, asked after `read`; None when it never has."""

    def landed(self) -> None:
        """What was read last is in the store now, for good."""
