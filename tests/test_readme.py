"""The README says what is true."""

from __future__ import annotations

from tests.readme import README, checks_table, with_generated_parts


def test_the_table_of_checks_is_the_one_the_headers_give() -> None:
    text = README.read_text(encoding="utf-8")
    assert checks_table() in text, "run: .venv/bin/python -m tests.readme"
    assert with_generated_parts(text) == text
