"""Error messages of other programs without what they must not carry here: people's data and secrets.

In: one message. Out: its first line with `[removed]` in place of e-mail addresses, telephone numbers, postcodes, card
numbers, tokens, passwords and the query of web addresses. Names of people cannot be told from other words; they are
why nothing but this one key takes free text.
"""

from __future__ import annotations

import re

REMOVED = "[removed]"
LONGEST = 500
_EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<=://)[^\s/@]+@",  # user and password of a web address
        _EMAIL,
        r"(?<=[\w/])\?[^\s]*=[^\s]*",  # the query of a web address
        r"(?i)\b(?:bearer|basic)\s+[\w.~+/=-]{8,}",
        r"(?i)\b\w*(?:password|passwd|secret|token|api[_-]?key|signature|authorization)\w*[\"']?\s*[:=]\s*[\"']?[^\s\"',;}]+",
        r"\beyJ[\w-]+\.[\w-]+\.[\w-]*",  # a signed token
        r"\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{32,}\b",  # long random text
        r"\+\d[\d ()./-]{7,}\d",
        r"\b0\d{2,4}[ /-]?\d{3,4}[ -]?\d{3,4}\b",
        r"\b(?:\d{4}[ -]){3}\d{4}\b",
        r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b",
    )
)
_WHOLE_EMAIL = re.compile(_EMAIL)


def clean(message: str) -> str:
    """The message without personal data and secrets, at most `LONGEST` characters."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    text = "".join(letter for letter in (lines[0] if lines else "") if letter.isprintable())
    for pattern in _PATTERNS:
        text = pattern.sub(REMOVED, text)
    return text[:LONGEST]


def looks_personal(value: str) -> bool:
    """Whether a key that should hold a number or a name of a thing holds an address."""
    return _WHOLE_EMAIL.search(value) is not None
