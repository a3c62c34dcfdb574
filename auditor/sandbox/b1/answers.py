"""Records into the JSON that goes over the wire, per protocol version."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.sandbox.b1.body import Body, decode, encode
from auditor.sandbox.b1.entity_sets import EntitySet
from auditor.sandbox.b1.properties import TYPES


@dataclass(frozen=True, slots=True)
class Hidden:
    """What an injected failure keeps back: properties at any depth, and the stock of one warehouse."""

    names: frozenset[str] = frozenset()
    warehouse: str | None = None

    def __bool__(self) -> bool:
        return bool(self.names) or self.warehouse is not None

    def strip(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.strip(inner) for inner in value if not self.is_silent(inner)]
        if isinstance(value, dict):
            return {name: self.strip(inner) for name, inner in value.items() if name not in self.names}
        return value

    def is_silent(self, row: Any) -> bool:
        """Whether this is a stock row of the warehouse that does not answer."""
        if self.warehouse is None or not isinstance(row, Mapping):
            return False
        return "InStock" in row and row.get("WarehouseCode") == self.warehouse


NOTHING_HIDDEN = Hidden()


def etag(data_version: int) -> str:
    return f'W/"{hashlib.sha1(str(data_version).encode()).hexdigest().upper()}"'


FROZEN_ETAG = etag(1)
"""What the body shows under `$select`, whatever the real version is; using it gives a false 412."""


def entity(entity_set: EntitySet, body: Body, select: tuple[str, ...] | None, hidden: Hidden) -> dict[str, Any]:
    """One record as it is answered: all it has, or what was selected (a selected property that it lacks is null)."""
    header = body.header()
    record: dict[str, Any] = {}
    if entity_set.has_etag:
        record["@odata.etag"] = etag(int(header.get("DataVersion") or 1)) if select is None else FROZEN_ETAG
    kinds = TYPES[entity_set.type_name]
    for name in (*header, *body.collections()) if select is None else select:
        if name in header:
            record[name] = header[name]
        elif (text := body.collection_text(name)) is not None:
            record[name] = hidden.strip(decode(text)) if hidden else msgspec.Raw(text)
        else:
            record[name] = [] if kinds.get(name, "").startswith("[") else None
    return {name: value for name, value in record.items() if name not in hidden.names} if hidden else record


def envelope(
    version: str, root: str, context: str, rows: Iterable[Any], *, count: int | None, next_link: str | None
) -> dict[str, Any]:
    """A list answer; `odata.count` of v1 is text."""
    answer: dict[str, Any] = {"@odata.context": f"{root}/$metadata#{context}"}
    if count is not None:
        answer["@odata.count"] = count if version == "v2" else str(count)
    answer["value"] = list(rows)
    if next_link is not None:
        answer["@odata.nextLink"] = next_link
    return answer


_MIDNIGHT = re.compile(rb'(?<=\d{4}-\d\d-\d\d)T00:00:00Z(?=")')


def to_json(answer: Any, version: str, *, plain_dates: bool = False) -> bytes:
    """v2 as it is; v1 with its own annotations, plain dates and its own name for the batch property."""
    text = encode(answer)
    if version == "v1":
        text = text.replace(b'"@odata.context"', b'"odata.metadata"').replace(b'"@odata.', b'"odata.')
        text = text.replace(b'"BatchNumberProperty":', b'"BatchNumber":')
    if version == "v1" or plain_dates:
        text = _MIDNIGHT.sub(b"", text)
    return text
