"""The path below `/b1s/v2/`: `Orders(22)/Close`, `Items('A''B')`, `UserFieldsMD(TableName='ORDR',FieldID=1)`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.sandbox.b1.collection import Key
from auditor.sandbox.b1.entity_sets import EntitySet
from auditor.sandbox.b1.errors import malformed, not_found
from auditor.sandbox.b1.properties import TYPES

_RESOURCE = re.compile(r"(?P<name>[A-Za-z0-9_$]+)(?:\((?P<key>(?:'(?:[^']|'')*'|[^')])*)\))?(?:/(?P<rest>.*))?")
_PART = re.compile(r"(?:(?P<name>\w+)=)?(?P<value>'(?:[^']|'')*'|-?\d+)(?:,|$)")


@dataclass(frozen=True, slots=True)
class Resource:
    name: str
    key: str | None
    rest: str

    @classmethod
    def parse(cls, path: str) -> Resource:
        found = _RESOURCE.fullmatch(path.strip("/"))
        if found is None:
            raise malformed("Unrecognized resource path.")
        return cls(found["name"], found["key"], found["rest"] or "")


def key_of(entity_set: EntitySet, text: str) -> Key:
    """The key as the state holds it. Integers are bare, texts quoted, composite keys named."""
    parts: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            raise malformed(f"Invalid key '{text}' of {entity_set.name}")
        name = found["name"] or entity_set.keys[0]
        parts[name] = found["value"]
        at = found.end()
    if set(parts) != set(entity_set.keys):
        raise malformed(f"The key of {entity_set.name} is {', '.join(entity_set.keys)}")
    values = tuple(_value(entity_set, name, parts[name]) for name in entity_set.keys)
    return values[0] if len(values) == 1 else values


def _value(entity_set: EntitySet, name: str, text: str) -> int | str:
    is_text = text.startswith("'")
    if TYPES[entity_set.type_name][name] == "I":
        bare = text.strip("'")
        if not re.fullmatch(r"-?\d+", bare):
            raise not_found()
        return int(bare)
    if not is_text:
        raise malformed(f"The key {name} of {entity_set.name} is a text and needs quotes")
    return text[1:-1].replace("''", "'")
