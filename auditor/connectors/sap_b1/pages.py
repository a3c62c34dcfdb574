"""One page of an entity set: what is asked for, how it is typed, and what happens when the server refuses a property.

A refused property is left out, remembered and told by doctor, if the company may rightly lack it. Otherwise the read
fails: what is missing must not look like what is empty.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

import msgspec

from auditor.connectors.sap_b1.client import B1Client
from auditor.connectors.sap_b1.entities import Entity, quoted
from auditor.connectors.sap_b1.problem import refused_property
from auditor.errors import Rejected

LARGE_PAGE = 500
_NULL = msgspec.Raw(b"null")
_SKIP = re.compile(r"\$skip=(\d+)")
_USER_FIELDS = Entity("UserFieldsMD", "UserFieldMD", "Name", must=("TableName",))
# A user field made on one marketing document is on all of them.
_TABLES = {
    "Document": frozenset({"ORDR", "ODLN", "OINV", "ORIN", "ORDN", "ODRF", "OQUT", "ODPI", "ORRR", "OPOR", "OPCH"}),
    "Payment": frozenset({"ORCT", "OVPM"}),
    "JournalEntry": frozenset({"OJDT"}),
    "Item": frozenset({"OITM"}),
}


class Pages:
    def __init__(self, client: B1Client) -> None:
        self.client = client
        self.refused: dict[tuple[str, str], str] = {}
        """(entity set, property) -> what the server said."""
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, tuple[str, ...]], Any] = {}

    def size(self, entity: Entity) -> int:
        """Rows that are asked for at once: fewer of records with collections."""
        size = self.client.settings.b1.page_size
        return size if entity.rows else max(size, LARGE_PAGE)

    def page(
        self, entity: Entity, condition: str, *, order: str, skip: int = 0, top: int = 0
    ) -> tuple[list[Any], int | None]:
        """Rows of one page, and the offset of the next one, when the server has more.

        Of a link to the next page only the offset is used: it may or may not repeat the other options.
        """
        while True:
            names = self._selected(entity)
            params = {"$select": ",".join(names), "$orderby": order}
            if condition:
                params["$filter"] = condition
            if skip:
                params["$skip"] = str(skip)
            if top:
                params["$top"] = str(top)
            headers = {"Prefer": f"odata.maxpagesize={self.size(entity)}"}
            kind = self._kind(entity, names)
            try:
                answer = self.client.get(entity.entity_set, kind, params=params, headers=headers)
            except Rejected as error:
                self._leave_out(entity, names, error)
                continue
            return answer.value, next_skip(answer.next_link)

    def skipping(self, entity: Entity, condition: str, *, order: str) -> Iterator[list[Any]]:
        """Pages by offset, for sets that hardly change and have no simple key."""
        skip: int | None = 0
        while skip is not None:
            rows, following = self.page(entity, condition, order=order, skip=skip)
            yield rows
            # An offset that does not grow would be read for ever.
            skip = following if following is not None and following > skip else None

    def user_field_tables(self, names: Collection[str]) -> dict[str, list[str]]:
        """Tables that have a user field, by its name with U_. A company has hundreds: read to the last page."""
        condition = " or ".join(f"Name eq {quoted(name.removeprefix('U_'))}" for name in sorted(names))
        tables: dict[str, list[str]] = {}
        for page in self.skipping(_USER_FIELDS, condition, order="TableName,FieldID"):
            for row in page:
                tables.setdefault(f"U_{row.Name}", []).append(json.loads(bytes(row.TableName)))
        return tables

    def _leave_out(self, entity: Entity, names: Sequence[str], error: Rejected) -> None:
        """Remembers a refused property; raises the error again when that is not what it says, or cannot be helped."""
        name = refused_property(error, names)
        if name is None:
            raise error
        if name not in entity.optional:
            raise Rejected(
                f"B1 refuses {name} of {entity.entity_set}, without which they cannot be compared: {error}",
                status=error.status,
                code=error.code,
            ) from None
        if name.startswith("U_") and self._has_user_field(entity, name):
            raise Rejected(
                f"B1 refuses {name} of {entity.entity_set}, although the company has this field: restart the Service "
                f"Layer, which knows new fields only after that. ({error})",
                status=error.status,
                code=error.code,
            ) from None
        with self._lock:
            self.refused[entity.entity_set, name] = str(error)

    def _has_user_field(self, entity: Entity, name: str) -> bool:
        """Whether the company made this field. A user who may not list fields gets no more than the refusal says."""
        try:
            tables = self.user_field_tables({name}).get(name, [])
        except Rejected:
            return False
        return not _TABLES[entity.type_name].isdisjoint(tables)

    def _selected(self, entity: Entity) -> tuple[str, ...]:
        return tuple(name for name in entity.select if (entity.entity_set, name) not in self.refused)

    def _kind(self, entity: Entity, names: tuple[str, ...]) -> Any:
        with self._lock:
            if (entity.entity_set, names) not in self._kinds:
                self._kinds[entity.entity_set, names] = page_of(record_type(entity, names))
            return self._kinds[entity.entity_set, names]


def record_type(entity: Entity, names: Sequence[str]) -> type[msgspec.Struct]:
    """A record of which every asked property must be there; values stay the text they came as."""
    collections = {rows.name: rows for rows in entity.rows}
    fields: list[Any] = [(entity.key, int if entity.is_numeric else str)]
    for name in names:
        rows = collections.get(name)
        if name == entity.key:
            continue
        if rows is None:
            fields.append((name, msgspec.Raw))
            continue
        row_fields = [(field, msgspec.Raw) for field in rows.must] + [
            (field, msgspec.Raw, _NULL) for field in rows.keep
        ]
        row = msgspec.defstruct(name, row_fields, omit_defaults=True)
        fields.append((name, list[row] | None))  # type: ignore[valid-type]  # the type is made at run time
    return msgspec.defstruct(entity.type_name, fields)


def page_of(element: Any) -> Any:
    """An answer with `value` and perhaps a link to the next page."""
    link = msgspec.field(default=None, name="@odata.nextLink")
    return msgspec.defstruct("Page", [("value", list[element]), ("next_link", str | None, link)])


def next_skip(link: str | None) -> int | None:
    """The offset in a next link, in whichever shape: `Orders?$skip=20`, `/b1s/v2/Orders?$skip=20`, encoded or not."""
    found = _SKIP.search(unquote(link)) if link else None
    return int(found[1]) if found else None
