"""Maps: what a line means for which channel, and what is said about a line that cannot be used."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from auditor.errors import ConfigError
from auditor.matching.map_files import MAP_FILES, Row, read_map

CHANNELS = ("uk", "de")


def read(tmp_path: Path, name: str, text: str) -> list[Row]:
    path = tmp_path / f"{name}.csv"
    path.write_text(text, encoding="utf-8")
    return sorted(read_map(path, MAP_FILES[name], CHANNELS), key=str)


def test_a_line_for_every_channel_gives_way_to_one_for_a_channel(tmp_path: Path) -> None:
    text = "channel,b1_carrier,channel_carrier\n*,DPD,DPD Classic\nde,DPD,DPD DE\n"
    assert read(tmp_path, "carriers", text) == [("de", "DPD", "DPD DE"), ("uk", "DPD", "DPD Classic")]


def test_a_sku_may_stand_for_several_items_and_the_quantity_is_one_unless_told(tmp_path: Path) -> None:
    text = "channel,channel_sku,item_code,quantity\nuk,SET,MUG,2\nuk,SET,CUP,\n"
    assert read(tmp_path, "skus", text) == [("uk", "SET", "CUP", Decimal(1)), ("uk", "SET", "MUG", Decimal(2))]


def test_columns_may_be_in_any_order_with_a_byte_order_mark_and_blank_lines(tmp_path: Path) -> None:
    text = "\ufeffitem_code, channel_sku\n\n MUG , M-1 \n"
    assert read(tmp_path, "skus", text) == [("de", "M-1", "MUG", Decimal(1)), ("uk", "M-1", "MUG", Decimal(1))]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channel,sku,item_code\n", "line 1: the column 'channel_sku' is missing; the header is channel,channel_sku"),
        ("channel,channel_sku,item_code,colour\n", "line 1: 'colour' is not a known column"),
        (
            "channel,channel_sku,item_code\nfr,A,B\n",
            "line 2: there is no channel 'fr' in auditor.toml; known are uk, de",
        ),
        ("channel_sku,item_code\nA\n", "line 2: 1 values under 2 columns"),
        ("channel_sku,item_code\nA,\n", "line 2: 'item_code' is empty; fill it in or remove the line."),
        ("channel_sku,item_code,quantity\nA,B,six\n", "line 2: quantity 'six' is not a number such as 6 or 0.5."),
        ("channel_sku,item_code,quantity\nA,B,0\n", "line 2: quantity '0' must be greater than zero."),
        ("channel_sku,item_code\nA,B\n\nA,B\n", "line 4: '* / A / B' is there already in line 2"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_mend(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, "skus", text)
    assert said in str(raised.value)
    assert str(tmp_path / "skus.csv") in str(raised.value)


def test_a_map_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"The map .*none\.csv cannot be read: No such file"):
        read_map(tmp_path / "none.csv", MAP_FILES["skus"], CHANNELS)
