"""How the reference of an order is compared: one normal form on both sides, in Python and in SQL alike.

In capitals, without blanks, without '#', without the channel's prefix: `#1001`, ` 1001 ` and `SHOP-1001` (prefix
`SHOP-`) are the same order. Only the 26 ASCII letters are capitalised, so that both languages agree on every text.
"""

from __future__ import annotations

from auditor.store.connection import Connection

BLANKS = " \t\n\r\u00a0"
DROPPED = BLANKS + "#"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_TABLE = str.maketrans(_LETTERS, _LETTERS.upper(), DROPPED)

# What a well-formed reference looks like once prefix and '#' are gone, where auditor.toml gives no pattern.
DEFAULT_PATTERNS = {
    "shopify": "[A-Za-z0-9_-]*[0-9]+",
    "bigcommerce": "[0-9]+",
    "magento": "[A-Za-z0-9_-]*[0-9]+",
    "john_lewis": "[A-Za-z0-9_-]*[0-9]+(-[A-Z]+)?",
    "tiktok_shop": "[0-9]{6,}",
}

# Almost every reference is in its normal form already, or behind one '#'; the rest costs several times as much.
_MACROS = r"""
CREATE OR REPLACE MACRO matching.plain_reference(reference) AS
    CASE WHEN regexp_full_match(reference, '[A-Z0-9_.-]*') THEN reference
         WHEN regexp_full_match(reference, '#[A-Z0-9_.-]*') THEN substring(reference, 2)
         WHEN regexp_full_match(reference, '[\x00-\x7F]*') THEN regexp_replace(upper(reference), '[ \t\n\r#]+', '', 'g')
         ELSE translate(reference, '{letters}{dropped}', '{capitals}')
    END;
CREATE OR REPLACE MACRO matching.reference_key(reference, plain_prefix) AS
    nullif(CASE WHEN starts_with(matching.plain_reference(reference), nullif(plain_prefix, ''))
                THEN substring(matching.plain_reference(reference), length(plain_prefix) + 1)
                ELSE matching.plain_reference(reference) END, '');
CREATE OR REPLACE MACRO matching.tail(id) AS
    CASE WHEN starts_with(trim(id), 'gid://') THEN nullif(split_part(split_part(trim(id), '?', 1), '/', -1), '')
         ELSE nullif(trim(id), '') END;
"""


def plain_reference(reference: str) -> str:
    """A reference in its normal form, still with its prefix."""
    return reference.translate(_TABLE)


def reference_key(reference: str | None, prefix: str = "") -> str | None:
    """The key under which two references are the same order; None when nothing is left."""
    plain = plain_reference(reference or "")
    return plain.removeprefix(plain_reference(prefix)) or None


def create_macros(con: Connection) -> None:
    """The same two functions for SQL, and `matching.tail`: 9 of gid://shopify/Refund/9, and any other id as it is."""
    con.execute(_MACROS.format(letters=_LETTERS, capitals=_LETTERS.upper(), dropped=DROPPED))
