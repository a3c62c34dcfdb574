"""What a finding says must read as sentences: the law for every story, narrative and cause."""

from __future__ import annotations

import re

from tests.workspace import CHANNEL

_SENTENCES = re.compile(r"[A-Z£].*\.", re.DOTALL)
_QUOTED = re.compile(r"(?<!\w)'[^']*'(?!\w)")
"""What a document says, word for word."""
_MACHINE = re.compile(
    r"None(?! of the usual)|–|\bnan\b|\{|\}|\[[\d -]|_b1|\?|  |\n|\.\.|\. *,|,\.| \.|\.(?:[A-Z]| [a-z])"
)
"""Words of a program, gaps where a name stood for nothing, and stops in the wrong place."""


def assert_reads_as_sentences(text: str, system: str = CHANNEL) -> None:
    """It begins and ends like a sentence, says something, is soon read, and shows no trace of the machine.

    The name of the system that is judged may begin it as it is written.
    """
    assert _SENTENCES.fullmatch(text) or (text.startswith(system) and text.endswith(".")), text
    trace = _MACHINE.search(_QUOTED.sub("QUOTED", text))
    assert trace is None, f"{trace.group()!r} in {text!r}"
    assert 40 < len(text) < 500, text
