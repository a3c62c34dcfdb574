"""Every check is told in plain words, with its figures and without a trace of the machine."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import pytest

from auditor.checking import library
from auditor.checking.evidence import Proof
from auditor.checking.explain import CAUSES, explain
from auditor.checking.header import Header
from auditor.checking.narratives import NARRATIVES
from auditor.model import Candidate, Owner, Severity
from tests.checking.builders import CHANNEL, candidate
from tests.sentences import assert_reads_as_sentences

KEYS = {
    "order_id": "7", "order_ref": "#1007", "sku": "MUG-BLUE", "location": "London", "warehouse": "02",
    "refund_id": "r1", "payout_id": "p1", "tracking_number": "1Z 9", "b1_object": "invoice", "doc_num": "1042",
    "doc_entry": "42", "system": "b1", "stream": "orders",
}  # fmt: skip
DAY = datetime(2026, 3, 2, 8)
LIBRARY = library.load()
HEADER = Header(
    title="Something differs",
    severity=Severity.LOW,
    owner=Owner.FIN,
    subject="order",
    reads=("canonical.sales_order",),
    why="It matters.",
    look="There.",
    fix="Mend it.",
)
SENTENCE = "Something worth saying was noted on 3 Mar 2026."
PHRASE = "what was noted on 3 Mar 2026"
ROWS = {
    "order": [{"total": Decimal("126.00"), "cancelled_at": DAY}],
    "refund": [{"total": Decimal("12.00"), "processed_at": DAY}],
    "payout": [{"net": Decimal("950.00"), "issued_at": DAY}],
}


def told(check_id: str, rows: dict[str, list[dict[str, object]]] | None = None, **fields: object) -> str:
    found = candidate(check_id=check_id, **({"keys": KEYS} | fields))
    return explain(found, HEADER, Proof(rows=ROWS if rows is None else rows), LIBRARY).text


def is_whole(note: str, story: str) -> bool:
    """Whether a note stands where a sentence stands. What SQL then writes is read in the cases of the checks."""
    return re.search(rf"(?:^|\. )\{{note_{note}\}}(?:$| [A-Z])", story) is not None


def test_a_note_stands_for_a_sentence_only_where_one_stands() -> None:
    assert is_whole("what", "{note_what}")
    assert is_whole("what", "It differs. {note_what} That is all.")
    assert not is_whole("what", "{note_what} of them differ.")
    assert not is_whole("what", "It differs: {note_what}.")


@pytest.mark.parametrize("check_id", sorted(NARRATIVES))
@pytest.mark.parametrize("rows", [ROWS, {}], ids=["with documents", "without documents"])
def test_every_paragraph_reads_as_sentences(check_id: str, rows: dict[str, list[dict[str, object]]]) -> None:
    assert_reads_as_sentences(told(check_id, rows))


def test_every_shipped_check_has_words_of_its_own() -> None:
    own_words = {check.check_id for check in library.load() if check.header.story is not None}
    assert {check.check_id for check in library.load()} == set(NARRATIVES) | own_words
    assert not own_words & set(NARRATIVES)


@pytest.mark.parametrize(
    "check", [check for check in library.load() if check.header.story is not None], ids=lambda check: check.check_id
)
def test_every_story_reads_as_sentences(check: library.Check) -> None:
    story = check.header.story or ""
    notes = {name: SENTENCE if is_whole(name, story) else PHRASE for name in re.findall(r"note_(\w+)", check.sql)}
    found = candidate(check_id=check.check_id, keys=KEYS | dict.fromkeys(library.KEYS, "X7") | KEYS, notes=notes)
    assert_reads_as_sentences(explain(found, check.header, Proof(rows=ROWS), LIBRARY).text)


def test_a_story_is_filled_with_words_keys_and_notes() -> None:
    header = HEADER.model_copy(update={"story": "{Order} over {expected} lacks {sku}{occurred_on}: {note_why}."})
    found = candidate(check_id="own", keys=KEYS, notes={"why": "it was sold out"}, expected="100.00", occurred_at=DAY)
    text = explain(found, header, Proof(), LIBRARY).text
    assert text == "Order #1007 over £100.00 lacks MUG-BLUE on 2 Mar 2026: it was sold out."


def test_every_cause_that_a_shipped_check_names_is_said_in_plain_words() -> None:
    said: set[str] = set()
    named: set[str] = set()
    for check in library.load():
        said.update(check.header.causes)
        for expression in re.findall(r"(?:CASE (?:(?!CASE).)*? END|'\w+')\s+AS cause", check.sql, re.DOTALL):
            named.update(re.findall(r"(?:THEN|ELSE|^)\s*'(\w+)'", expression))
    assert len(named) > 5
    assert named <= set(CAUSES) | said


def test_the_figures_are_in_the_text() -> None:
    assert "£126.00 was placed on shopify-uk and paid" in told("order_missing_in_b1")
    assert "comes to £100.00 on shopify-uk and to £95.00" in told("order_total_mismatch")
    assert "payout p1" in told("payout_not_posted")
    assert "paid out £950.00 on 2 Mar 2026" in told("payout_not_posted")


def test_a_reference_that_is_missing_and_one_that_is_wrong_read_differently() -> None:
    assert "carries no reference" in told("order_reference_missing", actual=None)
    assert "carries the reference 'ring Bob'" in told("order_reference_missing", actual="ring Bob")
    assert "By its amount and items it belongs to order #1007." in told("order_reference_missing", actual=None)


def test_stock_is_told_in_units_and_says_which_side_is_higher() -> None:
    units = {"measure": "quantity", "expected": "5", "actual": "7", "difference": "2"}
    assert "shows 7 of MUG-BLUE at London, more than the 5" in told("stock_drift", **units)
    assert "less than the 9" in told("stock_drift", **(units | {"expected": "9"}))


def test_a_line_that_differs_in_price_is_told_in_money_and_one_in_quantity_in_units() -> None:
    nets = {"channel_net": "£19.90", "b1_net": "£18.00"}
    line = {"measure": "quantity", "expected": "19.9", "actual": "18", "notes": nets}
    assert "has £19.90 net, SAP Business One has £18.00" in told("order_line_mismatch", **line)
    line = {"measure": "quantity", "expected": "2", "actual": "3", "notes": nets}
    assert "has 2 units, SAP Business One has 3" in told("order_line_mismatch", **line)


def test_a_line_of_a_channel_that_tells_no_tax_is_told_with_it() -> None:
    line = {
        "measure": "quantity",
        "expected": "12",
        "actual": "13.2",
        "notes": {"channel_gross": "£12.00", "b1_gross": "£13.20"},
    }
    assert "has £12.00 with tax, SAP Business One has £13.20" in told("order_line_mismatch", **line)


def test_packs_that_were_booked_as_pieces_are_named() -> None:
    found = candidate(
        check_id="order_line_mismatch", measure="quantity", expected="2", actual="24", keys=KEYS,
        notes={"channel_net": "£20.00", "b1_net": "£240.00"},
    )  # fmt: skip
    result = explain(found, HEADER, Proof(rows={"b1_item": [{"items_per_sales_unit": Decimal(12)}]}), LIBRARY)
    assert result.cause == "pack_size"
    assert "packs and pieces were confused (2 x 12 per pack = 24)" in result.text


def test_a_refund_without_its_shipping_is_named() -> None:
    refund = {"total": Decimal(20), "tax": Decimal(3), "shipping": Decimal(5), "adjustment": Decimal(0)}
    found = candidate(check_id="refund_amount_mismatch", expected="20.00", actual="15.00", keys=KEYS)
    assert explain(found, HEADER, Proof(rows={"refund": [refund]}), LIBRARY).cause == "shipping_left_out"


def test_a_refund_that_tells_no_tax_has_its_shipping_with_it() -> None:
    refund = {"total": Decimal(18), "tax": None, "shipping": Decimal(6), "adjustment": Decimal(0)}
    found = candidate(check_id="refund_amount_mismatch", expected="18.00", actual="12.00", keys=KEYS)
    told_so = explain(found, HEADER, Proof(rows={"refund": [refund]}), LIBRARY)
    assert "£18.00 - shipping £6.00 = £12.00" in told_so.text


def test_charges_beside_shipping_and_what_the_platform_pays_are_named() -> None:
    order = {"tax": None, "platform_discount": Decimal(2)}
    charges = [
        {"kind": "shipping", "net": None, "gross": Decimal(3)},
        {"kind": "handling", "net": None, "gross": Decimal(1)},
    ]
    proof = Proof(rows={"order": [order], "order_shipping": charges})
    for actual, cause in (
        ("19.00", "charge_left_out"),
        ("18.00", "platform_discount_taken_off"),
        ("16.00", "charge_left_out"),
    ):
        found = candidate(check_id="order_total_mismatch", expected="20.00", actual=actual, keys=KEYS)
        assert explain(found, HEADER, proof, LIBRARY).cause == cause


def test_a_payout_before_fees_is_named() -> None:
    rows = {
        "payout": [{"net": Decimal(100), "issued_at": DAY}],
        "payout_lines": [{"gross": Decimal(100), "fee": Decimal(3), "tax": None, "net": Decimal(97)}],
    }
    found = candidate(check_id="payout_identity_break", expected="100.00", actual="97.00", keys=KEYS)
    assert explain(found, HEADER, Proof(rows=rows), LIBRARY).cause == "fees_left_out"


def test_a_cause_that_the_check_names_goes_before_every_guess() -> None:
    result = explain(candidate(cause="rounding_method", keys=KEYS), HEADER, Proof(rows=ROWS), LIBRARY)
    assert result.cause == "rounding_method"
    assert "one side rounds tax per line" in result.text


def test_where_the_money_is_counted_is_said() -> None:
    assert "counted in a heavier finding" in told("tax_amount_error", parent_id="x")
    shared = told("stock_drift", parent_id="x", parent_check="stock_warehouse_subset")
    assert "shares its cause with others" in shared


def test_a_users_own_check_is_told_by_its_title_and_figures() -> None:
    own = Candidate("my_check", CHANNEL, "1", Decimal(1), currency="GBP", expected="1.00", actual=None)
    assert explain(own, HEADER, Proof(), LIBRARY).text == "Something differs: expected £1.00, found nothing."
