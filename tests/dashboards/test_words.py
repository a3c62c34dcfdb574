"""How the dashboard names things."""

from __future__ import annotations

import pytest

from dashboards import words


@pytest.mark.parametrize(
    ("keys", "subject_id", "location_name", "said"),
    [
        ({"order_ref": "#1001", "sku": "MUG"}, "gid://shopify/Order/1", None, "#1001"),
        ({"sku": "MUG", "location": "gid://shopify/Location/1"}, "MUG@1", "London", "MUG at London"),
        ({"sku": "MUG", "location": "gid://shopify/Location/1"}, "MUG@1", None, "MUG at 1"),
        ({"location": "3", "warehouse": "05"}, "3:05", "Leeds", "warehouse 05 at Leeds"),
        ({"location": "8"}, "8", "Leeds", "Leeds"),
        ({"sku": "MUG"}, "MUG", None, "MUG"),
        ({"sku": "MUG"}, "gid://shopify/Refund/9", None, "9"),
        ({}, "gid://shopify/Payout/77", None, "77"),
    ],
)  # fmt: skip
def test_a_thing_has_the_name_that_people_use(
    keys: dict[str, str], subject_id: str, location_name: str | None, said: str
) -> None:
    row = {"keys": keys, "subject_id": subject_id, "location_name": location_name}
    assert words.subject(row) == said
    assert words.apart(row | {"kind": "finding"}) == said


@pytest.mark.parametrize(
    ("keys", "location_name", "said"),
    [
        ({"location": "gid://shopify/Location/1"}, "London", "location London"),
        ({"location": "gid://shopify/Location/1"}, None, "location 1"),
        ({"tax_code": "O1"}, None, "tax code O1"),
        ({}, None, "–"),
    ],
)
def test_a_shared_cause_says_what_is_shared(keys: dict[str, str], location_name: str | None, said: str) -> None:
    assert words.apart({"kind": "shared", "keys": keys, "subject_id": None, "location_name": location_name}) == said
