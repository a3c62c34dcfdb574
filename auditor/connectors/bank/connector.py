"""The bank's statements as a connector. Nothing is read before it is asked for.

| stream | key | what is read | proof |
|---|---|---|---|
| statements | CAMT.053, MT940: account/statement; OFX, CSV: account/booking | every file | its own end and balances |

As soon as one file is new, all are read; landing keeps only what is new, so a file counts once, and archiving one takes
nothing back. A damaged file that was set aside leaves the rest complete, and doctor warns until its note is deleted;
one that cannot be moved makes the stream incomplete until it is mended. A file that is still arriving belongs to the
next read. The same days of an account in two formats would count twice, so they make the stream incomplete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from auditor.clock import Clock
from auditor.connectors.bank.diagnose import diagnose
from auditor.connectors.bank.recognise import understand
from auditor.connectors.bank.shown_twice import told_twice
from auditor.connectors.bank.statement import BankFile
from auditor.connectors.base import Call, Diagnosis, Page, Record, Stream, Window
from auditor.connectors.drop_folder import DropFolder
from auditor.connectors.shelf import Look, Shelf
from auditor.errors import ConfigError, Incomplete, UsageError
from auditor.settings import Settings

SYSTEM = "bank"
# What bank statements have no word for, or not in every format.
CANNOT_TELL: dict[str, str] = {}


class BankConnector:
    """Implements `Connector` over the files that `bank.statements`, one glob, matches."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        bank = settings.bank
        if bank is None:
            raise ConfigError("auditor.toml names no bank statements; add [bank] with statements = 'bank/*'.")
        if bank.columns is not None and bank.account is None:
            raise ConfigError(
                "[bank] describes CSV statements, which name no account; add account = 'the number of the account'."
            )
        self.system = SYSTEM
        folder = DropFolder(settings.folder, bank.statements, clock)
        currency = settings.company.currency
        self._shelf: Shelf[BankFile] = Shelf(
            self.system,
            folder,
            lambda content: understand(content, bank, currency),
            package=Path(__file__).parent,
            settings=(bank, currency),
        )
        self._streams = (Stream("statements", ("bank_line", "bank_balance"), bank.cadence),)

    @property
    def channel_id(self) -> None:
        return None

    @property
    def cannot_tell(self) -> Mapping[str, str]:
        return CANNOT_TELL

    @property
    def streams(self) -> Sequence[Stream]:
        return self._streams

    @property
    def shape_file(self) -> Path:
        return Path(__file__).with_name("shape.sql")

    def shape_parameters(self) -> dict[str, object]:
        return {}

    def read(self, stream: Stream, window: Window) -> Iterator[Page]:
        """All files, whatever the window: a statement tells of days that may be long past when it is dropped."""
        return self._shelf.pages(window.known_files, partial(self._pages, stream))

    def files_read(self) -> frozenset[str]:
        return self._shelf.proved

    def look_up(self, stream: Stream, keys: Sequence[str]) -> Page:
        wanted = set(keys)
        look = self._shelf.look(may_move=False)
        return [record for page in self._pages(stream, look) for record in page if record.key in wanted]

    def diagnose(self) -> Iterator[Diagnosis]:
        return diagnose(self._shelf)

    def calls(self) -> Sequence[Call]:
        return ()

    def close(self) -> None:
        """There is nothing to close."""

    def _pages(self, stream: Stream, look: Look[BankFile]) -> Iterator[Page]:
        """Every record once, file by file, the latest first: of the same booking in two files the later one counts."""
        if stream.name != "statements":
            raise UsageError(f"{self.system}: there is no stream '{stream.name}'.")
        clashes = told_twice(look.taken)
        if clashes:
            raise Incomplete(f"{self.system}: {clashes[0]}")
        seen: set[str] = set()
        for taken in reversed(look.taken):
            page: list[Record] = []
            for record in self._shelf.all_of(taken).records():
                if record.key not in seen:
                    seen.add(record.key)
                    page.append(record)
            yield page
