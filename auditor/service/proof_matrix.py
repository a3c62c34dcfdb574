"""What each channel can prove, per check, as plain text: the end of `auditor doctor`.

In: the connectors and the library of checks; nothing is sent. Out: lines of at most a hundred characters: a table of
yes and no, then why not, once for all checks of a channel that share the reason.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from auditor.checking.abilities import Abilities
from auditor.checking.library import Check, Library
from auditor.connectors.base import Connector
from auditor.model import Feed
from auditor.service.connections import cannot_tell
from auditor.settings import Settings

WIDTH = 100
_GAP = "  "


def matrix(settings: Settings, connectors: Sequence[Connector], library: Library) -> Iterator[str]:
    """The lines, an empty one first."""
    feeds = [
        Feed(connector.system, stream.name, stream.cadence, stream.tables, channel=connector.channel_id)
        for connector in connectors
        for stream in connector.streams
    ]
    abilities = Abilities(feeds, cannot_tell(settings, connectors))
    checks = [check for check in library if check.header.judges == "channel"]
    channels = [channel.id for channel in settings.channel]
    lacking = {(check.check_id, channel): abilities.lacking(check, channel) for check in checks for channel in channels}
    yield ""
    yield "What each channel can prove:"
    names = max(len(check.check_id) for check in checks)
    for row in _rows(channels, WIDTH - names):
        yield " " * names + "".join(_GAP + channel for channel in row)
        for check in checks:
            cells = ("yes" if lacking[check.check_id, channel] is None else "no" for channel in row)
            line = "".join(_GAP + cell.ljust(len(channel)) for cell, channel in zip(cells, row, strict=True))
            yield (check.check_id.ljust(names) + line).rstrip()
    for channel in channels:
        yield from _reasons(checks, {check.check_id: lacking[check.check_id, channel] for check in checks})


def _rows(channels: Sequence[str], width: int) -> Iterator[list[str]]:
    """As many channels beside each other as there is room for, at least one."""
    row: list[str] = []
    for channel in channels:
        if row and sum(len(_GAP) + len(name) for name in (*row, channel)) > width:
            yield row
            row = []
        row.append(channel)
    yield row


def _reasons(checks: Sequence[Check], lacking: dict[str, str | None]) -> Iterator[str]:
    by_reason: dict[str, list[str]] = {}
    for check in checks:
        reason = lacking[check.check_id]
        if reason is not None:
            by_reason.setdefault(reason, []).append(check.check_id)
    for reason, names in by_reason.items():
        yield from textwrap.wrap(
            f"no {', no '.join(names)}: {reason}", WIDTH, subsequent_indent="    ", break_on_hyphens=False
        )
