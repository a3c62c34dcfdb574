"""shape.sql of a connector, parsed: which SELECT turns raw bodies of a stream into rows of a canonical table.

A file is a list of sections. Each begins with two comment lines and holds one SELECT:

    -- view: parsed_orders           a name for a SELECT, put into those sections below it that say the name
    -- stream: orders
    SELECT record_key, from_json(body, '{...}') AS d FROM incoming;

    -- table: b1_order               rows of this table: record_key and the columns by name
    -- stream: orders
    SELECT record_key, d.DocEntry AS doc_entry FROM parsed_orders;

A `-- prepare:` section makes a temporary table instead, once per batch: it pays when it is dear and read often, but it
takes memory, and small ones are read by one core.

`incoming(record_key, body)` holds a batch of the stream's records, so a SELECT must make its rows from one record each.
Several `-- stream:` lines give the same section to several streams. Raises `ConfigError` with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from auditor.errors import ConfigError

Kind = Literal["prepare", "view", "table"]
_HEAD = re.compile(r"--\s*(prepare|view|table|stream):(.*)")
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Section:
    """One SELECT: `kind` and `name` say what it makes, `place` (file:line) where it stands."""

    kind: Kind
    name: str
    streams: tuple[str, ...]
    sql: str
    place: str


@dataclass(frozen=True, slots=True)
class ShapeFile:
    path: Path
    sections: tuple[Section, ...]

    def prepares(self, stream: str) -> list[Section]:
        """The temporary tables of a stream, in the order of the file."""
        return [section for section in self.sections if section.kind == "prepare" and stream in section.streams]

    def views(self, section: Section, stream: str) -> list[Section]:
        """The views of the stream that a section names, or that those name, in the order of the file."""
        needed: list[Section] = []
        text = section.sql
        for above in reversed(self.sections[: self.sections.index(section)]):
            if above.kind != "view" or stream not in above.streams:
                continue
            if re.search(rf"\b{above.name}\b", text):
                needed.insert(0, above)
                text += above.sql
        return needed

    def tables(self, stream: str) -> list[Section]:
        """The canonical tables of a stream, in the order of the file."""
        return [section for section in self.sections if section.kind == "table" and stream in section.streams]

    def check_streams(self, streams: Sequence[tuple[str, tuple[str, ...]]]) -> None:
        """Raises `ConfigError` unless each (stream, tables) is shaped into exactly these tables, and no others are."""
        known = {name for name, _ in streams}
        for section in self.sections:
            for stream in section.streams:
                if stream not in known:
                    raise ConfigError(f"{section.place}: the connector has no stream '{stream}'.")
        for name, tables in streams:
            shaped = {section.name for section in self.tables(name)}
            for table in sorted(set(tables) ^ shaped):
                if table in shaped:
                    raise ConfigError(f"{self.path}: stream '{name}' fills {table}, which the stream does not name.")
                raise ConfigError(f"{self.path}: stream '{name}' promises {table}, but no section fills it.")


@dataclass(slots=True)
class _Draft:
    kind: Kind
    name: str
    line: int
    streams: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def load(path: Path) -> ShapeFile:
    """The parsed file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The shape file {path} cannot be read: {error}.") from None
    return parse(text, path)


def parse(text: str, path: Path) -> ShapeFile:
    """Sections in the order of the file; a table may be filled once per stream."""
    drafts: list[_Draft] = []
    for number, line in enumerate(text.splitlines(), start=1):
        _take(line, number, drafts, path)
    sections = tuple(_finished(draft, path) for draft in drafts)
    seen: dict[tuple[str, str], Section] = {}
    for section in sections:
        for stream in section.streams:
            if (section.name, stream) in seen:
                raise ConfigError(f"{section.place}: {section.name} is made twice for stream '{stream}'.")
            seen[section.name, stream] = section
    return ShapeFile(path, sections)


def _take(line: str, number: int, drafts: list[_Draft], path: Path) -> None:
    head = _HEAD.fullmatch(line.strip())
    if head is None:
        if drafts:
            drafts[-1].lines.append(line)
        elif line.strip() and not line.strip().startswith("--"):
            raise ConfigError(f"{path}:{number}: SQL before the first '-- table:', '-- view:' or '-- prepare:' line.")
        return
    word = head[1]
    # What follows the name may say why, in brackets.
    name = head[2].split("(", 1)[0].strip()
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{path}:{number}: '-- {word}: {head[2].strip()}' needs a name in small letters.")
    if word == "prepare":
        drafts.append(_Draft("prepare", name, number))
    elif word == "view":
        drafts.append(_Draft("view", name, number))
    elif word == "table":
        drafts.append(_Draft("table", name, number))
    elif not drafts or "".join(drafts[-1].lines).strip():
        raise ConfigError(f"{path}:{number}: '-- stream:' must follow a '-- table:', '-- view:' or '-- prepare:' line.")
    else:
        drafts[-1].streams.append(name)


def _finished(draft: _Draft, path: Path) -> Section:
    place = f"{path}:{draft.line}"
    sql = "\n".join(draft.lines).strip()
    if not draft.streams:
        raise ConfigError(f"{place}: {draft.name} has no '-- stream:' line.")
    if not any(line.strip() and not line.strip().startswith("--") for line in draft.lines):
        raise ConfigError(f"{place}: {draft.name} has no SELECT.")
    return Section(draft.kind, draft.name, tuple(draft.streams), sql, place)
