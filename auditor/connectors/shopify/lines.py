"""The lines of a bulk result: what each must hold, and how it is read back as a part of a record.

A line is looked at twice. When it arrives, it is held against the selection of its document (see `selection`), and only
its place is kept. When it is read back, it becomes a row: its fields in the order in which a record has them, without
what belongs to the transport, and with a slot for the rows of each connection below it. So a record is written straight
from its rows, and no dictionary is made on the way; that is what a first load of many orders takes its time for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_
from typing import Any, Protocol

import msgspec
from graphql import OperationDefinitionNode, SelectionSetNode

from auditor.connectors.shopify.documents import Document
from auditor.connectors.shopify.selection import TYPE, Fields, Selection, attribute, merged, read_text

PARENT = "__parentId"
Row = Any
"""One of the structs that `_row` makes: a field is an attribute called as in the answer, objects below are alike.

A field that is set to `msgspec.UNSET` is not written. `slot` is where the row belongs in its parent, `slots` are its
own."""


class Line(Protocol):
    """What of a line says where it belongs. `kind` is its place among the kinds of the document."""

    id: str
    parent: str | None
    kind: int


@dataclass(frozen=True, slots=True)
class Lines:
    """How the lines of a document are read.

    check: decodes a line as it arrives; raises `msgspec.ValidationError` when it lacks something.
    rows:  decodes a line that was checked; by `Line.kind`.
    """

    check: Callable[[bytes], Line]
    rows: Sequence[Callable[[memoryview], Row]]


@dataclass(frozen=True, slots=True)
class _Level:
    """What is asked for of a kind of line, under which connection it hangs, and those that hang below it."""

    slot: str
    fields: Fields
    slots: tuple[str, ...]


@cache
def lines_of(document: Document) -> Lines:
    operation, fragments = read_text(document.text)
    selection = Selection(fragments, {})
    levels = _lines(selection, operation)
    if len(levels) != len(document.kinds):
        raise ValueError(f"{document.name} has {len(levels)} kinds of lines, but names {len(document.kinds)}")
    types = [selection.types(level.fields) for level in levels]
    arriving = [
        _line(place, kind if len(levels) > 1 else None, fields)
        for place, (kind, fields) in enumerate(zip(document.kinds, types, strict=True))
    ]
    rows = [
        _row(kind, fields, level, document.adds)
        for kind, fields, level in zip(document.kinds, types, levels, strict=True)
    ]
    return Lines(msgspec.json.Decoder(reduce(or_, arriving)).decode, [msgspec.json.Decoder(row).decode for row in rows])


def _lines(selection: Selection, operation: OperationDefinitionNode) -> list[_Level]:
    """What is asked for of each kind of line. A root that is an object and no list is a line of its own."""
    ((key, sets),) = selection.collect([operation.selection_set])[0].items()
    return _levels(selection, key, _node(selection, sets) or sets)


def _levels(selection: Selection, slot: str, sets: Sequence[SelectionSetNode]) -> list[_Level]:
    """A node's line, then those of the lines below it, in the order of the text."""
    own, conditional = selection.collect(sets)
    fields = merged(own, *conditional.values())
    below = {key: node for key, inner in fields.items() if (node := _node(selection, inner))}
    first = {key: inner for key, inner in fields.items() if key not in below}
    return [
        _Level(slot, first, tuple(below)),
        *(level for key, node in below.items() for level in _levels(selection, key, node)),
    ]


def _node(selection: Selection, sets: Sequence[SelectionSetNode]) -> list[SelectionSetNode]:
    """What is asked for of the nodes of a connection; nothing for what is no connection."""
    edges = selection.collect(sets)[0].get("edges", [])
    return selection.collect(edges)[0]["node"] if edges else []


def _line(place: int, kind: str | None, fields: tuple[tuple[str, Any], ...]) -> Any:
    """`kind` None: the only one, so that nothing has to be told apart by it."""
    apart = {"id", TYPE} if kind else {"id"}
    named: list[Any] = [(f"f{at}", type_, msgspec.field(name=key)) for at, (key, type_) in enumerate(fields)]
    named = [field for field, (key, _) in zip(named, fields, strict=True) if key not in apart]
    is_root = place == 0
    parent = (str | None, msgspec.field(name=PARENT, default=None)) if is_root else (str, msgspec.field(name=PARENT))
    named += [("id", str), ("parent", *parent)]
    return msgspec.defstruct(
        kind or "Line", named, tag=kind, tag_field=TYPE if kind else None, namespace={"kind": place}, gc=False
    )


def _row(kind: str, fields: tuple[tuple[str, Any], ...], level: _Level, adds: tuple[str, ...]) -> Any:
    """Fields in the order of their keys, those to come among them: where the lines below go, and what is added."""
    known: dict[str, Any] = {key: (attribute(key), type_, msgspec.field(name=key)) for key, type_ in fields}
    known.pop(TYPE, None)
    for key in (*level.slots, *adds):
        known[key] = (attribute(key), Any, msgspec.field(name=key, default=msgspec.UNSET))
    known[PARENT] = ("parent", Any, msgspec.field(name=PARENT, default=None))
    return msgspec.defstruct(
        kind,
        [known[key] for key in sorted(known)],
        namespace={"slot": level.slot, "slots": level.slots},
        kw_only=True,
        gc=False,
    )
