"""What a plant is: whom it befalls, and what goes wrong.

    -- plant: nobody made the credit memo
    -- victim
    SELECT r.refund_id AS subject_id, r.total AS money_at_risk, r.order_id, m.doc_entry FROM ...
    -- change
    DELETE FROM canonical.b1_credit_memo WHERE doc_entry = $doc_entry

The victim is the first row that nothing else has befallen. Its `subject_id` and `money_at_risk` are what the check must
report, as are `owner` and `cause` where they are given; every column is a parameter of the changes. The SELECT may use
`$channel`, `$as_of` and `$now`. Changes are made to `canonical.*` before anything is matched, and to `fact.*` after the
facts were computed. Only the shipped folder is read: what a plant may write is not limited to the workspace by anything
but the good will of its author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import ConfigError

SUFFIX = ".plant.sql"
_PART = re.compile(r"^-- (plant|victim|change)\b:?[ \t]*(.*)$", re.MULTILINE)
_TARGET = re.compile(r"^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(canonical|fact)\.(\w+)", re.IGNORECASE)
_NAMES = re.compile(r"\$([a-z_][a-z0-9_]*)")


@dataclass(frozen=True, slots=True)
class Change:
    """One statement that writes to one table."""

    sql: str
    schema: str
    table: str

    @property
    def uses(self) -> frozenset[str]:
        return frozenset(_NAMES.findall(self.sql))


@dataclass(frozen=True, slots=True)
class Plant:
    check_id: str
    note: str
    victim: str
    changes: tuple[Change, ...]

    @property
    def uses(self) -> frozenset[str]:
        """Parameters of the victim's SELECT."""
        return frozenset(_NAMES.findall(self.victim))


def load(folder: Path) -> list[Plant]:
    """All plants of a folder of checks, by check. Raises `ConfigError` for a file that is none."""
    return [plant for path in sorted(folder.rglob(f"*{SUFFIX}")) for plant in _read(path)]


def _read(path: Path) -> Iterator[Plant]:
    check_id = path.name.removesuffix(SUFFIX)
    parts = list(_parts(path))
    begins = [place for place, (kind, _, _) in enumerate(parts) if kind == "plant"]
    if begins[:1] != [0]:
        raise ConfigError(f"{path}: a plant begins with '-- plant: what happened'.")
    for begin, end in zip(begins, [*begins[1:], len(parts)], strict=True):
        own = parts[begin:end]
        victims = [body for kind, _, body in own if kind == "victim" and body]
        changes = tuple(_change(path, body) for kind, _, body in own if kind == "change")
        if not own[0][1] or len(victims) != 1 or not changes:
            raise ConfigError(f"{path}: a plant says what happened, has one '-- victim' and some '-- change'.")
        yield Plant(check_id, own[0][1], victims[0], changes)


def _change(path: Path, body: str) -> Change:
    target = _TARGET.match(body)
    if target is None:
        raise ConfigError(f"{path}: a change inserts into, updates or deletes from canonical.x or fact.x.")
    return Change(body, target[1].lower(), target[2])


def _parts(path: Path) -> Iterator[tuple[str, str, str]]:
    """(kind, what stands behind it, the text below it)."""
    text = path.read_text(encoding="utf-8")
    marks = list(_PART.finditer(text))
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end() : following.start() if following else len(text)]
        yield mark[1], mark[2].strip(), body.strip().rstrip(";")
