"""The sentence of a check's header that tells a finding: `"{Order} over {expected} is not in B1"`.

`{names}` stand for the words below, for the keys of a finding (library.KEYS) and for its notes (`note_x`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from string import Formatter

WORDS = frozenset(
    {
        "order", "Order", "channel", "b1", "expected", "actual", "difference", "money", "b1_document", "location_name",
        "subject", "occurred_on",
    }
)  # fmt: skip
"""order: `order #1001`; b1_document: `invoice 4711`; b1: SAP Business One; occurred_on: ` on 2 Mar 2026` or nothing."""


def placeholders(template: str) -> list[str]:
    """The names in a template. Raises `ValueError`, half a sentence, when it is none."""
    try:
        names = [(name, spec, conversion) for _, name, spec, conversion in Formatter().parse(template)]
    except ValueError as error:
        raise ValueError(f"is not a sentence with {{names}}: {error}") from None
    for name, spec, conversion in names:
        if name is not None and (spec or conversion or not name.isidentifier()):
            raise ValueError(f"holds {{{name}}}, which is no plain name")
    return [name for name, _, _ in names if name is not None]


def problem(template: str, keys: Iterable[str], columns: Iterable[str] | None) -> str | None:
    """What is wrong with a header's story; None when every name in it can be filled."""
    try:
        names = placeholders(template)
    except ValueError as error:
        return str(error)
    known = WORDS | set(keys)
    for name in names:
        is_note = name.startswith("note_") and (columns is None or name in columns)
        if name not in known and not is_note:
            return f"names {{{name}}}, which is neither a word of a story, nor a key, nor a note that the SELECT gives"
    return None


def fill(template: str, words: Mapping[str, str]) -> str:
    """The sentence with its names filled. A last sentence that a note leaves out leaves no blank behind."""
    return template.format_map(words).rstrip()
