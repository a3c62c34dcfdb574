"""What the doctor says about a shop, and what to do about it."""

from __future__ import annotations

from datetime import timedelta

import httpx

from auditor.connectors.base import Diagnosis
from auditor.sandbox.shops import TIKTOK
from auditor.sandbox.tiktok_shop.orders import warehouse_id
from auditor.settings import parse
from tests.connectors.tiktok_shop.shop import NOW, Shop, Trade

SYSTEM = TIKTOK.id


def said(shop: Shop, subject: str) -> list[Diagnosis]:
    return [line for line in shop.connector.diagnose() if line.subject == subject]


def test_a_shop_that_is_well_is_said_to_be(shop: Shop, trade: Trade) -> None:
    shop.front.put_sale(trade.sale(), NOW)
    lines = list(shop.connector.diagnose())
    assert {line.outcome for line in lines} == {"ok"}
    assert {line.subject for line in lines} >= {"connection", "token", "right orders", "locations", "carriers", "tax"}


def test_a_shop_that_is_not_there_ends_it(shop: Shop) -> None:
    shop.failures.inject("closed_connection", system=SYSTEM, times=None)
    (line,) = shop.connector.diagnose()
    assert (line.subject, line.outcome) == ("connection", "failed")


def test_a_right_that_is_missing_says_what_is_lost(shop: Shop) -> None:
    shop.state.payments_version = "none"
    (line,) = said(shop, "right payments")
    assert line.outcome == "warning"
    assert line.message.endswith("so payouts cannot be read.")


def test_warehouses_that_are_not_mapped_closed_or_unknown_are_named(shop: Shop) -> None:
    place = shop.state.each("warehouses")[0]
    shop.state.put("warehouses", {**place, "id": warehouse_id(2), "name": "Hull", "effect_status": "RESTRICTED"})
    shop.state.drop("warehouses", warehouse_id(1))
    outcomes = [(line.outcome, line.message) for line in said(shop, "locations")]
    assert [outcome for outcome, _ in outcomes] == ["failed", "warning", "warning", "ok"]
    assert "no such warehouse" in outcomes[0][1]
    assert "on holiday" in outcomes[1][1]
    assert "mapped to no warehouse" in outcomes[2][1]


def test_a_carrier_of_the_map_that_the_shop_does_not_take_is_named(shop: Shop) -> None:
    (shop.folder / "carriers.csv").write_text(
        f"channel,b1_carrier,channel_carrier\n{SYSTEM},A,DPD\n{SYSTEM},B,Hermes\n*,C,Other\n"
    )
    raw = shop.settings.model_dump(exclude_none=True)
    shop.settings = parse({**raw, "maps": {"carriers": "carriers.csv"}}, folder=shop.folder)
    shop.connector = shop.connect()
    warned, found = said(shop, "carriers")
    assert warned.message.startswith("'Hermes' stands in the map of carriers")
    assert found.message == "Approved carriers: DPD, Evri, Royal Mail."


def test_an_authorisation_that_ends_soon_is_told(shop: Shop) -> None:
    shop.state.expire_access()
    shop.bodies("warehouses")
    shop.clock.advance(timedelta(days=345))
    (line,) = said(shop, "token")
    # Looking at the shop renews the token, and with it the authorisation.
    assert line.outcome == "ok"
    shop.state.tokens.refresh.clear()
    shop.clock.advance(timedelta(days=6))
    (line,) = said(shop, "token")
    assert "lasts until" in line.message


def test_a_shop_that_tells_tax_after_all_is_reported(shop: Shop, trade: Trade) -> None:
    shop.front.put_sale(trade.sale(), NOW)
    real = shop.transport.handle_request

    def handle(request: httpx.Request) -> httpx.Response:
        answer = real(request)
        if request.url.path.endswith("price_detail"):
            return httpx.Response(200, content=answer.content.replace(b'"tax_amount":"0"', b'"tax_amount":"3.83"'))
        return answer

    shop.transport.handle_request = handle  # type: ignore[method-assign]  # another market
    (line,) = said(shop, "tax")
    assert line.outcome == "warning"
    assert "price detail" in line.message
