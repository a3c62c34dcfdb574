"""Python and SQL must give a reference the same normal form, whatever somebody typed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.clock import FixedClock
from auditor.matching.reference import DEFAULT_PATTERNS, create_macros, plain_reference, reference_key
from auditor.sandbox.catalogue import Shop
from auditor.sandbox.shops import SHOPS
from auditor.store.connection import Connection
from auditor.store.owner import Store
from tests.workspace import LONG_AGO

TEXT = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
TYPED = st.text(alphabet="ab19#-_. \t\n\u00a0SHOPßéÅ", max_size=12)


@pytest.fixture(scope="module")
def con() -> Iterator[Connection]:
    with Store.in_memory(FixedClock(LONG_AGO)) as store, store.scratch() as con:
        con.execute("CREATE SCHEMA matching")
        create_macros(con)
        yield con


@settings(max_examples=150, deadline=None)
@given(references=st.lists(TEXT | TYPED, min_size=1, max_size=20), prefix=st.sampled_from(["", "#", "SHOP-", "s"]))
@example(references=["#1001", " 1001 ", "shop-1001", "SHOP-", "#", "straße 5", "Å-1"], prefix="SHOP-")
def test_both_languages_agree(con: Connection, references: list[str], prefix: str) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE typed (reference VARCHAR)")
    for reference in references:
        con.execute("INSERT INTO typed VALUES (?)", [reference])
    found = con.sql(
        "SELECT reference, matching.reference_key(reference, $prefix) FROM typed",
        params={"prefix": plain_reference(prefix)},
    ).fetchall()
    assert found == [(reference, reference_key(reference, prefix)) for reference in references]


@pytest.mark.parametrize(
    ("reference", "prefix", "key"),
    [
        ("#1001", "#", "1001"),
        (" #10 01\n", "", "1001"),
        ("shop-1001", "SHOP-", "1001"),
        ("1001", "SHOP-", "1001"),
        ("SHOP-", "SHOP-", None),
        (" # ", "", None),
        (None, "", None),
    ],
)
def test_what_people_write_for_the_same_order(reference: str | None, prefix: str, key: str | None) -> None:
    assert reference_key(reference, prefix) == key


@pytest.mark.parametrize("shop", SHOPS, ids=lambda shop: shop.kind)
def test_the_numbers_of_every_kind_of_channel_look_like_its_references(shop: Shop) -> None:
    pattern = re.compile(DEFAULT_PATTERNS[shop.kind], re.IGNORECASE)
    for number in (shop.first_number, shop.first_number + 98_765):
        reference = shop.ref_format.format(n=number)
        key = reference_key(reference)
        assert key == reference
        assert pattern.fullmatch(key)
    assert not pattern.fullmatch("WEB ORDER")


@pytest.mark.parametrize(
    ("id_", "tail"),
    [
        ("gid://shopify/Refund/9", "9"),
        ("gid://shopify/InventoryLevel/7?inventory_item_id=8", "7"),
        (" 9 ", "9"),
        (" gid://shopify/Refund/9 ", "9"),
        ("JL-1-A", "JL-1-A"),
        ("RF/2026/7", "RF/2026/7"),
        ("b52f1c1e-8f0a-4a52-9d41-0123456789ab", "b52f1c1e-8f0a-4a52-9d41-0123456789ab"),
        ("po_1", "po_1"),
        ("381", "381"),
        ("000000118", "000000118"),
        ("", None),
    ],
)
def test_the_tail_of_an_id(con: Connection, id_: str, tail: str | None) -> None:
    assert con.sql("SELECT matching.tail($id)", params={"id": id_}).fetchall() == [(tail,)]
