"""shape.sql, read: sections in order, and a clear word for each way in which a file can be malformed."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.canonical.shape_file import load, parse
from auditor.errors import ConfigError

PATH = Path("shape.sql")
GOOD = """-- What this file is for.

-- prepare: parsed (once per batch)
-- stream: orders
SELECT record_key, body FROM incoming;

-- table: b1_order
-- stream: orders
-- A remark stays with its SELECT.
SELECT record_key,
    1 AS doc_entry -- table: is not at the beginning of the line
FROM parsed;

-- table: b1_payment
-- stream: incoming_payments
-- stream: outgoing_payments
SELECT record_key FROM incoming
"""


def test_sections_come_in_the_order_of_the_file() -> None:
    file = parse(GOOD, PATH)
    assert [(s.kind, s.name, s.streams) for s in file.sections] == [
        ("prepare", "parsed", ("orders",)),
        ("table", "b1_order", ("orders",)),
        ("table", "b1_payment", ("incoming_payments", "outgoing_payments")),
    ]
    assert [s.name for s in file.prepares("orders")] == ["parsed"]
    assert [s.name for s in file.tables("outgoing_payments")] == ["b1_payment"]
    assert "A remark" in file.sections[1].sql
    assert file.sections[1].place == "shape.sql:7"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("SELECT 1", "shape.sql:1: SQL before the first"),
        ("-- table: b1_order\nSELECT 1", "shape.sql:1: b1_order has no '-- stream:' line"),
        ("-- table: b1_order\n-- stream: orders\n-- nothing\n", "shape.sql:1: b1_order has no SELECT"),
        ("-- table: B1 Order\n-- stream: orders\nSELECT 1", "shape.sql:1: '-- table: B1 Order' needs a name"),
        ("-- table:\n-- stream: orders\nSELECT 1", "shape.sql:1: '-- table: ' needs a name"),
        ("-- stream: orders\nSELECT 1", "shape.sql:1: '-- stream:' must follow"),
        ("-- table: a\nSELECT 1\n-- stream: orders", "shape.sql:3: '-- stream:' must follow"),
        (
            "-- table: a\n-- stream: s\nSELECT 1\n-- table: a\n-- stream: s\nSELECT 2",
            "shape.sql:4: a is made twice for stream 's'",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text, PATH)
    assert complaint in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"missing\.sql cannot be read"):
        load(tmp_path / "missing.sql")


@pytest.mark.parametrize(
    ("streams", "complaint"),
    [
        ([("orders", ("b1_order",))], "the connector has no stream 'incoming_payments'"),
        (
            [
                ("orders", ("b1_order", "b1_order_line")),
                ("incoming_payments", ("b1_payment",)),
                ("outgoing_payments", ("b1_payment",)),
            ],
            "stream 'orders' promises b1_order_line, but no section fills it",
        ),
        (
            [("orders", ()), ("incoming_payments", ("b1_payment",)), ("outgoing_payments", ("b1_payment",))],
            "stream 'orders' fills b1_order, which the stream does not name",
        ),
    ],
)
def test_streams_and_file_must_promise_the_same(streams: list[tuple[str, tuple[str, ...]]], complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(GOOD, PATH).check_streams(streams)
    assert complaint in str(refused.value)


def test_a_section_gets_the_views_it_names_and_those_they_name_of_its_own_stream() -> None:
    text = """
-- view: parsed
-- stream: orders
SELECT record_key, body AS d FROM incoming
-- view: elsewhere
-- stream: invoices
SELECT record_key FROM incoming
-- view: unused
-- stream: orders
SELECT record_key FROM parsed
-- view: document
-- stream: orders
SELECT record_key, d FROM parsed
-- table: b1_order
-- stream: orders
SELECT * FROM document JOIN elsewhere
"""
    file = parse(text, PATH)
    (order,) = file.tables("orders")
    assert [view.name for view in file.views(order, "orders")] == ["parsed", "document"]
