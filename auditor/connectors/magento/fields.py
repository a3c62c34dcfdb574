"""Which fields of a record are read: asked for in the call, kept of the answer, and missed when they are not there.

Magento leaves out what is not set, so only what every record has is demanded (`must`). Everything else that an answer
holds is dropped, whether or not the shop obeyed: names and addresses are neither asked for nor kept. What is kept
stays the text it came as.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

NULL = msgspec.Raw(b"null")


@dataclass(frozen=True)
class Fields:
    """`must` is in every record, `may` where it is set. `one` and `many` are objects and lists of them, by name."""

    name: str
    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    one: tuple[tuple[str, Fields], ...] = ()
    many: tuple[tuple[str, Fields], ...] = ()
    must_hold: tuple[str, ...] = ()
    """Which of `one` and `many` every record has."""

    @cached_property
    def text(self) -> str:
        """As the option `fields` takes them: `id,items[sku,qty]`."""
        parts = [f"{name}[{inner.text}]" for name, inner in (*self.one, *self.many)]
        return ",".join((*self.must, *self.may, *parts))

    @cached_property
    def type(self) -> Any:
        """A type that takes exactly these fields of an answer."""
        fields: list[Any] = [(name, msgspec.Raw) for name in self.must]
        optional: list[Any] = [(name, msgspec.Raw, NULL) for name in self.may]
        for name, inner in self.one:
            # PHP writes an object without fields as an empty list.
            kind: Any = inner.type | list[msgspec.Raw] | None
            (fields if name in self.must_hold else optional).append(
                (name, inner.type) if name in self.must_hold else (name, kind, None)
            )
        for name, inner in self.many:
            listed: Any = list[inner.type]  # type: ignore[name-defined]  # the type is made at run time
            (fields if name in self.must_hold else optional).append(
                (name, listed) if name in self.must_hold else (name, listed | None, None)
            )
        return msgspec.defstruct(self.name, [*fields, *optional], omit_defaults=True)


_EXACT = msgspec.json.Decoder(float_hook=Decimal)


def exact(row: Any) -> Any:
    """A typed row as plain values, its numbers exact."""
    return _EXACT.decode(msgspec.json.encode(row))


def plain(value: msgspec.Raw) -> Any:
    """The value of a kept field: text, number or None."""
    return msgspec.json.decode(value)
