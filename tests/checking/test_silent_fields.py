"""A field that a platform stops sending is noticed by its silence; what was never told, or is only early, is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from auditor.checking.silent_fields import FEWEST, SilentField, find
from auditor.clock import FixedClock
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.checking.builders import CHANNEL, HOUR, NOON, put
from tests.workspace import LONG_AGO, insert, versions, workspace

Rows = Mapping[str, Iterable[dict[str, Any]]]
TAX = Decimal("2.00")


def orders(count: int, silent: int, **more: Any) -> list[dict[str, Any]]:
    """An order an hour up to noon; the newest of them without their tax."""
    return [
        {
            "channel": CHANNEL,
            "order_id": str(number),
            "placed_at": NOON - number * HOUR,
            "tax": None if number < silent else TAX,
            "total": Decimal(12),
            **more,
        }
        for number in range(count)
    ]


def silence(rows: Rows) -> list[SilentField]:
    with workspace(rows, NOON) as con:
        return list(find(con, NOON))


def test_the_newest_without_what_all_before_them_had() -> None:
    (found,) = silence({"sales_order": orders(60, 20)})
    assert found == SilentField(CHANNEL, "sales_order", "tax", "new", 20, 40, 40, NOON - 19 * HOUR)


def test_how_many_had_it_is_counted_behind_the_silent_ones_only() -> None:
    rows = orders(60, 20)
    rows[33]["tax"] = rows[50]["tax"] = None
    (found,) = silence({"sales_order": rows})
    assert (found.silent, found.others, found.told) == (20, 40, 38)


def test_what_is_sent_again_is_not_silent_any_more() -> None:
    rows = orders(60, 20)
    rows[2]["tax"] = TAX
    assert silence({"sales_order": rows}) == []


def test_what_was_never_told_is_no_news() -> None:
    assert silence({"sales_order": orders(60, 60)}) == []


def test_silence_of_a_few_is_not_noted() -> None:
    assert silence({"sales_order": orders(60, FEWEST - 1)}) == []
    assert len(silence({"sales_order": orders(60, FEWEST)})) == 1


def test_only_what_happened_lately_and_not_what_is_still_to_come() -> None:
    late = [dict(row, order_id=f"x{number}", placed_at=NOON + HOUR) for number, row in enumerate(orders(9, 9))]
    old = [dict(row, placed_at=row["placed_at"] - timedelta(days=29)) for row in orders(60, 60, order_ref="#1")]
    assert silence({"sales_order": [*late, *orders(20, 0)]}) == []
    assert silence({"sales_order": old}) == []


def test_each_channel_by_itself() -> None:
    other = [dict(row, channel="magento-uk", tax=TAX) for row in orders(60, 0)]
    (found,) = silence({"sales_order": [*orders(60, 20), *other]})
    assert (found.channel, found.silent) == (CHANNEL, 20)


def test_lines_have_the_time_of_their_order() -> None:
    lines = [
        {"channel": CHANNEL, "order_id": str(number), "line_id": str(line), "sku": "MUG" if number >= 9 else None}
        for number in range(60)
        for line in range(2)
    ]
    (found,) = silence({"sales_order": orders(60, 0), "sales_order_line": lines})
    assert found == SilentField(CHANNEL, "sales_order_line", "sku", "new", 18, 102, 102, NOON - 8 * HOUR)


# --- records that change


def changed(lost: int, kept: int, untouched: int = 3) -> list[SilentField]:
    """Products whose barcode got lost an hour ago, that were changed and kept it, and that were never changed."""
    names = [*(f"lost{n}" for n in range(lost)), *(f"kept{n}" for n in range(kept))]
    then, now = NOON - 30 * HOUR, NOON - HOUR
    before = [{"channel": CHANNEL, "listing_id": name, "barcode": "5012345678900", "title": "Mug"} for name in names]
    after = [{**row, "title": "A mug"} for row in before]
    for row in after[:lost]:
        row["barcode"] = None
    rest = [{"channel": CHANNEL, "listing_id": f"old{n}", "barcode": "1"} for n in range(untouched)]

    def write(con: Connection) -> None:
        insert(con, "history.listing", versions("listing", before, known_from=then, known_to=now))
        insert(con, "history.listing", versions("listing", after, known_from=now))
        put(con, "listing", *rest, known_from=LONG_AGO)

    with Store.in_memory(FixedClock(NOON), memory_limit="500MB") as store:
        store.write(write)
        with store.workspace(NOON) as con:
            return list(find(con, NOON))


def test_what_records_lose_when_they_change() -> None:
    assert changed(lost=30, kept=0) == [SilentField(CHANNEL, "listing", "barcode", "changed", 30, 30, 0, NOON - HOUR)]


def test_who_changed_and_kept_it_is_counted_beside_them() -> None:
    (found,) = changed(lost=30, kept=2)
    assert (found.silent, found.others, found.told) == (30, 32, 2)


def test_a_few_may_lose_it() -> None:
    assert changed(lost=FEWEST - 1, kept=0) == []


def test_an_empty_word_is_no_word() -> None:
    rows = orders(60, 0)
    for number, row in enumerate(rows):
        row["order_ref"] = "" if number < 6 else f"#{number}"
    (found,) = silence({"sales_order": rows})
    assert (found.column, found.silent) == ("order_ref", 6)
