"""What a finding says must read as sentences: the law for every story, narrative and cause."""

from __future__ import annotations

import re

from tests.workspace import CHANNEL

_SENTENCES = re.compile(rf"(?:[A-Z£]|{CHANNEL}).*\.", re.DOTALL)
_MACHINE = re.compile(r"None(?! of the usual)|–|\bnan\b|\{|\}|_b1|\?|  |\n|\.\.|\. *,|,\.| \.|\.(?:[A-Z]| [a-z])")
"""Words of a program, gaps where a name stood for nothing, and stops in the wrong place."""


def assert_reads_as_sentences(text: str) -> None:
    """It begins and ends like a sentence, says something, is soon read, and shows no trace of the machine."""
    assert _SENTENCES.fullmatch(text), text
    trace = _MACHINE.search(text)
    assert trace is None, f"{trace.group()!r} in {text!r}"
    assert 40 < len(text) < 500, text
