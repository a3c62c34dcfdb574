"""Text of dropped files, and lines of fields out of it: exact, strict, and with the line that is wrong.

Text is UTF-8 or UTF-16, with or without a byte-order mark. Amounts are never guessed: what is no plain decimal is
an error that names line and column.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from auditor.connectors.drop_folder import Damaged, Unfinished

_PLAIN = re.compile(r"[+-]?\d{1,13}(\.\d{1,6}0*)?")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def text_of(content: bytes, *, fallback: str | None = None) -> str:
    """The text without its mark. `fallback` is tried where it is no UTF-8. Raises `Damaged`, `Unfinished`."""
    if not content.strip(b"\0 \t\r\n"):
        raise Unfinished(None, "the file is empty")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    if content[1:2] == b"\0" or content[:1] == b"\0":  # UTF-16 without a mark: one byte of each letter is zero
        return _decoded(content, "utf-16-le" if content[1:2] == b"\0" else "utf-16-be")
    try:
        return _decoded(content, "utf-8")
    except Damaged:
        if fallback is None:
            raise
        return content.decode(fallback, "replace")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].decode(encoding, "replace").count("\n") + 1
        raise Damaged(
            line, f"there is no {encoding.upper()} text ({error.reason})", "save it as UTF-8, or export it again"
        ) from None
    if "\0" in text:
        raise Damaged(text[: text.index("\0")].count("\n") + 1, "there is a zero byte, so a part of the file was lost")
    return text


def needs_last_line_end(text: str) -> None:
    """Raises `Unfinished` where the last line has no end: nobody can tell whether it is whole."""
    if not text.endswith(("\n", "\r")):
        raise Unfinished(
            text.count("\n") + 1,
            "the last line has no line end, so it may be cut",
            "fetch the file again; if the line is whole, end it with a line break",
        )


def fields_of(text: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """(number of the line, its fields) for every line that holds something. Raises `Damaged`."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    last = 0
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # A quote that is never closed runs to the end of the file: the field begins after the last good line.
            raise Damaged(last + 1, f"the quotes or fields are broken ({error})") from None
        first, last = last + 1, reader.line_num
        if any(field.strip() for field in fields):
            yield first, fields


@dataclass(frozen=True, slots=True)
class Header:
    """Names of columns and where they stand; names are compared without blanks around them."""

    line: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, line: int, names: Sequence[str], needed: Sequence[str]) -> Header:
        """Raises `Damaged` when a needed column is missing or a name stands twice."""
        trimmed = tuple(name.strip() for name in names)
        missing = [name for name in needed if name not in trimmed]
        if missing:
            raise Damaged(
                line, f"the column '{missing[0]}' is missing", f"export it again with the column '{missing[0]}'"
            )
        twice = [name for name in trimmed if name and trimmed.count(name) > 1]
        if twice:
            raise Damaged(line, f"the column '{twice[0]}' is there twice", "export it again with each column once")
        return cls(line, trimmed)

    def row(self, line: int, fields: Sequence[str]) -> Row:
        """One line under this header. Raises `Damaged` unless it has as many fields as there are columns."""
        if tuple(field.strip() for field in fields) == self.names:
            raise Damaged(line, "the header stands here again: two reports in one file", "split it into one file each")
        if len(fields) != len(self.names):
            raise Damaged(line, f"there are {len(fields)} fields under {len(self.names)} columns")
        return Row(line, dict(zip(self.names, fields, strict=True)))


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    fields: dict[str, str]

    def text(self, column: str) -> str | None:
        """The field without blanks around it; None where it is empty or there is no such column."""
        return (self.fields.get(column) or "").strip() or None

    def needed(self, column: str) -> str:
        value = self.text(column)
        if value is None:
            raise Damaged(self.line, f"'{column}' is empty")
        return value

    def amount(self, column: str) -> Decimal:
        """A plain decimal; an empty field is zero only with `amount_or_zero`."""
        return amount_of(self.needed(column), self.line, column)

    def amount_or_zero(self, column: str) -> Decimal:
        value = self.text(column)
        return amount_of(value, self.line, column) if value is not None else Decimal(0)


def amount_of(value: str, line: int | None, column: str) -> Decimal:
    """An amount with a decimal point and at most six decimals. Raises `Damaged`."""
    if not _PLAIN.fullmatch(value):
        raise Damaged(line, f"'{column}' is '{value[:40]}', which is no amount such as 12.34")
    return Decimal(value)


def instant_of(value: str, line: int, column: str) -> datetime:
    """A naive time or a day as it is written: `2026-11-20 08:11:02`, `2026-11-20`. Raises `Damaged`."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Damaged(line, f"'{column}' is '{value[:40]}', which is no time such as 2026-11-20 08:11:02") from None
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
